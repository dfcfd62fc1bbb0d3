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
from spamguard.features.words import prefix_sums

PREFIX_ROWS = 1 << 16
PREFIXES = np.array([2, 3, 4, 6])
"""Lengths of the prefixes: a term is found by the longest that it has."""
LENGTH_BITS = 8
FILTER_BITS = 20
"""So many bits of a stretch's hash are looked up in a table of yes and no before it is searched for among the terms."""
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

    by_prefix: dict[int, tuple[NDArray[np.int64], NDArray[np.int64]]]
    """Order of the prefix to where the rows of its hash begin in a list of term lengths, and that list."""
    filter: NDArray[np.bool_]
    """Whether any term's hash begins with these bits."""
    hashed: NDArray[np.uint64]
    """Hashes of the terms, sorted."""
    term: NDArray[np.int64]
    """Row of ``lexicon.keywords()`` of each."""


@lru_cache(maxsize=1)
def _index() -> _Index:
    table = tables()
    terms = [keyword.term for keyword in lexicon.keywords()]
    joined = np.frombuffer("".join(("\n", *terms)).encode("utf-32-le"), np.uint32)
    lengths = np.array([len(term) for term in terms])
    starts = 1 + np.cumsum(lengths) - lengths
    folded = table.fold[joined]
    grams = hashes(symbols(folded, table.kind[joined]))
    by_prefix = {}
    of_term = PREFIXES[np.searchsorted(PREFIXES, lengths, "right") - 1]
    for prefix in PREFIXES.tolist():
        mine = np.flatnonzero(of_term == prefix)
        pairs = np.unique(rows(grams[prefix][starts[mine]], PREFIX_ROWS) << LENGTH_BITS | lengths[mine])
        begin = np.searchsorted(pairs, np.arange(PREFIX_ROWS + 1) << LENGTH_BITS)
        by_prefix[prefix] = (begin, pairs & ((1 << LENGTH_BITS) - 1))
    sums, factors = prefix_sums(folded)
    hashed = (sums[starts + lengths - 1] - sums[starts - 1]) * factors[starts]
    order = np.argsort(hashed, kind="stable")
    some = np.zeros(1 << FILTER_BITS, np.bool_)
    some[_filter_row(hashed)] = True
    return _Index(by_prefix, some, hashed[order], order)


def _filter_row(hashed: NDArray[np.uint64]) -> NDArray[np.intp]:
    return (hashed >> np.uint64(64 - FILTER_BITS)).astype(np.intp)


def match_terms(batch: Batch, grams: Mapping[int, NDArray[np.uint32]]) -> Matches:
    """All terms of the lexicon that begin at a word start; the longest at each place."""
    index = _index()
    kind, script = batch.folded_kind, batch.folded_script
    inside = (kind >= Kind.LOWER) & (kind <= Kind.DIGIT)
    unspaced = _UNSPACED[script.astype(np.intp)]
    opens = inside.copy()
    opens[1:] &= ~inside[:-1] | (script[1:] != script[:-1])
    opens[1:] |= inside[1:] & (unspaced[1:] | unspaced[:-1])
    words = np.flatnonzero(opens)
    sums, factors = prefix_sums(batch.folded)
    found: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]] = []
    for prefix, (begin, lengths) in index.by_prefix.items():
        row = rows(grams[prefix][words], PREFIX_ROWS)  # padding follows: no word begins at the very end
        count = begin[row + 1] - begin[row]
        known = np.flatnonzero(count)
        count = count[known]
        which = np.repeat(known, count)  # a pair of place and length each
        length = lengths[np.arange(len(which)) + np.repeat(begin[row[known]] - np.cumsum(count) + count, count)]
        start = words[which]
        end = np.minimum(start + length, len(kind))
        hashed = (sums[end - 1] - sums[start - 1]) * factors[start]
        maybe = np.flatnonzero(index.filter[_filter_row(hashed)])
        at = np.minimum(np.searchsorted(index.hashed, hashed[maybe]), len(index.hashed) - 1)
        same = index.hashed[at] == hashed[maybe]
        hit = maybe[same]
        found.append((start[hit], end[hit], index.term[at[same]]))
    start, end, term = (np.concatenate(parts) for parts in zip(*found, strict=True))
    after = np.minimum(end, len(kind) - 1)
    goes_on = (kind[after] >= Kind.LOWER) & (kind[after] <= Kind.CASELESS) & (script[after] == script[end - 1])
    keep = ~goes_on | (end - start >= OPEN_END) | unspaced[end - 1]
    start, end, term = start[keep], end[keep], term[keep]
    order = np.lexsort((-end, start))
    start, end, term = start[order], end[order], term[order]
    reach = np.concatenate(([-1], np.maximum.accumulate(end)[:-1])) if len(end) else end
    free = start >= reach
    return Matches(start[free], end[free], term[free])
