"""The first pass: what it sees of a text, and that nothing else depends on it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spamguard import SpamGuard, sieve
from spamguard.classify import CAMPAIGN_ORDERS, CAMPAIGN_ROWS, load
from spamguard.codepoints import SCRIPTS, Kind
from spamguard.features import Text
from spamguard.features.hashing import rows
from spamguard.sieve import BLOCK, NAMES, SUMS, WIDTHS, Blocks, describe

TEXTS = [
    "",
    "a",
    "The council met on Tuesday.\n\nIt approved the budget 7-4, see example.org/minutes for more.\n" * 3,
    "Совет собрался во вторник и утвердил бюджет. casino slot gacor maxwin deneme bonusu veren siteler bedbet99.com",
    "s\u200bl\u200bo\u200bt g-a-c-o-r ｃａｓｉｎｏ ƃet " + "x" * (2 * BLOCK),
    "y" * BLOCK,
]


def test_columns_do_not_depend_on_the_batch() -> None:
    learned = load().learned
    whole, blocks = describe(Text.of(TEXTS, learned))
    assert whole.shape == (len(blocks.doc), len(NAMES))
    for number, text in enumerate(TEXTS):
        alone, _ = describe(Text.of([text], learned))
        assert (alone == whole[blocks.doc == number]).all()


def test_blocks_tile_each_text() -> None:
    batch = Text.of(TEXTS, load().learned).batch
    blocks = Blocks.of(batch)
    begin, finish = batch.to_folded(batch.doc_start), batch.to_folded(batch.doc_end)
    for number in range(len(TEXTS)):
        mine = blocks.doc == number
        start, end = blocks.start[mine], blocks.end[mine]
        assert blocks.first[number] == np.flatnonzero(mine)[0]
        assert start[0] == begin[number]
        assert end[-1] == finish[number]
        assert (start[1:] == end[:-1]).all()
        assert (end - start <= BLOCK).all()


def test_sums_are_those_of_plain_loops() -> None:
    text = Text.of(TEXTS, load().learned)
    batch = text.batch
    columns, blocks = describe(text)
    kind, script = batch.folded_kind, batch.folded_script
    terms = np.zeros(len(kind), np.int64)
    terms[text.matches.start] = text.learned.terms[text.matches.term]
    at = {name: number for number, name in enumerate(SUMS)}
    for row, (start, end, doc) in enumerate(zip(blocks.start, blocks.end, blocks.doc, strict=True)):
        here = slice(start, end)
        wanted = {
            "evidence": text.evidence[here].sum(),
            "evidence_for": sum(value for value in text.evidence[here] if value > 0),
            "terms": terms[here].sum(),
            "covered": (~text.plain[here]).sum(),
            "digits": (kind[here] == Kind.DIGIT).sum(),
            "capitals": (kind[here] == Kind.UPPER).sum(),
            "newlines": (kind[here] == Kind.NEWLINE).sum(),
            "spaces": (kind[here] == Kind.SPACE).sum(),
        }
        for name, value in wanted.items():
            assert columns[row, at[name]] == value, (row, name)
        if doc == 3:  # most of its letters are Latin
            assert columns[row, at["foreign"]] == (script[here] == SCRIPTS.index(("CYRILLIC",))).sum()
    low, high = WIDTHS["six"]
    mine = np.flatnonzero(blocks.doc == 2)
    first = NAMES.index("evidence_six")
    for row in mine:
        near = mine[(mine >= row + low) & (mine < row + high)]
        assert columns[row, first] == columns[near, at["evidence"]].sum()
    assert columns[blocks.doc == 4][0, at["removed"]] > 0
    assert columns[blocks.doc == 4][0, at["told"]] > 0


@pytest.mark.parametrize("share", [0.0, 0.2, 0.8])
def test_cuts_are_those_of_a_close_look_at_each_text_held_back(guard: SpamGuard, contaminated: str, share: float) -> None:
    clean = TEXTS[2]
    texts = [contaminated if number < 20 * share else f"{number} {clean}" for number in range(20)]
    text = Text.of(texts, load().learned)
    held_back = load().suspects(text)
    assert held_back.sum() >= 20 * share
    for one, result, suspect in zip(texts, guard.clean_many(texts), held_back, strict=True):
        close = guard._cuts(guard._view([one]))[0]
        assert result.spans == (close if suspect else ())


def test_what_is_sent_home_is_clean(guard: SpamGuard, contaminated: str) -> None:
    model = load()
    strict = SpamGuard(replace(model, sieve=replace(model.sieve, limit=np.inf)), threshold=0.0)
    assert guard.clean(contaminated).spans
    assert not strict.clean(contaminated).spans
    assert len(strict.clean_many([contaminated, ""])) == 2


def campaign_rows(text: Text) -> np.ndarray:
    """Rows of the campaign table that a text hits."""
    return np.unique(np.concatenate([rows(text.hashes[order], CAMPAIGN_ROWS) for order in CAMPAIGN_ORDERS]))


def test_a_taught_campaign_is_held_back(contaminated: str) -> None:
    model = load()
    model = replace(model, sieve=replace(model.sieve, limit=np.inf))
    text = Text.of([contaminated, TEXTS[2]], model.learned)
    assert not model.suspects(text).any()
    taught = np.zeros(CAMPAIGN_ROWS, np.int8)
    mine = campaign_rows(Text.of([contaminated], model.learned))
    taught[mine[~np.isin(mine, campaign_rows(Text.of([TEXTS[2]], model.learned)))]] = 60
    assert replace(model, campaigns=taught).suspects(text).tolist() == [True, False]


def test_a_word_holds_every_lane() -> None:
    assert len(sieve._KIND_LANES) < sieve.LANES
    assert len(sieve._SCRIPT_LANES) == sieve.LANES
    named = {name for names in sieve._SCRIPT_LANES for name in names}
    assert named == {prefixes[0] for prefixes in SCRIPTS if prefixes}
