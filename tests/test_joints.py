"""Where spans begin and end, once the decoder has proposed them."""

from __future__ import annotations

import numpy as np

from spamguard import features
from spamguard.joints import JOINT_NAMES, REACH, describe, near, settle
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


def test_joints_stay_in_their_document_and_between_their_neighbours() -> None:
    joint, allowed = near(DOC, TWO, at_end=False)
    assert [joint[i][allowed[i]].tolist() for i in range(3)] == [[0, 1, 2, 3], [4, 5, 6], [8, 9, 10]]
    joint, allowed = near(DOC, TWO, at_end=True)
    assert [joint[i][allowed[i]].tolist() for i in range(3)] == [[3, 4, 5], [6, 7, 8], [10, 11, 12, 13, 14]]


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
    columns, scores = arrays()
    chosen = np.array([0, 2])
    settled = settle((_Votes(1), _Votes(0)), columns, scores, DOC, TWO, chosen)  # type: ignore[arg-type]
    assert settled.first.tolist() == [1, 8]
    assert settled.last.tolist() == [4, 11]
    inward = settle((_Votes(-REACH), _Votes(-REACH)), columns, scores, DOC, TWO, chosen)  # type: ignore[arg-type]
    assert np.all(inward.first < inward.last)
    none = settle((_Votes(0), _Votes(0)), columns, scores, DOC, TWO, np.zeros(0, np.int64))  # type: ignore[arg-type]
    assert len(none.first) == 0
