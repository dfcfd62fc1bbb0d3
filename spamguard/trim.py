"""Segment scores to exact spans.

A two-state Viterbi decoder picks the set of stretches with the highest total log-odds, where each stretch has to pay
its way: one weak segment is not worth a cut, one clean-looking segment inside a casino block is not worth a gap. It does
so at several costs, from wary to generous. What it finds are candidates; the span model then judges each as a whole, and
`choose` takes the best of those that overlap. `edges` settles the white space.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spamguard.batch import Batch
from spamguard.codepoints import Kind
from spamguard.segment import Segments

CLIP = 6.0
"""No segment counts for more than this many natural log-odds, for or against."""


@dataclass(frozen=True)
class Costs:
    """What the decoder asks of a stretch, in natural log-odds; learned with the model.

    Attributes
    ----------
    stretch : float
        Price of one stretch.
    lean : float
        Added to every segment: above 0, the decoder proposes more, and the span model has more to turn down.
    """

    stretch: float
    lean: float


@dataclass(frozen=True)
class Candidates:
    """Stretches proposed, in order of their beginnings and then of their ends; they may overlap.

    Attributes
    ----------
    first, last : int64 arrays, shape (n_candidates,)
        First segment of each, and the one behind its last.
    """

    first: NDArray[np.int64]
    last: NDArray[np.int64]

    def __getitem__(self, chosen: NDArray[np.int64]) -> Candidates:
        return Candidates(self.first[chosen], self.last[chosen])

    def lengths(self, segments: Segments) -> NDArray[np.int64]:
        """Characters of each, shape (n_candidates,)."""
        return segments.end[self.last - 1] - segments.start[self.first]


def propose(scores: NDArray[np.float64], doc: NDArray[np.int64], costs: Sequence[Costs]) -> Candidates:
    """All stretches that `decode` finds at some of the costs, each once."""
    found = [decode(scores, doc, each) for each in costs]
    ends = np.stack([np.concatenate([getattr(each, side) for each in found]) for side in ("first", "last")], axis=1)
    first, last = np.unique(ends, axis=0).T
    return Candidates(first, last)


def choose(
    candidates: Candidates, length: NDArray[np.int64], probability: NDArray[np.float64], threshold: float
) -> NDArray[np.int64]:
    """Numbers of the candidates that are sure enough, in order.

    Of those that overlap it is the one from which most is to be expected: characters rightly cut less those wrongly cut.
    """
    taken: list[int] = []
    free = np.ones(candidates.last.max(initial=0), np.bool_)
    sure = np.flatnonzero(probability >= threshold)
    expected = length[sure] * (2 * probability[sure] - 1)
    for number in sure[np.argsort(-expected, kind="stable")].tolist():
        stretch = free[candidates.first[number] : candidates.last[number]]
        if stretch.all():
            stretch[:] = False
            taken.append(number)
    return np.array(sorted(taken), np.int64)


def decode(scores: NDArray[np.float64], doc: NDArray[np.int64], costs: Costs) -> Candidates:
    """Stretches of segments with the highest total score, each less its price.

    Parameters
    ----------
    scores : float64 array, shape (n_segments,)
        Log-odds of each segment for spam.
    doc : int64 array, shape (n_segments,)
        Document of each segment, in order.
    """
    gain = np.clip(scores, -CLIP, CLIP) + costs.lean
    first: list[int] = []
    last: list[int] = []
    promising = np.unique(doc[gain > 0])
    begins = np.searchsorted(doc, promising, "left").tolist()
    ends = np.searchsorted(doc, promising, "right").tolist()
    for begin, end in zip(begins, ends, strict=True):
        for a, b in _stretches(gain[begin:end].tolist(), costs.stretch):
            first.append(begin + a)
            last.append(begin + b)
    return Candidates(np.array(first, np.int64), np.array(last, np.int64))


def _stretches(gain: list[float], price: float) -> list[tuple[int, int]]:
    """Viterbi over the states "kept" and "cut" of one document."""
    kept, cut = 0.0, -price
    from_kept: list[bool] = []  # whether the best way to "cut" at i came from "kept"
    from_cut: list[bool] = []  # whether the best way to "kept" at i came from "cut"
    for value in gain:
        enter = kept - price > cut
        leave = cut > kept
        from_kept.append(enter)
        from_cut.append(leave)
        kept, cut = (cut if leave else kept), (kept - price if enter else cut) + value
    found: list[tuple[int, int]] = []
    state = cut > kept
    stop = len(gain)
    for at in range(len(gain) - 1, -1, -1):
        if state:
            if from_kept[at]:
                found.append((at, stop))
                state = False
        elif from_cut[at]:
            state, stop = True, at
    if state:
        found.append((0, stop))
    return found[::-1]


def edges(batch: Batch, segments: Segments, candidates: Candidates) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the candidates are cut: their first and last characters, and the white space that goes with them.

    What is kept on the two sides is parted by the wider of the two gaps, so a paragraph break survives a cut beside it;
    at either end of the document the white space goes with the span.

    Returns
    -------
    start, end : int64 arrays, shape (n_candidates,)
        Positions in ``batch.points``.
    """
    space = (batch.kind == Kind.SPACE) | (batch.kind == Kind.NEWLINE)
    solid = np.flatnonzero(~space)
    begin = segments.start[candidates.first]
    finish = segments.end[candidates.last - 1]
    doc = segments.doc[candidates.first]
    low, high = batch.doc_start[doc], batch.doc_end[doc]
    row = np.searchsorted(solid, begin)
    inner_start = np.minimum(np.append(solid, high.max(initial=0))[row], finish)
    inner_end = np.maximum(np.concatenate(([-1], solid))[np.searchsorted(solid, finish)] + 1, inner_start)
    outer_start = np.maximum(np.concatenate(([-1], solid))[row] + 1, low)
    outer_end = np.minimum(np.append(solid, len(space))[np.searchsorted(solid, finish)], high)
    newlines = np.concatenate(([0], np.cumsum(batch.kind == Kind.NEWLINE)))
    before = newlines[inner_start] - newlines[outer_start]
    after = newlines[outer_end] - newlines[inner_end]
    at_start, at_end = outer_start <= low, outer_end >= high
    wider_after = (after > before) | ((after == before) & (outer_end - inner_end >= inner_start - outer_start))
    start = np.where(at_start | at_end | wider_after, outer_start, inner_start)
    end = np.where(at_end | at_start | ~wider_after, outer_end, inner_end)
    return start, end
