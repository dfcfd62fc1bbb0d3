"""Small neural networks as plain arrays: trained by scikit-learn, applied with numpy, exactly.

All numbers inside are multiples of a power of two, small enough that sums of products are exact in double precision.
So a row's score is the same to the last bit in a batch of any size, whatever order a matrix product adds up in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

VALUE_STEP = 1 / 128
WEIGHT_STEP = 1 / 1024
CLIP = 5.0
"""Standardised columns are cut off here: no single odd column decides."""
MOST = 512.0
"""Hidden values are cut off here, far above what training data reach."""


@dataclass(frozen=True)
class Nets:
    """Several networks with two hidden layers, whose log-odds are averaged.

    Attributes
    ----------
    centre, scale : float32 arrays, shape (n_columns,)
        Columns are standardised with these.
    weights : tuple of int16 arrays, shapes (n_nets, n_in, n_out)
        Of the three layers, in units of `WEIGHT_STEP`.
    biases : tuple of int32 arrays, shapes (n_nets, n_out)
        Likewise, in units of `WEIGHT_STEP`.
    """

    centre: NDArray[np.float32]
    scale: NDArray[np.float32]
    weights: tuple[NDArray[np.int16], ...]
    biases: tuple[NDArray[np.int32], ...]

    def standardise(self, columns: NDArray[np.float32]) -> NDArray[np.float64]:
        """Columns as the networks see them, in steps of `VALUE_STEP`."""
        values = (columns.astype(np.float64) - self.centre) / self.scale
        return np.rint(np.clip(values, -CLIP, CLIP) / VALUE_STEP) * VALUE_STEP

    def score(self, columns: NDArray[np.float32]) -> NDArray[np.float64]:
        """Mean log-odds of each row, shape (n_rows,)."""
        return self.score_standardised(self.standardise(columns))

    def score_standardised(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Mean log-odds of each standardised row, shape (n_rows,)."""
        total = np.zeros(len(values))
        for net in range(len(self.weights[0])):
            hidden = values
            for layer, (weights, biases) in enumerate(zip(self.weights, self.biases, strict=True)):
                hidden = hidden @ (weights[net] * WEIGHT_STEP) + biases[net] * WEIGHT_STEP
                if layer < len(self.weights) - 1:
                    hidden = np.rint(np.clip(hidden, 0, MOST) / VALUE_STEP) * VALUE_STEP
            total += hidden[:, 0]
        return total / len(self.weights[0])
