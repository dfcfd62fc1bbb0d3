"""What of a text can recur: words, domain names, and shingles of five words, as hashes; and in how many documents each does.

Scripts without spaces have no words to tell apart: there, every four characters are one.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from spamguard.batch import Batch
from spamguard.codepoints import DENSE_SCRIPTS, Kind
from spamguard.features import Text
from spamguard.features.words import prefix_sums

SHINGLE = 5
"""Words of a shingle: three words often recur by chance in a large corpus, five seldom."""
DENSE = 4
"""Characters of a unit in a script without spaces."""
SHORTEST = 2
"""Characters of the shortest word that counts."""

WORD_BITS, SHINGLE_BITS = 24, 27
"""Rows of the tables of counts. A gigabyte of news has some 5 million different words and 100 million shingles: few share
a row, and the tables take 200 MB however long the input is."""
MOST = 255
"""A shingle's count goes no further: it is enough to know that it recurs."""

_MIX = np.uint64(0xD6E8FEB86659FD93)
_DENSE = np.zeros(64, np.bool_)
_DENSE[list(DENSE_SCRIPTS)] = True


class Units:
    """The units of a batch.

    Attributes
    ----------
    at : int64 array, shape (n_units,)
        Folded position where each begins, in order.
    hashed : uint64 array, shape (n_units,)
    doc : int64 array, shape (n_units,)
    names : uint64 array, shape (n_hosts,)
        Hash of the registered domain of each host of the text.
    """

    def __init__(self, text: Text) -> None:
        self.text = text
        at, hashed = _words(text)
        order = np.argsort(at, kind="stable")
        self.at, self.hashed = at[order], hashed[order]
        self.doc = np.searchsorted(text.batch.to_folded(text.batch.doc_start), self.at, "right") - 1
        self.names = name_hashes(text.hosts.registered)

    @cached_property
    def shingles(self) -> NDArray[np.uint64]:
        """Hash of the shingle that begins at each unit, 0 where the document ends before it does, shape (n_units,)."""
        found = np.zeros(len(self.at), np.uint64)
        whole = len(self.at) - SHINGLE + 1
        if whole <= 0:
            return found
        rolling = np.zeros(whole, np.uint64)
        for step in range(SHINGLE):
            rolling = mix(rolling + self.hashed[step : step + whole])
        inside = self.doc[SHINGLE - 1 :] == self.doc[:whole]
        found[:whole] = np.where(inside, rolling, 0)
        return found


def _words(text: Text) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Words of scripts with spaces, and stretches of characters of the others."""
    batch, words = text.batch, text.words
    sparse = ~_DENSE[batch.folded_script[words.start].astype(np.intp)] & (words.end - words.start >= SHORTEST)
    dense = _DENSE[batch.folded_script.astype(np.intp)] & (batch.folded_kind == Kind.CASELESS)
    starts = np.flatnonzero(np.logical_and.reduce([dense[step : len(dense) - DENSE + 1 + step] for step in range(DENSE)]))
    if not starts.size:
        return words.start[sparse], mix(words.hashed[sparse])
    sums, factors = prefix_sums(text.symbols)
    stretches = (sums[starts + DENSE - 1] - sums[starts - 1]) * factors[starts]
    at = np.concatenate((words.start[sparse], starts))
    return at, mix(np.concatenate((words.hashed[sparse], stretches)))


def mix(hashed: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread a polynomial over all bits."""
    hashed = (hashed ^ (hashed >> np.uint64(32))) * _MIX
    return hashed ^ (hashed >> np.uint64(29))


def name_hashes(names: tuple[str, ...]) -> NDArray[np.uint64]:
    """Hash of each domain name, never that of a word."""
    if not names:
        return np.zeros(0, np.uint64)
    batch = Batch.of([f"//{name}" for name in names])
    sums, factors = prefix_sums(batch.points)
    return mix((sums[batch.doc_end - 1] - sums[batch.doc_start - 1]) * factors[batch.doc_start])


class Recurrence:
    """In how many documents each unit and each shingle stands; of fixed size.

    Attributes
    ----------
    documents : int
        Documents counted.
    """

    def __init__(self) -> None:
        self.documents = 0
        self._words = np.zeros(1 << WORD_BITS, np.uint32)
        self._shingles = np.zeros(1 << SHINGLE_BITS, np.uint8)

    def count(self, units: Units) -> None:
        """Take in a batch."""
        self.documents += len(units.text.batch.texts)
        host_doc = np.searchsorted(units.text.batch.doc_start, units.text.hosts.start, "right") - 1
        doc = np.concatenate((units.doc, host_doc))
        slots, times = _documents(_slot(np.concatenate((units.hashed, units.names)), WORD_BITS), doc)
        self._words[slots] += times.astype(np.uint32)
        whole = units.shingles > 0
        slots, times = _documents(_slot(units.shingles[whole], SHINGLE_BITS), units.doc[whole])
        self._shingles[slots] = np.minimum(self._shingles[slots] + times, MOST)

    def words(self, hashed: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Documents that hold each unit or domain name."""
        return self._words[_slot(hashed, WORD_BITS)].astype(np.int64)

    def shingles(self, hashed: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Documents that hold each shingle, up to `MOST`; 0 for none."""
        return np.where(hashed > 0, self._shingles[_slot(hashed, SHINGLE_BITS)], 0).astype(np.int64)


def _slot(hashed: NDArray[np.uint64], bits: int) -> NDArray[np.int64]:
    return (hashed >> np.uint64(64 - bits)).astype(np.int64)


def _documents(slots: NDArray[np.int64], doc: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each slot once, and in how many documents it stands."""
    pairs = np.unique((slots << 32) | doc)
    return np.unique(pairs >> 32, return_counts=True)
