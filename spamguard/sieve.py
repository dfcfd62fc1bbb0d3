"""The first pass: texts in which no block of characters is suspicious are clean, and need no closer look.

A text is laid out in blocks of equal length. A small network looks at what each block and the blocks around it hold:
evidence of n-grams and of lexicon terms, domain names, letters of a foreign script, disguises, kinds of characters. That
takes a fraction of the time that cutting into segments and describing them takes. The first pass is part of the model,
not a shortcut round it: what it sends home stays whole, however a caller's threshold is set, and thresholds are measured
behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spamguard.batch import Batch
from spamguard.codepoints import LATIN, SCRIPTS, Kind
from spamguard.features.view import Text
from spamguard.nets import Nets

BLOCK = 32
"""Folded characters of a block; the last one of a text may be shorter."""

SUMS = (
    "evidence",  # of n-grams for spam, in `FINE_UNIT`
    "evidence_for",  # the same, of the characters that speak for spam alone
    "terms",  # evidence of lexicon terms, in `FINE_UNIT`
    "covered",  # characters in and beside domain names
    "foreign",  # letters of another script than most of the text's
    "told",  # characters that were disguised
    "removed",  # characters that the folding took out
    "digits",
    "capitals",
    "newlines",
    "symbols",
    "markup",
    "stops",
    "spaces",
)
WIDTHS = {"block": (0, 1), "pair": (0, 2), "six": (-2, 4)}
"""Blocks that are added up around each, from the first to before the last."""

NAMES = (
    *(f"{name}_{width}" for width in WIDTHS for name in SUMS),
    "evidence_peak",  # of the richer half of the block
    "terms_peak",
    "evidence_mean",  # per character of the text
    "foreign_share",  # of the text's letters
    "text_length",  # characters of the text (logarithm of 1 + n)
)
"""Columns of a block."""

_KIND_LANES = (
    (Kind.DIGIT,),
    (Kind.UPPER,),
    (Kind.NEWLINE,),
    (Kind.SYMBOL, Kind.OTHER, Kind.BULLET),
    (Kind.MARKUP,),
    (Kind.STOP, Kind.DENSE_STOP, Kind.COMMA),
    (Kind.SPACE,),
)
_COVERED_LANE = len(_KIND_LANES)
_SCRIPT_LANES = (
    ("LATIN",),
    ("CYRILLIC",),
    ("GREEK", "HEBREW", "ARMENIAN", "GEORGIAN", "ETHIOPIC"),
    ("ARABIC",),
    ("CJK", "HIRAGANA"),
    ("HANGUL",),
    ("THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN"),
    ("DEVANAGARI", "BENGALI", "TAMIL", "TELUGU", "GUJARATI", "GURMUKHI", "KANNADA", "MALAYALAM", "SINHALA", "MONGOLIAN"),
)
"""Scripts that hardly stand in one text count as one: a word has eight bytes."""
LANES = 8


@dataclass(frozen=True)
class Blocks:
    """Texts of a batch in blocks of `BLOCK` folded characters; every text has one at least.

    Attributes
    ----------
    start, end : int64 arrays, shape (n_blocks,)
        Folded positions.
    doc : int64 array, shape (n_blocks,)
        Number of the text.
    first : int64 array, shape (n_texts,)
        Each text's first block.
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    doc: NDArray[np.int64]
    first: NDArray[np.int64]

    @classmethod
    def of(cls, batch: Batch) -> Blocks:
        """The blocks of a batch."""
        begin, finish = batch.to_folded(batch.doc_start), batch.to_folded(batch.doc_end)
        number = np.maximum(-(-(finish - begin) // BLOCK), 1)
        first = np.cumsum(number) - number
        doc = np.repeat(np.arange(len(number)), number)
        start = begin[doc] + BLOCK * (np.arange(len(doc)) - first[doc])
        return cls(start, np.minimum(start + BLOCK, finish[doc]), doc, first)


class _Halves:
    """Sums over the halves of blocks: one pass over the values, the padding between texts summed apart."""

    def __init__(self, blocks: Blocks) -> None:
        n = len(blocks.doc)
        middle = np.minimum(blocks.start + BLOCK // 2, blocks.end)
        self.at = 2 * np.arange(n) + blocks.doc
        self.edges = np.empty(2 * n + len(blocks.first), np.int64)
        self.edges[self.at], self.edges[self.at + 1] = blocks.start, middle
        last = np.append(blocks.first[1:], n) - 1
        self.edges[self.at[last] + 2] = blocks.end[last]
        self.empty = np.stack((blocks.start == middle, middle == blocks.end), axis=1)

    def sums(self, values: NDArray[Any]) -> NDArray[Any]:
        """In the type of the values, shape (n_blocks, 2)."""
        return self._apart(np.add.reduceat(values, self.edges))

    def lanes(self, words: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Of the bytes of each word, over whole blocks, shape (n_blocks, LANES)."""
        return self.sums(words).sum(axis=1, dtype=np.uint64).view(np.uint8).reshape(-1, LANES).astype(np.int64)

    def count(self, at: NDArray[np.int64], weights: NDArray[np.int8]) -> NDArray[np.int64]:
        """Of the weights of some positions."""
        half = np.searchsorted(self.edges, at, "right") - 1
        return self._apart(np.bincount(half, weights, len(self.edges)).astype(np.int64))

    def _apart(self, sums: NDArray[Any]) -> NDArray[Any]:
        found = np.stack((sums[self.at], sums[self.at + 1]), axis=1)
        found[self.empty] = 0  # of an empty stretch reduceat gives the value that stands there
        return found


def describe(text: Text) -> tuple[NDArray[np.float32], Blocks]:
    """Columns `NAMES` of each block, shape (n_blocks, len(NAMES)), and the blocks.

    A text's columns do not depend on the others of its batch: all sums are of whole numbers.
    """
    batch = text.batch
    blocks = Blocks.of(batch)
    halves = _Halves(blocks)
    doc, first = blocks.doc, blocks.first
    n, last = len(doc), np.append(blocks.first[1:], len(doc))
    base = np.zeros((n, len(SUMS)), np.int32)
    evidence = halves.sums(text.evidence)
    terms = halves.count(text.matches.start, text.learned.terms[text.matches.term])
    base[:, 0] = evidence.sum(axis=1)
    base[:, 1] = halves.sums(np.maximum(text.evidence, 0)).sum(axis=1)
    base[:, 2] = terms.sum(axis=1)
    words = _KINDS[batch.folded_kind.astype(np.intp)]
    if len(text.hosts.start):
        words |= (~text.plain).astype(np.uint64) << np.uint64(8 * _COVERED_LANE)
    of_kind = halves.lanes(words)
    base[:, 3] = of_kind[:, _COVERED_LANE]
    base[:, 4], foreign_share = _foreign(batch, blocks, halves)
    if batch.disguised is not None:
        told = batch.to_folded(np.flatnonzero(batch.disguised))
        base[:, 5] = halves.count(told, np.ones(len(told), np.int8)).sum(axis=1)
    if batch.origin is not None:
        whole = batch.to_original(blocks.end) - batch.to_original(blocks.start)
        base[:, 6] = whole - (blocks.end - blocks.start)
    base[:, 7:] = of_kind[:, :_COVERED_LANE]

    out = np.empty((n, len(NAMES)), np.float32)
    running = np.zeros((n + 1, len(SUMS)), np.int32)  # may run over: differences are right all the same
    np.cumsum(base, axis=0, out=running[1:])
    row = np.arange(n)
    for number, (low, high) in enumerate(WIDTHS.values()):
        sums = running[np.minimum(row + high, last[doc])] - running[np.maximum(row + low, first[doc])]
        out[:, number * len(SUMS) : (number + 1) * len(SUMS)] = sums
    length = blocks.end[last - 1] - blocks.start[first]
    mean = np.add.reduceat(base[:, 0], first, dtype=np.int64) / np.maximum(length, 1)
    out[:, -5], out[:, -4] = evidence.max(axis=1), terms.max(axis=1)
    out[:, -3:] = np.stack((mean, foreign_share, np.log1p(length)), axis=1)[doc]
    return out, blocks


def _foreign(batch: Batch, blocks: Blocks, halves: _Halves) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Letters of each block, and share of each text's letters, that are of another script than most of the text's."""
    if batch.folded_script.max(initial=0) <= LATIN:
        return np.zeros(len(blocks.doc), np.int64), np.zeros(len(blocks.first))
    of_script = halves.lanes(_SCRIPTS[batch.folded_script.astype(np.intp)])
    in_text = np.add.reduceat(of_script, blocks.first, axis=0)
    main = np.argmax(in_text, axis=1)[blocks.doc]
    letters, most = in_text.sum(axis=1), in_text.max(axis=1)
    return of_script.sum(axis=1) - of_script[np.arange(len(main)), main], (letters - most) / np.maximum(letters, 1)


@dataclass(frozen=True)
class Sieve:
    """The network over blocks, and what a text must reach to be looked at closely.

    Attributes
    ----------
    nets : Nets
    limit : float
        Log-odds that one block of a text must reach.
    """

    nets: Nets
    limit: float

    def score(self, text: Text) -> NDArray[np.float64]:
        """Log-odds of the most suspicious block of each text of a batch, shape (n_texts,)."""
        columns, blocks = describe(text)
        return np.maximum.reduceat(self.nets.score(columns), blocks.first)


def _lanes(groups: Sequence[Sequence[int]], size: int) -> NDArray[np.uint64]:
    """A word for each number below `size` that has a one in the byte of its group."""
    words = np.zeros(size, np.uint64)
    for lane, members in enumerate(groups):
        words[list(members)] = 1 << (8 * lane)
    return words


_KINDS = _lanes(_KIND_LANES, len(Kind))
_NUMBERS = {prefixes[0]: number for number, prefixes in enumerate(SCRIPTS) if prefixes}
_SCRIPTS = _lanes([[_NUMBERS[name] for name in names] for names in _SCRIPT_LANES], len(SCRIPTS))
