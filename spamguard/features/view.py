"""What all feature families look at: one batch with its segments, and what several of them need, computed once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spamguard.batch import Batch
from spamguard.codepoints import SCRIPTS, Kind
from spamguard.features.hashing import ORDERS, STUB_ORDERS, hashes, look_up, rows, symbols
from spamguard.features.lanes import Pieces, counts, look_up_sums, pieces
from spamguard.features.learned import FINE_UNIT, UNIT, UNKNOWN, Learned
from spamguard.features.matching import Matches, match_terms
from spamguard.features.words import Words, find_words
from spamguard.hosts import Hosts, find
from spamguard.segment import Segments, segment, split_at_evidence

GROUP_BITS = 14
"""The hashed four-letter groups of a document are counted in at most ``2**GROUP_BITS`` rows."""


@dataclass(frozen=True)
class Text:
    """A batch before it is cut: hosts, n-gram hashes and the evidence of each character.

    `evidence` is what the cut into segments may use, `View` adds the segments.
    """

    batch: Batch
    hosts: Hosts
    learned: Learned

    @classmethod
    def of(cls, texts: Sequence[str], learned: Learned) -> Text:
        """Lay out some texts and find their hosts."""
        batch = Batch.of(texts)
        return cls(batch, find(batch), learned)

    @cached_property
    def symbols(self) -> NDArray[np.uint32]:
        """Folded code points with digits and white space made alike, shape (m,)."""
        return symbols(self.batch.folded, self.batch.folded_kind)

    @cached_property
    def hashes(self) -> dict[int, NDArray[np.uint32]]:
        """Order to the 32-bit hash of the n-gram that begins at each folded character."""
        return hashes(self.symbols)

    @cached_property
    def plain(self) -> NDArray[np.bool_]:
        """Folded characters that are no part of a domain name or address and do not stand beside one, shape (m,).

        Names differ from campaign to campaign, and honest ones are as varied: how they look is for `domains` to say.
        """
        covered = self.hosts.cover(self.batch)
        if self.batch.origin is not None:
            covered = covered[self.batch.origin]
        near = covered.copy()
        for step in range(1, max(ORDERS) // 2 + 1):
            near[step:] |= covered[:-step]
            near[:-step] |= covered[step:]
        return ~near

    @cached_property
    def evidence(self) -> NDArray[np.int32]:
        """Evidence for spam of the n-grams around each folded character, in units of `FINE_UNIT`, shape (m,).

        0 in and beside domain names.
        """
        return np.where(self.plain, look_up(self.learned.spam, self.hashes), 0)

    @cached_property
    def groups(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Key of the document and the hashed four-letter group at each folded character, and the count of each key.

        Groups in and beside domain names have a key and are not counted.
        """
        hashed = self.hashes[4]
        start = self.batch.to_folded(self.batch.doc_start)
        lengths = np.diff(start, append=len(self.batch.folded))
        bits = np.clip(np.ceil(np.log2(lengths)).astype(np.int64) + 2, 6, GROUP_BITS)  # by the document's length alone
        offset = np.cumsum(1 << bits) - (1 << bits)
        lengths[0] += start[0]
        lengths[-1] -= len(self.batch.folded) - len(hashed)
        shift = np.repeat((32 - bits).astype(np.uint32), lengths)
        key = np.repeat(offset, lengths) + (hashed >> shift)
        counted = (self.batch.folded_script[: len(hashed)] > 0) & self.plain[: len(hashed)]
        return key, np.bincount(key[counted], minlength=int((1 << bits).sum()))

    @cached_property
    def once(self) -> NDArray[np.bool_]:
        """Where a four-letter group begins that occurs once in its document, domain names left out, shape (m,)."""
        key, times = self.groups
        found = np.zeros(len(self.batch.folded), np.bool_)
        found[: len(key)] = (self.batch.folded_script[: len(key)] > 0) & self.plain[: len(key)] & (times[key] <= 1)
        return found

    @cached_property
    def evidence_sums(self) -> NDArray[np.int64]:
        """Running sum of `evidence`, from 0, shape (m + 1,)."""
        return np.concatenate(([0], np.cumsum(self.evidence, dtype=np.int64)))

    @cached_property
    def stub(self) -> NDArray[np.int32]:
        """Evidence for a comment form at each folded character, in units of `UNIT`, shape (m,)."""
        return look_up(self.learned.stub, self.hashes, STUB_ORDERS)

    @cached_property
    def words(self) -> Words:
        """Words of the folded text."""
        return find_words(self.symbols, self.batch.folded_kind)

    @cached_property
    def matches(self) -> Matches:
        """Lexicon terms found that the model knows, in folded positions."""
        found = match_terms(self.batch, self.hashes)
        known = self.learned.terms[found.term] != UNKNOWN
        return found if known.all() else Matches(found.start[known], found.end[known], found.term[known])

    @cached_property
    def evidence_with_terms(self) -> NDArray[np.int32]:
        """`evidence` and, spread over its characters, that of each lexicon term; in `FINE_UNIT`, shape (m,)."""
        matches = self.matches
        share = np.rint(self.learned.terms[matches.term] * (UNIT / FINE_UNIT) / (matches.end - matches.start)).astype(
            np.int32
        )
        change = np.zeros(len(self.evidence) + 1, np.int32)
        change[matches.start] += share  # terms do not overlap: no place is named twice
        change[matches.end] -= share
        return self.evidence + np.cumsum(change[:-1], dtype=np.int32)


@dataclass(frozen=True)
class View:
    """A batch with its segments; `parts` is a finer view whose segments add up to these, if there is one."""

    text: Text
    segments: Segments
    parts: View | None = None

    @classmethod
    def of(cls, texts: Sequence[str], learned: Learned) -> View:
        """Some texts, cut into segments."""
        return cls.cut(Text.of(texts, learned))

    @classmethod
    def cut(cls, text: Text) -> View:
        """A batch, cut into segments."""
        segments = segment(text.batch, text.hosts)
        return cls(text, split_at_evidence(text.batch, segments, text.evidence_with_terms, FINE_UNIT))

    @classmethod
    def whole(cls, texts: Sequence[str], learned: Learned) -> View:
        """Some texts, each taken as one segment."""
        text = Text.of(texts, learned)
        return cls(text, Segments.whole(text.batch))

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

    def tally(self, at: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many of the folded positions `at`, all inside segments, fall in each segment, shape (n_segments,)."""
        return np.bincount(self.owner_folded(at), minlength=len(self.segments))

    @cached_property
    def kind_counts(self) -> NDArray[np.int64]:
        """Characters of each `Kind` in each segment, shape (n_segments, len(Kind))."""
        if self.parts is not None:
            return self._of_parts(self.parts.kind_counts)
        return counts(self.batch.folded_kind, len(Kind), self._pieces)

    @cached_property
    def script_counts(self) -> NDArray[np.int64]:
        """Characters of each script in each segment, domain names left out, shape (n_segments, len(SCRIPTS))."""
        if self.parts is not None:
            return self._of_parts(self.parts.script_counts)
        return counts(self.batch.folded_script * self.text.plain, len(SCRIPTS), self._pieces)

    @cached_property
    def language_points(self) -> NDArray[np.float64]:
        """Sum of the trigram points of each segment, shape (n_segments, k): see `Learned.language_rows`.

        Domain names count nothing.
        """
        if self.parts is not None:
            return self._of_parts(self.parts.language_points)
        learned = self.text.learned
        size, width = learned.language_rows.shape
        row = rows(self.text.hashes[3], size)
        row[~self.text.plain[: len(row)]] = size  # a row of zeros
        return look_up_sums(learned.language_lanes, row, self._pieces, width).astype(np.float64)

    def _of_parts(self, of_parts: NDArray[Any]) -> NDArray[Any]:
        """Sums over the segments of the finer view that make up each segment."""
        assert self.parts is not None
        return np.add.reduceat(of_parts, np.searchsorted(self.parts.segments.start, self.segments.start), axis=0)

    @cached_property
    def _pieces(self) -> Pieces:
        return pieces(self.start, self.end)

    def owner(self, at: NDArray[np.int64]) -> NDArray[np.int64]:
        """Number of the segment each original position falls in."""
        return np.searchsorted(self.segments.start, at, "right") - 1

    def owner_folded(self, at: NDArray[np.int64]) -> NDArray[np.int64]:
        """Number of the segment each folded position falls in."""
        return np.searchsorted(self.start, at, "right") - 1
