"""Character n-grams as 32-bit hashes, computed for all positions of a batch in a few numpy passes.

The idea of a linear model over hashed n-grams, looked up at each position and summed, is that of Cormack, Smucker and
Clarke (2010), who scored half a billion web pages with byte 4-grams on one machine. Here the units are code points of
the folded text, and orders 2 to 6, so that two Chinese characters and a Turkish word stem each have a row of their own.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from spamguard.codepoints import Kind

ORDERS = (2, 3, 4, 6)
"""N-gram orders of the spam score."""
STUB_ORDERS = (3, 4, 6)
"""N-gram orders of the comment form score."""

_STEP = np.uint32(0x01000193)
_MIX = {
    2: np.uint32(0x9E3779B1),
    3: np.uint32(0x85EBCA6B),
    4: np.uint32(0xC2B2AE35),
    5: np.uint32(0x27D4EB2F),
    6: np.uint32(0x165667B1),
}


def symbols(folded: NDArray[np.uint32], kind: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Make digits alike and white space alike: their exact values change from campaign to campaign."""
    out = folded.copy()
    out[kind == Kind.DIGIT] = ord("0")
    out[kind == Kind.NEWLINE] = ord(" ")
    return out


def hashes(symbols: NDArray[np.uint32]) -> dict[int, NDArray[np.uint32]]:
    """Hash of the n-gram that begins at each position, for each order; shorter at the end of the array.

    Parameters
    ----------
    symbols : uint32 array, shape (m,)

    Returns
    -------
    dict of int to uint32 array, shape (max(m - order + 1, 0),)
    """
    rolling = symbols
    found: dict[int, NDArray[np.uint32]] = {}
    for order in range(2, max(ORDERS) + 1):
        if len(symbols) < order:
            found[order] = np.zeros(0, np.uint32)
            continue
        rolling = rolling[: len(symbols) - order + 1] * _STEP + symbols[order - 1 :]
        mixed = rolling ^ (rolling >> np.uint32(15))
        found[order] = mixed * _MIX[order]
    return found


def rows(hashed: NDArray[np.uint32], size: int) -> NDArray[np.intp]:
    """Row of each hash in a table of `size` rows, a power of two."""
    return (hashed >> np.uint32(33 - size.bit_length())).astype(np.intp)


def look_up(
    table: NDArray[np.int8], hashed: Mapping[int, NDArray[np.uint32]], orders: tuple[int, ...] = ORDERS
) -> NDArray[np.int32]:
    """Sum of the table's values of the n-grams centred at each position, shape (m,)."""
    length = len(hashed[2]) + 1
    score = np.zeros(length, np.int16)
    for order in orders:
        at = order // 2
        score[at : at + len(hashed[order])] += table[rows(hashed[order], len(table))]
    return score.astype(np.int32)
