"""Words of folded text: where they stand, and a hash of each."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spamguard.codepoints import Kind

BASE = 0x9E3779B97F4A7C15
"""Odd, so that its powers can be divided out again (modulo 2**64)."""
KEPT_POWERS = 1 << 18
"""Powers kept for the next batch."""


class Words(NamedTuple):
    """Stretches of letters, digits and marks, in order.

    Attributes
    ----------
    start, end : int64 arrays, shape (n_words,)
        Folded positions.
    hashed : uint64 array, shape (n_words,)
        Polynomial of the word's symbols: the same wherever the word stands.
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    hashed: NDArray[np.uint64]


def find_words(symbols: NDArray[np.uint32], kind: NDArray[np.uint8]) -> Words:
    """All words of a batch."""
    word = ((kind >= Kind.LOWER) & (kind <= Kind.DIGIT)) | (kind == Kind.MARK)
    edges = np.flatnonzero(word[1:] != word[:-1]) + 1  # padding begins and ends the text
    start, end = edges[::2], edges[1::2]
    sums, factors = prefix_sums(symbols)
    return Words(start, end, (sums[end - 1] - sums[start - 1]) * factors[start])


def prefix_sums(symbols: NDArray[np.uint32]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Sums and factors that give the polynomial hash of any stretch from a to before b, wherever it stands.

    It is ``(sums[b - 1] - sums[a - 1]) * factors[a]``, modulo 2**64.
    """
    power, inverse = _powers(len(symbols))
    return np.cumsum(symbols * power, dtype=np.uint64), inverse


def _powers(size: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Powers of `BASE` and of its inverse, at least `size` of each."""
    power, inverse = _first_powers() if size <= KEPT_POWERS else _powers_up_to(size)
    return power[:size], inverse[:size]


@lru_cache(maxsize=1)
def _first_powers() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    return _powers_up_to(KEPT_POWERS)


def _powers_up_to(size: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    base = np.full(size, BASE, np.uint64)
    inverse = np.full(size, pow(BASE, -1, 1 << 64), np.uint64)
    inverse[:1] = 1
    return np.cumprod(base, dtype=np.uint64), np.cumprod(inverse, dtype=np.uint64)
