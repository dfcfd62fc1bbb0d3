"""Documents that try one thing each, and what trivial rules make of them."""

from __future__ import annotations

import pytest

from spamguard.classify import load as load_model
from spamguard.train.baselines import RULES, clean
from spamguard.train.compose import Document
from spamguard.train.corpus import load
from spamguard.train.obfuscate import TRICKS
from spamguard.train.trials import LONG_ANCHOR, trials

from .conftest import DATA


@pytest.fixture(scope="module")
def groups() -> dict[str, list[Document]]:
    return trials(load([DATA], "dev"), 25, 3)


def test_every_span_lies_in_its_text(groups: dict[str, list[Document]]) -> None:
    assert {f"trick: {name}" for name in TRICKS} < set(groups)
    for documents in groups.values():
        assert documents
        for document in documents:
            assert document.spans
            edges = [edge for start, end, _ in document.spans for edge in (start, end)]
            assert edges == sorted(edges)
            assert edges[0] >= 0
            assert edges[-1] <= len(document.text)


def test_tricks_leave_the_article_alone(groups: dict[str, list[Document]]) -> None:
    def kept(document: Document) -> str:
        text, at = "", 0
        for start, end, _ in document.spans:
            text += document.text[at:start]
            at = end
        return text + document.text[at:]

    for name in TRICKS:
        for plain, tricked in zip(groups["plain"], groups[f"trick: {name}"], strict=True):
            assert kept(plain) == kept(tricked)
    assert any(a.text != b.text for a, b in zip(groups["plain"], groups["trick: zero_width"], strict=True))


def test_padding_goes_and_an_interleaved_sentence_stays(groups: dict[str, list[Document]]) -> None:
    for document in groups["clean sentence interleaved"]:
        (_, first, _), (second, _, _), *_ = document.spans
        assert document.text[first:second].strip()
    padded = groups["padded with copied news"]
    assert len(padded) == len(groups["clean sentence interleaved"])


def test_prose_has_no_link_and_anchors_are_long(groups: dict[str, list[Document]]) -> None:
    for document in groups["prose: no domain, link, form or line break"]:
        for start, end, _ in document.spans:
            assert "://" not in document.text[start:end]
            assert ".com" not in document.text[start:end]
    for document in groups[f"one sentence or anchor of {LONG_ANCHOR} characters or more"]:
        assert max(end - start for start, end, _ in document.spans) >= LONG_ANCHOR


def test_trivial_rules_do_what_they_say() -> None:
    text = (
        "The council met on Monday evening and agreed.\nLeave a Reply\nall-bets.com big-slots.net\nIt rained all day here."
    )
    found = clean([text, "", "Nothing odd stands in this line."], load_model().learned)
    assert set(found) == set(RULES)
    two = found["two domain names in a line"][0]
    assert two.removed == ("all-bets.com big-slots.net\n",)
    behind = found["all behind a comment form"][0]
    assert behind.text == "The council met on Monday evening and agreed.\n"
    assert found["the line rules of C4"][0].text.endswith("It rained all day here.")
    assert all(results[1].verdict == "clean" for results in found.values())
