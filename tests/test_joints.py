"""Where spans begin and end, once the decoder has proposed them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from spamguard import features
from spamguard.joints import ENDS_NAMES, JOINT_NAMES, MOST_ODDS, REACH, clearness, describe, near, settle, weigh
from spamguard.trim import CLIP, Candidates

DOC = np.array([0] * 8 + [1] * 6)
TWO = Candidates(np.array([2, 5, 9]), np.array([4, 7, 11]))


class _Votes:
    """Stands for a scorer: likes joints a given number of steps outward."""

    def __init__(self, outward: int) -> None:
        self.outward = outward

    def score(self, columns: np.ndarray) -> np.ndarray:
        return -np.abs(columns[:, JOINT_NAMES.index("outward")] - self.outward).astype(np.float64)


def arrays() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(len(DOC), len(features.NAMES))).astype(np.float32), rng.normal(size=len(DOC)) * 3


def settled(outward: tuple[int, int], candidates: Candidates) -> list[tuple[int, int]]:
    columns, scores = arrays()
    votes = _Votes(outward[0]), _Votes(outward[1])
    found = settle(candidates, weigh(votes, columns, scores, DOC, candidates))  # type: ignore[arg-type]
    return list(zip(found.first.tolist(), found.last.tolist(), strict=True))


def test_joints_stay_in_their_document_and_leave_a_segment() -> None:
    joint, allowed = near(DOC, TWO, at_end=False)
    assert [joint[i][allowed[i]].tolist() for i in range(3)] == [[0, 1, 2, 3], [2, 3, 4, 5, 6], [8, 9, 10]]
    joint, allowed = near(DOC, TWO, at_end=True)
    assert [joint[i][allowed[i]].tolist() for i in range(3)] == [[3, 4, 5, 6, 7], [6, 7, 8], [10, 11, 12, 13, 14]]


def test_a_joint_is_described_by_both_sides() -> None:
    columns, scores = arrays()
    n = len(features.NAMES)
    start = describe(columns, scores, DOC, np.array([2]), np.array([1]), at_end=False)[0]
    assert np.array_equal(start[:n], columns[0])
    assert np.array_equal(start[n : 2 * n], columns[1])
    assert start[JOINT_NAMES.index("outward")] == 1
    assert start[JOINT_NAMES.index("gain")] == np.float32(np.clip(scores[1], -CLIP, CLIP))
    stop = describe(columns, scores, DOC, np.array([8]), np.array([7]), at_end=True)[0]
    assert np.array_equal(stop[:n], columns[7])
    assert np.array_equal(stop[n : 2 * n], columns[6])
    assert stop[JOINT_NAMES.index("outward")] == -1
    assert stop[JOINT_NAMES.index("gain")] == np.float32(-np.clip(scores[7], -CLIP, CLIP))
    edge = describe(columns, scores, DOC, np.array([8]), np.array([8]), at_end=True)[0]
    assert not edge[:n].any()  # nothing of the document stands behind
    assert edge[JOINT_NAMES.index("outside_score")] == -CLIP


def test_ends_move_to_the_likeliest_joint() -> None:
    assert settled((1, 0), TWO) == [(1, 4), (4, 7), (8, 11)]
    assert settled((0, 1), TWO) == [(2, 5), (5, 8), (9, 12)]
    assert settled((0, 0), TWO[np.zeros(0, np.int64)]) == []


def test_ends_that_pass_each_other_stay_where_they_were() -> None:
    assert settled((-REACH, -REACH), TWO) == [(2, 4), (5, 7), (9, 11)]


def test_spans_stay_apart() -> None:
    for outward in ((0, 3), (3, 0), (3, 3), (1, 1)):
        spans = settled(outward, TWO)
        assert all(first < last for first, last in spans)
        assert all(a[1] <= b[0] for a, b in pairwise(spans))


def test_clearness_is_the_best_joint_and_the_decoders() -> None:
    odds = np.full((2, 2 * REACH + 1), -np.inf)
    odds[0, REACH], odds[0, REACH + 2] = -1.0, 3.0
    odds[1, REACH] = 99.0
    columns = clearness(odds, odds[::-1])
    assert columns.shape == (2, len(ENDS_NAMES))
    assert columns.tolist() == [[3.0, -1.0, MOST_ODDS, MOST_ODDS], [MOST_ODDS, MOST_ODDS, 3.0, -1.0]]
