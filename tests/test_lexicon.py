"""Tables are data: sorted, complete, without doubles."""

from __future__ import annotations

import unicodedata

from spamguard import lexicon
from spamguard.batch import Batch
from spamguard.features.hashing import hashes, symbols
from spamguard.features.matching import match_terms
from spamguard.train.corpus import TRADES


def test_keywords_are_well_formed() -> None:
    rows = lexicon.rows("keywords.tsv")
    assert all(len(row) == 5 for row in rows)
    assert {row[2] for row in rows} == {*TRADES, "push"}
    assert {row[3] for row in rows} == {"strong", "weak"}
    terms = [row[0] for row in rows]
    assert len(set(terms)) == len(terms)
    for term in terms:
        assert 2 <= len(term) <= 40, term
        assert term == " ".join(term.split()).lower(), term
        assert unicodedata.is_normalized("NFC", term), term
    assert rows == sorted(rows, key=lambda row: (row[2], row[1], row[0]))


def test_every_keyword_is_found_in_text() -> None:
    keywords = lexicon.keywords()
    batch = Batch.of([f"x {keyword.term} x" for keyword in keywords])
    found = match_terms(batch, hashes(symbols(batch.folded, batch.folded_kind)))
    start = batch.to_original(found.start)
    doc = set((batch.doc_start.searchsorted(start, "right") - 1).tolist())
    missed = [keyword.term for number, keyword in enumerate(keywords) if number not in doc]
    assert len(missed) <= len(keywords) // 100, missed[:20]


def test_matching_respects_words() -> None:
    def terms(text: str) -> list[str]:
        batch = Batch.of([text])
        found = match_terms(batch, hashes(symbols(batch.folded, batch.folded_kind)))
        return [lexicon.keywords()[int(term)].term for term in found.term]

    assert "casino" in terms("a casino opened")
    assert "casino" in terms("a сasino with one Cyrillic letter")
    assert "casino" not in terms("the occasinor")
    assert terms("") == []


def test_tables_have_no_doubles() -> None:
    for name in ("suffixes.tsv", "not_welded.tsv", "confusables.tsv"):
        keys = [row[0] for row in lexicon.rows(name)]
        assert len(set(keys)) == len(keys), name
    assert "com" in lexicon.welded_suffixes()
    assert {"co.uk", "com.tr", "org"} <= lexicon.public_suffixes()
