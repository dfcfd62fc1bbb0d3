"""Small neural networks as plain arrays: trained by scikit-learn, applied with numpy, exactly.

All numbers inside are multiples of a power of two, small enough that sums of products are exact. So a row's score is the
same to the last bit in a batch of any size, whatever order a matrix product adds up in. Values are held as whole numbers
of their steps; where the weights allow, single precision is exact too and twice as fast.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

VALUE_STEP = 1 / 128
WEIGHT_STEP = 1 / 1024
CLIP = 5.0
"""Standardised columns are cut off here: no single odd column decides."""
MOST = 512.0
"""Hidden values are cut off here, far above what training data reach."""
EXACT_SINGLE = 1 << 24
"""Single precision holds all whole numbers up to this."""


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

    @cached_property
    def _first(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Weights, shape (n_columns, n_nets * n_out), and biases of the first layer of all networks side by side."""
        weights = np.concatenate(self.weights[0].astype(np.float64), axis=1)
        biases = self.biases[0].ravel() / VALUE_STEP
        most = np.abs(weights).sum(axis=0) * (CLIP / VALUE_STEP) + np.abs(biases)
        kind = np.float32 if most.max() < EXACT_SINGLE else np.float64
        return weights.astype(kind), biases.astype(kind)

    @cached_property
    def _later(self) -> tuple[tuple[NDArray[np.float64], NDArray[np.float64]], ...]:
        """Weights, shape (n_nets, n_in, n_out), and biases of the other layers."""
        layers = zip(self.weights[1:], self.biases[1:], strict=True)
        return tuple((weights.astype(np.float64), biases[:, None] / VALUE_STEP) for weights, biases in layers)

    def standardise(self, columns: NDArray[np.float32]) -> NDArray[Any]:
        """Columns as the networks see them, whole numbers of `VALUE_STEP`."""
        values = columns.astype(np.float64)
        values -= self.centre
        values /= self.scale
        np.clip(values, -CLIP, CLIP, out=values)
        values /= VALUE_STEP
        return np.rint(values, out=values).astype(self._first[0].dtype)

    def score(self, columns: NDArray[np.float32]) -> NDArray[np.float64]:
        """Mean log-odds of each row, shape (n_rows,)."""
        weights, biases = self._first
        return self._finish(self.standardise(columns) @ weights + biases)

    def moves(self, columns: NDArray[np.float32], groups: NDArray[np.int64]) -> NDArray[np.float64]:
        """How much each row's log-odds fall when a group of columns is set to its means, shape (n_rows, n_groups).

        Parameters
        ----------
        groups : int64 array, shape (n_columns,)
            Group of each column.
        """
        weights, biases = self._first
        values = self.standardise(columns)
        parts = [values[:, groups == group] @ weights[groups == group] for group in range(int(groups.max()) + 1)]
        sums = sum(parts, biases)
        whole = self._finish(sums.copy())
        return np.stack([whole - self._finish(sums - part) for part in parts], axis=1)

    def to_arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """Arrays to store, by name."""
        arrays: dict[str, NDArray[Any]] = {f"{name}_centre": self.centre, f"{name}_scale": self.scale}
        for layer, (weights, biases) in enumerate(zip(self.weights, self.biases, strict=True)):
            arrays |= {f"{name}_weights{layer}": weights, f"{name}_biases{layer}": biases}
        return arrays

    @classmethod
    def from_arrays(cls, name: str, arrays: Mapping[str, NDArray[Any]]) -> Nets:
        """The networks that were stored under `name`."""
        weights, biases = (tuple(arrays[f"{name}_{what}{layer}"] for layer in range(3)) for what in ("weights", "biases"))
        return cls(arrays[f"{name}_centre"], arrays[f"{name}_scale"], weights, biases)

    def _finish(self, sums: NDArray[Any]) -> NDArray[np.float64]:
        """Mean log-odds from the first layer's sums in steps of ``VALUE_STEP * WEIGHT_STEP``; `sums` is overwritten."""
        n_nets, _, width = self.weights[0].shape
        hidden = _rectify(sums).reshape(len(sums), n_nets, width).swapaxes(0, 1)
        for weights, biases in self._later[:-1]:
            hidden = _rectify(np.matmul(hidden, weights) + biases)
        weights, biases = self._later[-1]
        last = (np.matmul(hidden, weights) + biases)[:, :, 0]
        return np.asarray(last.sum(axis=0) * (VALUE_STEP * WEIGHT_STEP) / n_nets, np.float64)


def _rectify(sums: NDArray[Any]) -> NDArray[Any]:
    """Negative sums to zero, the others to whole numbers of `VALUE_STEP`; `sums` is overwritten."""
    np.clip(sums, 0, MOST / VALUE_STEP / WEIGHT_STEP, out=sums)
    sums *= WEIGHT_STEP
    return np.rint(sums, out=sums)
