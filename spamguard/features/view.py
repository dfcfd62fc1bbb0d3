"""What all feature families look at: one batch with its segments, and what several of them need, computed once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spamguard.batch import Batch
from spamguard.features.hashing import hashes, look_up, rows, symbols
from spamguard.features.learned import Learned
from spamguard.features.matching import Matches, match_terms
from spamguard.hosts import Hosts
from spamguard.segment import Segments


@dataclass(frozen=True)
class Text:
    """A batch before it is cut: hosts, n-gram hashes and the evidence of each character.

    `evidence` is what the cut into segments may use, `View` adds the segments.
    """

    batch: Batch
    hosts: Hosts
    learned: Learned

    @cached_property
    def symbols(self) -> NDArray[np.uint32]:
        """Folded code points with digits and white space made alike, shape (m,)."""
        return symbols(self.batch.folded, self.batch.folded_kind)

    @cached_property
    def hashes(self) -> dict[int, NDArray[np.uint32]]:
        """Order to the 32-bit hash of the n-gram that begins at each folded character."""
        return hashes(self.symbols)

    @cached_property
    def evidence(self) -> NDArray[np.int32]:
        """Evidence for spam of the n-grams around each folded character, in units of `UNIT`, shape (m,)."""
        return look_up(self.learned.spam, self.hashes)

    @cached_property
    def matches(self) -> Matches:
        """Lexicon terms found, in folded positions."""
        return match_terms(self.batch, self.hashes)


@dataclass(frozen=True)
class View:
    """A batch with its segments."""

    text: Text
    segments: Segments

    @property
    def batch(self) -> Batch:
        """The batch it looks at."""
        return self.text.batch

    @cached_property
    def start(self) -> NDArray[np.int64]:
        """Folded position of each segment's first character, shape (n_segments,)."""
        return self.batch.to_folded(self.segments.start)

    @cached_property
    def end(self) -> NDArray[np.int64]:
        """Folded position behind each segment's last character, shape (n_segments,)."""
        return self.batch.to_folded(self.segments.end)

    @cached_property
    def length(self) -> NDArray[np.int64]:
        """Folded characters of each segment, at least 1, shape (n_segments,)."""
        return np.maximum(self.end - self.start, 1)

    @cached_property
    def inside(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Folded positions that belong to a segment, and the number of their segment, both of shape (n_inside,)."""
        lengths = self.end - self.start
        number = np.repeat(np.arange(len(lengths)), lengths)
        shift = self.start - (np.cumsum(lengths) - lengths)
        return np.arange(len(number)) + shift[number], number

    def total(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Sum of a whole number of each folded character over each segment, shape (n_segments,)."""
        edges = np.stack((self.start, self.end), axis=1).ravel()  # padding follows: every edge is inside
        sums = np.add.reduceat(values, edges, dtype=np.int64)[::2]
        sums[self.start == self.end] = 0
        return sums.astype(np.float64)

    def counts(self, classes: NDArray[np.uint8], n_classes: int) -> NDArray[np.int64]:
        """How many folded characters of each class each segment holds, shape (n_segments, n_classes)."""
        at, number = self.inside
        n = len(self.segments)
        return np.bincount(number * n_classes + classes[at], minlength=n * n_classes).reshape(n, n_classes)

    @cached_property
    def language_points(self) -> NDArray[np.float64]:
        """Sum of the trigram points of each segment (see `Learned.language_rows`), shape (n_segments, k)."""
        table = self.text.learned.language_rows
        points = table[rows(self.text.hashes[3], len(table))]
        edges = np.stack((self.start, self.end), axis=1).ravel()
        sums = np.add.reduceat(points, edges, axis=0, dtype=np.int32)[::2]
        sums[self.start == self.end] = 0
        return sums.astype(np.float64)

    def owner(self, at: NDArray[np.int64]) -> NDArray[np.int64]:
        """Number of the segment each original position falls in."""
        return np.searchsorted(self.segments.start, at, "right") - 1

    def owner_folded(self, at: NDArray[np.int64]) -> NDArray[np.int64]:
        """Number of the segment each folded position falls in."""
        return np.searchsorted(self.start, at, "right") - 1
