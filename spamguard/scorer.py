"""One scorer of trees and networks: the mean of their log-odds.

Trees take sharp turns well and do not extrapolate; networks generalise better to sources and languages they have not
seen. On held-out folds the mean of the two beats either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spamguard.nets import Nets
from spamguard.trees import Trees

ROWS = 2048
"""Rows scored at a time: a row's score does not depend on the others, and what lies between stays near the processor."""


@dataclass(frozen=True)
class Scorer:
    """Boosted trees and small networks over the same columns."""

    trees: Trees
    nets: Nets

    def score(self, columns: NDArray[np.float32]) -> NDArray[np.float64]:
        """Log-odds of each row, shape (n_rows,)."""
        found = np.zeros(len(columns))
        for at in range(0, len(columns), ROWS):
            block = columns[at : at + ROWS]
            found[at : at + ROWS] = (self.trees.score(block) + self.nets.score(block)) / 2
        return found

    def moves(
        self, columns: NDArray[np.float32], by_column: NDArray[np.float64], groups: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """How much each group of columns moved each row's log-odds, shape (n_rows, n_groups).

        For the trees, the steps down them (`by_column`, what `Trees.contributions` gives for the same rows); for the
        networks, the change when the group's columns are set to their means.
        """
        n_groups = int(groups.max()) + 1
        found = np.stack([by_column[:, groups == group].sum(axis=1) for group in range(n_groups)], axis=1)
        found += self.nets.moves(columns, groups)
        return found / 2

    def to_arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """Arrays to store, by name."""
        arrays: dict[str, NDArray[Any]] = {
            f"{name}_column": self.trees.column,
            f"{name}_limit": self.trees.limit,
            f"{name}_value": self.trees.value,
            f"{name}_base": np.array(self.trees.base),
        }
        return arrays | self.nets.to_arrays(name)

    @classmethod
    def from_arrays(cls, name: str, arrays: Mapping[str, NDArray[Any]]) -> Scorer:
        """The scorer that was stored under `name`."""
        trees = Trees(
            arrays[f"{name}_column"], arrays[f"{name}_limit"], arrays[f"{name}_value"], float(arrays[f"{name}_base"])
        )
        return cls(trees, Nets.from_arrays(name, arrays))
