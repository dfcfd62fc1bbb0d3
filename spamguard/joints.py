"""Moves the ends of a span to the joint where article and injected text most likely meet.

The decoder adds up segments, so a doubtful one at either end (a line of a comment form, a byline, half a sentence) may
fall on the wrong side. Here a model of its own looks at the joints near each end, at the segment on either side of
each, and the likeliest joint wins. How likely it is also tells the span model whether something was injected at all:
honest text that looks like an advert seldom begins and ends at such joints.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spamguard.features import NAMES
from spamguard.scorer import Scorer
from spamguard.trim import CLIP, Candidates

REACH = 3
"""Joints looked at on either side of where the decoder ended a stretch."""

JOINT_NAMES = (
    *(f"outside_{name}" for name in NAMES),  # columns of the segment that stays
    *(f"inside_{name}" for name in NAMES),  # of the segment that goes
    "outside_score",  # log-odds of the segment that stays
    "outside_score_2",  # of the one farther out
    "inside_score",  # of the segment that goes
    "inside_score_2",  # of the one farther in
    "outward",  # joints outward from the decoder's, negative inward
    "gain",  # clipped log-odds of the segments between, as won (outward) or given up (inward)
)
"""Columns of a joint."""


ENDS_NAMES = (
    "start_odds",  # highest log-odds of a joint near its start for being where injected text begins
    "start_odds_decoded",  # log-odds of the joint where the decoder began it
    "stop_odds",  # likewise for its end
    "stop_odds_decoded",
)
"""Columns of the span model that tell how clear the joints are."""
MOST_ODDS = 20.0


@dataclass(frozen=True)
class Ends:
    """Joints near one end of each candidate.

    Attributes
    ----------
    joint : int64 array, shape (n_candidates, 2 * REACH + 1)
        Each named by the segment behind it; the one in the middle is the decoder's.
    odds : float64 array of the same shape
        Log-odds for being where injected text begins, or ends; minus infinity where a joint is not allowed.
    """

    joint: NDArray[np.int64]
    odds: NDArray[np.float64]

    def __getitem__(self, chosen: NDArray[np.int64]) -> Ends:
        return Ends(self.joint[chosen], self.odds[chosen])


def near(doc: NDArray[np.int64], candidates: Candidates, at_end: bool) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Joints near one end of each candidate, in its document; a span keeps at least one segment.

    Returns
    -------
    joint : int64 array, shape (n_candidates, 2 * REACH + 1)
        A joint is named by the segment behind it.
    allowed : bool array of the same shape
    """
    steps = np.arange(-REACH, REACH + 1)
    own = doc[candidates.first]
    if at_end:
        joint = candidates.last[:, None] + steps
        return joint, (joint > candidates.first[:, None]) & (joint <= np.searchsorted(doc, own, "right")[:, None])
    joint = candidates.first[:, None] + steps
    return joint, (joint < candidates.last[:, None]) & (joint >= np.searchsorted(doc, own, "left")[:, None])


def describe(
    columns: NDArray[np.float32],
    scores: NDArray[np.float64],
    doc: NDArray[np.int64],
    decoded: NDArray[np.int64],
    joint: NDArray[np.int64],
    at_end: bool,
) -> NDArray[np.float32]:
    """Columns `JOINT_NAMES` of joints.

    Parameters
    ----------
    columns : float32 array, shape (n_segments, len(NAMES))
    scores : float64 array, shape (n_segments,)
        Log-odds of each segment.
    doc : int64 array, shape (n_segments,)
    decoded, joint : int64 arrays, shape (n_joints,)
        Where the decoder ended the stretch, and the joint to describe.
    at_end : bool

    Returns
    -------
    float32 array, shape (n_joints, len(JOINT_NAMES))
    """
    out = np.zeros((len(joint), len(JOINT_NAMES)), np.float32)
    inward = -1 if at_end else 1
    inside = joint - 1 if at_end else joint
    own = doc[inside]
    clipped = np.clip(scores, -CLIP, CLIP)

    def of(segment: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        held = np.clip(segment, 0, len(doc) - 1)
        return held, (held == segment) & (doc[held] == own)

    width = len(NAMES)
    for place, step in ((0, -1), (1, -2), (2, 0), (3, 1)):
        segment, there = of(inside + inward * step)
        out[:, 2 * width + place] = np.where(there, clipped[segment], -CLIP)
        if place in (0, 2):
            begin = width * place // 2
            out[:, begin : begin + width] = np.where(there[:, None], columns[segment], 0)
    out[:, -2] = inward * (decoded - joint)
    low, high = np.minimum(decoded, joint), np.maximum(decoded, joint)
    between = np.zeros(len(joint))
    for step in range(REACH):
        between += np.where(low + step < high, clipped[np.minimum(low + step, len(doc) - 1)], 0)
    out[:, -1] = np.sign(out[:, -2]) * between
    return out


def describe_near(
    columns: NDArray[np.float32], scores: NDArray[np.float64], doc: NDArray[np.int64], candidates: Candidates, at_end: bool
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.float32]]:
    """What `near` finds, and the columns of the joints that are allowed, shape (n_allowed, len(JOINT_NAMES))."""
    joint, allowed = near(doc, candidates, at_end)
    decoded = np.broadcast_to((candidates.last if at_end else candidates.first)[:, None], joint.shape)
    return joint, allowed, describe(columns, scores, doc, decoded[allowed], joint[allowed], at_end)


def odds(scorer: Scorer, allowed: NDArray[np.bool_], described: NDArray[np.float32]) -> NDArray[np.float64]:
    """Log-odds of each joint, minus infinity where it is not allowed, shape of `allowed`."""
    found = np.full(allowed.shape, -np.inf)
    found[allowed] = scorer.score(described)
    return found


def weigh(
    model: tuple[Scorer, Scorer],
    columns: NDArray[np.float32],
    scores: NDArray[np.float64],
    doc: NDArray[np.int64],
    candidates: Candidates,
) -> tuple[Ends, Ends]:
    """The joints near the starts of the candidates, and near their ends, with their log-odds."""
    found = []
    for scorer, at_end in zip(model, (False, True), strict=True):
        joint, allowed, described = describe_near(columns, scores, doc, candidates, at_end)
        found.append(Ends(joint, odds(scorer, allowed, described)))
    return found[0], found[1]


def clearness(starts: NDArray[np.float64], stops: NDArray[np.float64]) -> NDArray[np.float32]:
    """Columns `ENDS_NAMES` of each candidate from the log-odds of its joints, shape (n_candidates, 4)."""
    columns = [column for of_end in (starts, stops) for column in (of_end.max(axis=1), of_end[:, REACH])]
    return np.clip(np.stack(columns, axis=1), -MOST_ODDS, MOST_ODDS).astype(np.float32)


def settle(candidates: Candidates, ends: tuple[Ends, Ends]) -> Candidates:
    """Candidates that do not overlap with their ends at the likeliest joints near by; they still do not."""
    starts, stops = ends
    last_before = np.append(0, candidates.last)[: len(candidates.last), None]
    next_first = np.append(candidates.first[1:], np.iinfo(np.int64).max)[: len(candidates.first), None]
    row = np.arange(len(candidates.first))
    best = np.argmax(np.where(starts.joint >= last_before, starts.odds, -np.inf), axis=1)
    first = starts.joint[row, best]
    best = np.argmax(np.where(stops.joint <= next_first, stops.odds, -np.inf), axis=1)
    last = stops.joint[row, best]
    first = np.maximum(first, np.append(0, last)[: len(last)])  # the gap before was taken by its neighbour
    crossed = first >= last  # both ends moved inward past each other: the decoder's stand
    return Candidates(np.where(crossed, candidates.first, first), np.where(crossed, candidates.last, last))
