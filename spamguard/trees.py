"""Gradient-boosted trees as plain arrays: trained by scikit-learn, applied with numpy.

Every tree is stored as a full binary tree of one depth, so that all trees take a step down together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


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

    def score(self, columns: NDArray[np.float32]) -> NDArray[np.float64]:
        """Log-odds of each row, shape (n_rows,)."""
        n, trees = len(columns), np.arange(len(self.column))
        node = np.zeros((n, len(trees)), np.int32)
        row = np.arange(n)[:, None]
        for _ in range(self.depth):
            right = columns[row, self.column[trees, node]] > self.limit[trees, node]
            node = 2 * node + 1 + right
        scores: NDArray[np.float64] = self.base + self.value[trees, node].astype(np.float64).sum(axis=1)
        return scores

    def contributions(self, columns: NDArray[np.float32]) -> NDArray[np.float64]:
        """How much each column moved each row's log-odds, shape (n_rows, n_columns).

        Each step down a tree changes the mean output; the change is put down to the column tested (Saabas 2014). Rows
        sum to ``score(columns)`` less a constant, the score of an unseen row.
        """
        n, trees = len(columns), np.arange(len(self.column))
        node = np.zeros((n, len(trees)), np.int32)
        row = np.arange(n)[:, None]
        out = np.zeros(columns.shape, np.float64)
        for _ in range(self.depth):
            column = self.column[trees, node]
            right = columns[row, column] > self.limit[trees, node]
            below = 2 * node + 1 + right
            change = self.value[trees, below] - self.value[trees, node]
            np.add.at(out, (np.broadcast_to(row, column.shape), column), change)
            node = below
        return out
