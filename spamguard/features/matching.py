"""Finds lexicon terms in folded text: a table of prefixes sorts out most positions, a hash of the term settles the rest.

The time does not depend on the number of terms, and nothing is compiled at start-up: a regular expression of some
thousand alternatives takes half a second to build and reads a tenth as fast.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from spamguard import lexicon
from spamguard.batch import Batch
from spamguard.codepoints import DENSE_SCRIPTS, SCRIPTS, WIDE_SCRIPTS, Kind, tables
from spamguard.features.hashing import hashes, rows, symbols

PREFIX_ROWS = 1 << 16
OPEN_END = 6
"""Terms at least so long may go on (``bahis`` + ``leri``); shorter ones must end with their word."""

_UNSPACED = np.zeros(len(SCRIPTS), np.bool_)
_UNSPACED[list(DENSE_SCRIPTS + WIDE_SCRIPTS)] = True


@dataclass(frozen=True)
class Matches:
    """Terms found, in order of position, not overlapping.

    Attributes
    ----------
    start, end : int64 arrays, shape (n_matches,)
        Folded positions.
    term : int64 array, shape (n_matches,)
        Row of ``lexicon.keywords()``.
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    term: NDArray[np.int64]


@dataclass(frozen=True)
class _Index:
    """Terms by prefix and by hash."""

    prefix_lengths: dict[int, NDArray[np.uint64]]  # order of the prefix: row to a bit set of term lengths
    by_length: dict[int, tuple[NDArray[np.uint64], NDArray[np.int64]]]  # sorted hashes of terms, and their rows
    weights: NDArray[np.uint64]


@lru_cache(maxsize=1)
def _index() -> _Index:
    table = tables()
    prefix_lengths = {order: np.zeros(PREFIX_ROWS, np.uint64) for order in (2, 3, 4)}
    by_length: dict[int, tuple[NDArray[np.uint64], NDArray[np.int64]]] = {}
    terms = [keyword.term for keyword in lexicon.keywords()]
    longest = max(map(len, terms))
    weights = np.cumprod(np.full(longest, 0x9E3779B97F4A7C15, np.uint64), dtype=np.uint64)
    joined = np.frombuffer("".join(terms).encode("utf-32-le"), np.uint32)
    lengths = np.array([len(term) for term in terms])
    starts = np.cumsum(lengths) - lengths
    folded = table.fold[joined]
    hashed = hashes(symbols(folded, table.kind[joined]))
    for length in np.unique(lengths).tolist():
        chosen = np.flatnonzero(lengths == length)
        keys = folded[starts[chosen][:, None] + np.arange(length)].astype(np.uint64) @ weights[:length]
        order = np.argsort(keys, kind="stable")
        by_length[length] = (keys[order], chosen[order])
        prefix = min(length, 4)
        at = rows(hashed[prefix][starts[chosen]], PREFIX_ROWS)
        np.bitwise_or.at(prefix_lengths[prefix], at, np.uint64(1) << np.uint64(length))
    return _Index(prefix_lengths, by_length, weights)


def match_terms(batch: Batch, hashed: Mapping[int, NDArray[np.uint32]]) -> Matches:
    """All terms of the lexicon that begin at a word start; the longest at each place."""
    index = _index()
    kind, script = batch.folded_kind, batch.folded_script
    inside = (kind >= Kind.LOWER) & (kind <= Kind.DIGIT)
    unspaced = _UNSPACED[script]
    opens = inside.copy()
    opens[1:] &= ~inside[:-1] | unspaced[1:] | unspaced[:-1] | (script[1:] != script[:-1])
    at = np.flatnonzero(opens)
    found: list[tuple[NDArray[np.int64], int, NDArray[np.int64]]] = []
    for prefix, table in index.prefix_lengths.items():
        here = at[at < len(hashed[prefix])]
        bits = table[rows(hashed[prefix][here], PREFIX_ROWS)]
        here, bits = here[bits > 0], bits[bits > 0]
        for length, (keys, terms) in index.by_length.items():
            if min(length, 4) != prefix or not here.size:
                continue
            some = here[(bits >> np.uint64(length)) & np.uint64(1) > 0]
            some = some[some + length <= len(batch.folded)]
            if not some.size:
                continue
            window = batch.folded[some[:, None] + np.arange(length)].astype(np.uint64) @ index.weights[:length]
            row = np.minimum(np.searchsorted(keys, window), len(keys) - 1)
            hit = keys[row] == window
            found.append((some[hit], length, terms[row[hit]]))
    if not found:
        empty = np.zeros(0, np.int64)
        return Matches(empty, empty, empty)
    start = np.concatenate([places for places, _, _ in found])
    end = np.concatenate([places + length for places, length, _ in found])
    term = np.concatenate([terms for _, _, terms in found])
    after = np.minimum(end, len(kind) - 1)
    goes_on = (kind[after] >= Kind.LOWER) & (kind[after] <= Kind.CASELESS) & (script[after] == script[end - 1])
    keep = ~goes_on | (end - start >= OPEN_END) | unspaced[end - 1]
    start, end, term = start[keep], end[keep], term[keep]
    order = np.lexsort((-end, start))
    start, end, term = start[order], end[order], term[order]
    reach = np.concatenate(([-1], np.maximum.accumulate(end)[:-1])) if len(end) else end
    free = start >= reach
    return Matches(start[free], end[free], term[free])
