"""Decoding and edges."""

from __future__ import annotations

import numpy as np
import pytest

from spamguard.batch import Batch
from spamguard.segment import Segments
from spamguard.trim import Candidates, Costs, choose, decode, edges, propose


def stretches(scores: list[float], doc: list[int] | None = None, price: float = 1.0) -> list[tuple[int, int]]:
    found = decode(np.array(scores), np.array(doc or [0] * len(scores)), Costs(stretch=price, lean=0.0))
    return list(zip(found.first.tolist(), found.last.tolist(), strict=True))


def test_a_stretch_has_to_pay_its_way() -> None:
    assert stretches([-3, 0.5, -3]) == []
    assert stretches([-3, 2.5, -3]) == [(1, 2)]


def test_a_small_gap_is_bridged_and_a_large_one_is_not() -> None:
    assert stretches([4, -0.5, 4]) == [(0, 3)]
    assert stretches([4, -5, 4]) == [(0, 1), (2, 3)]


def test_documents_are_apart() -> None:
    assert stretches([4, 4, 4, -4], [0, 0, 1, 1]) == [(0, 2), (2, 3)]
    assert stretches([], []) == []


def test_proposals_are_those_of_all_costs_each_once() -> None:
    scores, doc = np.array([-3.0, 2.5, -2.0, 2.5, -3.0, -3.0]), np.zeros(6, np.int64)
    costs = (Costs(1.0, 0.0), Costs(1.0, 0.0), Costs(1.0, 1.2))
    found = propose(scores, doc, costs)
    wary, generous = decode(scores, doc, costs[0]), decode(scores, doc, costs[2])
    both = {*zip(wary.first, wary.last, strict=True), *zip(generous.first, generous.last, strict=True)}
    assert list(zip(found.first, found.last, strict=True)) == sorted(both)
    assert len(both) > len(wary.first)
    assert len(propose(np.zeros(0), np.zeros(0, np.int64), costs).first) == 0


def test_of_candidates_that_overlap_the_one_that_promises_most_is_chosen() -> None:
    candidates = Candidates(np.array([0, 0, 2, 4, 7]), np.array([3, 6, 5, 6, 9]))
    length = np.array([30, 60, 30, 20, 20])
    assert choose(candidates, length, np.array([0.8, 0.6, 0.7, 0.75, 0.2]), 0.5).tolist() == [0, 3]
    assert choose(candidates, length, np.array([0.8, 0.9, 0.6, 0.99, 0.2]), 0.1).tolist() == [1, 4]
    assert choose(candidates, length, np.full(5, 0.2), 0.5).tolist() == []


def brute_force(scores: list[float], price: float) -> float:
    best = 0.0
    for mask in range(1 << len(scores)):
        on = [bool(mask >> i & 1) for i in range(len(scores))]
        starts = sum(b and not a for a, b in zip([False, *on], on, strict=False))
        best = max(best, sum(score for score, take in zip(scores, on, strict=True) if take) - price * starts)
    return best


def test_decoding_is_optimal() -> None:
    chance = np.random.default_rng(0)
    for _ in range(60):
        scores = chance.normal(0, 3, 8).clip(-5, 5).tolist()
        found = stretches(scores, price=1.5)
        reached = sum(sum(scores[a:b]) - 1.5 for a, b in found)
        assert reached == pytest.approx(brute_force(scores, 1.5))


@pytest.mark.parametrize(
    ("before", "spam", "after", "kept"),
    [
        ("One.\n\n", "SPAM", "", "One."),
        ("", "SPAM", "\n\nTwo.", "Two."),
        ("One. ", "SPAM", " Two.", "One. Two."),
        ("One.\n\n", "SPAM", "\n\nTwo.", "One.\n\nTwo."),
        ("One. ", "SPAM", "\n\nTwo.", "One.\n\nTwo."),
        ("One.\n\n", "SPAM", " Two.", "One.\n\nTwo."),
        ("One.", "SPAM", " Two.", "One. Two."),
        ("One ", "SPAM", "\nTwo.", "One\nTwo."),
        (" \n", "SPAM", "\n ", ""),
    ],
)
def test_white_space_at_the_cut(before: str, spam: str, after: str, kept: str) -> None:
    text = before + spam + after
    batch = Batch.of(["x", text])
    origin = int(batch.doc_start[1])
    segments = Segments.at(batch, origin + np.array([0, len(before), len(before + spam)]))
    number = next(i for i in range(len(segments)) if segments.start[i] == origin + len(before) and segments.doc[i] == 1)
    start, end = edges(batch, segments, Candidates(np.array([number]), np.array([number + 1])))
    assert text[: start[0] - origin] + text[end[0] - origin :] == kept
