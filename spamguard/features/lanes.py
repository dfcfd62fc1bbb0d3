"""Sums over stretches of text of several small numbers at once: packed into the lanes of 64-bit words and added together.

Numpy adds up a run of 64-bit words at memory speed; a table of some dozen small columns it adds up row by row, ten times
slower. Stretches are added up in pieces so short that no lane runs over into the next.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

PIECE = 255
"""Positions added up in one word: so many ones fit in a lane of a byte, and so many bytes in one of two bytes."""
ZERO = 1 << 7
"""What stands for zero in a lane that holds an int8, so that none is negative."""


class Pieces(NamedTuple):
    """Stretches cut into pieces.

    Attributes
    ----------
    at : int64 array, shape (n_pieces,)
        Where each piece begins; it ends where the next begins.
    kept : bool array, shape (n_pieces,)
        Whether it belongs to a stretch.
    first, owner : int64 arrays
        First kept piece of each stretch that is not empty, counted among the kept, and the number of that stretch.
    stretches : int
        Stretches in all.
    """

    at: NDArray[np.int64]
    kept: NDArray[np.bool_]
    first: NDArray[np.int64]
    owner: NDArray[np.int64]
    stretches: int


def pieces(start: NDArray[np.int64], end: NDArray[np.int64]) -> Pieces:
    """Cut stretches that are in order and do not overlap; there is at least one, and a position behind the last."""
    at = np.unique(np.concatenate((start, end, np.arange(start[0], end[-1], PIECE))))
    owner = np.searchsorted(start, at, "right") - 1
    kept = at < end[owner]
    owner = owner[kept]
    first = np.flatnonzero(np.append(True, owner[1:] != owner[:-1])[: len(owner)])
    return Pieces(at, kept, first, owner[first], len(start))


def pack(table: NDArray[np.int8]) -> NDArray[np.uint64]:
    """Pack a table of shape (size, k) four columns a word; shape (k / 4, size)."""
    size, width = table.shape
    padded = np.full((size, -(-width // 4) * 4), ZERO, np.uint16)
    padded[:, :width] = table.astype(np.int16) + ZERO
    return np.ascontiguousarray(padded.view(np.uint64).T)


def look_up_sums(packed: NDArray[np.uint64], row: NDArray[np.intp], cut: Pieces, width: int) -> NDArray[np.int64]:
    """Sum of the table's rows over each stretch, shape (n_stretches, width).

    Parameters
    ----------
    packed : uint64 array, shape (width / 4, size)
        See `pack`.
    row : intp array
        Row of the table at each position.
    """
    length = np.zeros(cut.stretches, np.int64)
    sizes = np.diff(np.append(cut.at, cut.at[-1]))[cut.kept]
    if len(cut.first):
        length[cut.owner] = np.add.reduceat(sizes, cut.first)
    sums = np.concatenate([lane_sums(of_four[row], cut, np.uint16) for of_four in packed], axis=1)
    return sums[:, :width] - ZERO * length[:, None]


def counts(classes: NDArray[np.uint8], n_classes: int, cut: Pieces) -> NDArray[np.int64]:
    """How many positions of each class each stretch holds, shape (n_stretches, n_classes)."""
    index = classes.astype(np.intp)
    found = np.zeros((cut.stretches, n_classes), np.int64)
    present = np.flatnonzero(np.bincount(index))
    for some in np.split(present, range(8, len(present), 8)):  # a byte each of a word
        word = np.zeros(n_classes, np.uint64)
        word[some] = np.uint64(1) << np.arange(0, 8 * len(some), 8, dtype=np.uint64)
        found[:, some] = lane_sums(word[index], cut, np.uint8)[:, : len(some)]
    return found


def lane_sums(words: NDArray[np.uint64], cut: Pieces, lane: type[np.unsignedinteger[Any]]) -> NDArray[np.int64]:
    """Sums of the lanes over each stretch, shape (n_stretches, lanes of a word)."""
    sums = np.add.reduceat(words, cut.at)[cut.kept].view(lane)
    sums = sums.reshape(-1, np.dtype(np.uint64).itemsize // np.dtype(lane).itemsize)
    found = np.zeros((cut.stretches, sums.shape[1]), np.int64)
    if len(cut.first):
        found[cut.owner] = np.add.reduceat(sums, cut.first, axis=0, dtype=np.int64)
    return found
