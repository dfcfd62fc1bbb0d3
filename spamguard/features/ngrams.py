"""Hashed n-grams: the evidence of a linear model over the characters themselves, summed over each segment.

Evidence adds up: that of a stretch is the sum over its characters, so the same table scores a segment, finds the most
suspicious stretch inside one, and says which words spoke for the cut.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

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
PEAK, PEAK_WIDE, LOW = 24, 72, 48
SMALL = 1 << 21
"""Running sums of fewer characters fit in 32 bits."""


def extract(view: View) -> NDArray[np.float32]:
    """Columns `NAMES` for each segment, shape (n_segments, 8)."""
    n = len(view.segments)
    out = np.zeros((n, len(NAMES)), np.float32)
    if not n:
        return out
    total = view.text.evidence_sums
    sums = FINE_UNIT * (total[view.end] - total[view.start]).astype(np.float64)
    stub = UNIT * view.total(view.text.stub)
    (peak, wide), lowest = window_extremes(view, (PEAK, PEAK_WIDE), LOW)
    out[:, 0] = signed_log(sums)
    out[:, 1] = sums / view.length
    out[:, 2] = peak
    out[:, 3] = wide
    out[:, 4] = lowest
    out[:, 5] = view.total(view.text.evidence > 0) / view.length
    out[:, 6] = stub / view.length
    out[:, 7] = signed_log(stub)
    return out


def window_extremes(view: View, widths: tuple[int, ...], low: int) -> tuple[list[NDArray[np.float64]], NDArray[np.float64]]:
    """Highest evidence of so many characters that begin in each segment and end with it at the latest, for each of some
    widths; and the lowest of `low` characters."""
    total = view.text.evidence_sums
    total = total.astype(np.int32) if len(total) < SMALL else total
    highest = [_highest(view, total, width) for width in widths]
    return highest, -_highest(view, -total, low)


def _highest(view: View, total: NDArray[Any], width: int) -> NDArray[np.float64]:
    """Highest difference of running sums `width` apart, or from any position to the segment's end if that is nearer."""
    inner = np.maximum(view.end - width + 1, view.start)  # from here on the segment's end cuts the window off
    edges = np.stack((inner, view.end), axis=1).ravel()
    highest = total[view.end] - np.minimum.reduceat(total, edges)[::2]
    whole = np.flatnonzero(inner > view.start)
    if len(whole):
        steps = total[width:] - total[:-width]
        edges = np.stack((view.start[whole], inner[whole]), axis=1).ravel()
        highest[whole] = np.maximum(highest[whole], np.maximum.reduceat(steps, edges)[::2])
    parted = np.append(view.start[1:], len(total)) > view.end
    highest[parted] = np.maximum(highest[parted], 0)  # what follows the last segment of a document counts as nothing
    return np.where(view.end > view.start, FINE_UNIT * highest, 0.0)
