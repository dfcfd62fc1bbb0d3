"""Gradient-boosted trees as plain arrays: trained by scikit-learn, applied with numpy.

Every tree is stored as a full binary tree of one depth, and every inner node is tested for every row: comparing whole
columns with a limit runs at memory speed, while walking down the trees row by row is all scattered look-ups. The answers
are kept as bits, eight rows a byte; a few bit operations then pick each tree's path from the root.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

BLOCK = 2048
"""Rows worked on at a time: their answers stay near the processor."""
BUFFER = 512
"""Numpy compares rows longer than a third of its buffer in place, four times as fast as shorter ones by way of it."""
FEW = 64
"""The same, where all steps of all trees are laid out."""


@dataclass(frozen=True)
class Trees:
    """An ensemble of binary trees over numeric columns.

    Attributes
    ----------
    column : int16 array, shape (n_trees, 2**depth - 1)
        Column tested at each inner node; children of node i are 2i + 1 and 2i + 2.
    limit : float32 array, shape (n_trees, 2**depth - 1)
        A row goes left where its value is at most this.
    value : float32 array, shape (n_trees, 2**(depth + 1) - 1)
        Mean output of the training rows under each node; at a leaf, the output.
    base : float
        Log-odds before any tree.
    """

    column: NDArray[np.int16]
    limit: NDArray[np.float32]
    value: NDArray[np.float32]
    base: float

    @property
    def depth(self) -> int:
        """Steps from the root to a leaf."""
        return int(self.column.shape[1]).bit_length()

    @cached_property
    def _tests(self) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
        """Tests by column: bounds of each column's tests, their limits; and the test of each node, level by level."""
        column, limit = self.column.T.ravel(), self.limit.T.ravel()  # node by node, all trees of a node together
        real = np.flatnonzero(limit < np.inf)  # a leaf above the bottom is repeated below limits no value exceeds
        real = real[np.argsort(column[real], kind="stable")]
        bounds = np.searchsorted(column[real], np.arange(int(self.column.max(initial=0)) + 2))
        test = np.full(len(column), len(real))
        test[real] = np.arange(len(real))
        return bounds, limit[real], test.reshape(self.column.shape[1], -1)

    def leaves(self, columns: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Leaf that each row reaches in each tree, counted from the left, shape (n_trees, n_rows)."""
        bounds, limits, tests = self._tests
        by_column = np.ascontiguousarray(columns.T)
        leaves = np.zeros((len(self.column), len(columns)), np.uint8)
        buffer = np.setbufsize(BUFFER)
        try:
            for at in range(0, len(columns), BLOCK):
                block = by_column[:, at : at + BLOCK]
                above = np.zeros((len(limits) + 1, block.shape[1]), np.bool_)  # the last is for the tests left out
                for number, (begin, end) in enumerate(zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)):
                    np.greater(block[number], limits[begin:end, None], out=above[begin:end])
                bits = np.packbits(above, axis=1)
                steps: list[NDArray[np.uint8]] = []
                for level in range(self.depth):
                    right = bits[tests[2**level - 1 : 2 ** (level + 1) - 1]]
                    for step in steps:  # halve the level's nodes by each step above it
                        half = len(right) // 2
                        right = right[:half] ^ ((right[:half] ^ right[half:]) & step)
                    steps.append(right[0])
                leaf = leaves[:, at : at + BLOCK]
                for step in steps:
                    leaf *= 2
                    leaf += np.unpackbits(step, axis=1, count=block.shape[1])
        finally:
            np.setbufsize(buffer)
        return leaves

    def score(self, columns: NDArray[np.float32]) -> NDArray[np.float64]:
        """Log-odds of each row, shape (n_rows,)."""
        total = np.zeros(len(columns))
        for of_tree in self._values[self._numbered(columns)]:  # in this order for any number of rows, unlike `sum`
            total += of_tree
        return self.base + total

    @cached_property
    def _values(self) -> NDArray[np.float64]:
        """Output of every leaf, the leaves of one tree after those of another."""
        return self.value[:, self.column.shape[1] :].astype(np.float64).ravel()

    def _numbered(self, columns: NDArray[np.float32]) -> NDArray[np.intp]:
        """Leaf that each row reaches in each tree, counted through all trees, shape (n_trees, n_rows)."""
        return self.leaves(columns) + 2**self.depth * np.arange(len(self.column))[:, None]

    @cached_property
    def _moves(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Column tested and change of the mean output at each step to each leaf, both (n_trees * n_leaves, depth)."""
        leaf, level = np.arange(2**self.depth)[:, None], np.arange(self.depth)
        node = (leaf >> (self.depth - level)) + 2**level - 1
        below = (leaf >> (self.depth - level - 1)) + 2 ** (level + 1) - 1
        change = (self.value[:, below] - self.value[:, node]).astype(np.float64)
        return self.column[:, node].astype(np.int64).reshape(-1, self.depth), change.reshape(-1, self.depth)

    def contributions(self, columns: NDArray[np.float32]) -> NDArray[np.float64]:
        """How much each column moved each row's log-odds, shape (n_rows, n_columns).

        Each step down a tree changes the mean output; the change is put down to the column tested (Saabas 2014). Rows
        sum to ``score(columns)`` less a constant, the score of an unseen row.
        """
        n, width = columns.shape
        tested, change = self._moves
        leaves = self._numbered(columns)
        out = np.zeros((n, width))
        row = width * np.arange(FEW)[:, None]
        for at in range(0, n, FEW):
            block, leaf = out[at : at + FEW], leaves[:, at : at + FEW]
            place = tested[leaf] + row[: len(block)]
            block += np.bincount(place.ravel(), change[leaf].ravel(), minlength=block.size).reshape(block.shape)
        return out
