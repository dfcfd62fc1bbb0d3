"""Hashed n-grams: the evidence of a linear model over the characters themselves, summed over each segment.

Evidence adds up: that of a stretch is the sum over its characters, so the same table scores a segment, finds the most
suspicious stretch inside one, and says which words spoke for the cut.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spamguard.features.hashing import look_up
from spamguard.features.learned import FINE_UNIT, UNIT
from spamguard.features.scale import signed_log
from spamguard.features.view import View

NAMES = (
    "ngram_sum",  # evidence for spam over the segment (signed logarithm)
    "ngram_mean",  # evidence per character
    "ngram_peak",  # evidence of the most suspicious 24 characters
    "ngram_peak_wide",  # evidence of the most suspicious 72 characters
    "ngram_low",  # evidence of the least suspicious 48 characters
    "ngram_positive",  # share of characters with evidence for spam
    "stub_mean",  # evidence per character for a comment form
    "stub_sum",  # evidence for a comment form over the segment (signed logarithm)
)
STUB_ORDERS = (3, 4, 6)
PEAK, PEAK_WIDE, LOW = 24, 72, 48


def extract(view: View) -> NDArray[np.float32]:
    """Columns `NAMES` for each segment, shape (n_segments, 8)."""
    n = len(view.segments)
    out = np.zeros((n, len(NAMES)), np.float32)
    if not n:
        return out
    evidence = view.text.evidence
    sums = FINE_UNIT * view.total(evidence)
    stub = UNIT * view.total(look_up(view.text.learned.stub, view.text.hashes, STUB_ORDERS))
    out[:, 0] = signed_log(sums)
    out[:, 1] = sums / view.length
    out[:, 2] = window_extreme(view, evidence, PEAK)
    out[:, 3] = window_extreme(view, evidence, PEAK_WIDE)
    out[:, 4] = -window_extreme(view, -evidence, LOW)
    out[:, 5] = view.total(evidence > 0) / view.length
    out[:, 6] = stub / view.length
    out[:, 7] = signed_log(stub)
    return out


def window_extreme(view: View, values: NDArray[np.int32], width: int) -> NDArray[np.float64]:
    """Highest evidence of `width` characters that begin in each segment and end with it at the latest."""
    total = np.concatenate(([0], np.cumsum(values, dtype=np.int64)))
    lengths = view.end - view.start
    gaps = np.concatenate((view.start[1:], [len(values)])) - view.end  # padding and removed characters
    last = np.repeat(np.stack((view.end, view.end), axis=1).ravel(), np.stack((lengths, gaps), axis=1).ravel())
    begin = np.arange(view.start[0], view.start[0] + len(last))
    stop = np.minimum(begin + width, np.maximum(last, begin))
    sums = total[stop] - total[begin]
    starts = np.minimum(view.start - view.start[0], len(sums) - 1)
    highest = FINE_UNIT * np.maximum.reduceat(sums, starts)
    return np.where(lengths > 0, highest, 0.0)
