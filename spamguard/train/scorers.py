"""Fits scikit-learn's boosted trees and neural networks and lays them out as a `Scorer`."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from spamguard.nets import CLIP, WEIGHT_STEP, Nets
from spamguard.scorer import Scorer
from spamguard.trees import Trees


@dataclass(frozen=True)
class Shape:
    """Networks averaged, their hidden layers, and how long and how hard each is trained."""

    nets: int
    hidden: tuple[int, int]
    epochs: int
    penalty: float


OF_SCORERS = Shape(nets=4, hidden=(64, 32), epochs=10, penalty=0.05)
OF_SIEVE = Shape(nets=1, hidden=(16, 8), epochs=8, penalty=0.01)


def fit_scorer(
    columns: NDArray[np.float32],
    labels: NDArray[np.bool_],
    weights: NDArray[np.float64],
    *,
    trees: int,
    depth: int,
    seed: int,
) -> Scorer:
    """Fit trees and networks on the same rows."""
    fitted = fit_trees(columns, labels, weights, trees=trees, depth=depth, rate=0.08, seed=seed)
    return Scorer(fitted, fit_nets(columns, labels, weights, OF_SCORERS, seed=seed))


def fit_nets(
    columns: NDArray[np.float32], labels: NDArray[np.bool_], weights: NDArray[np.float64], shape: Shape, *, seed: int
) -> Nets:
    """Fit networks that differ in their starting weights; one thread, so that the same seed gives the same bytes."""
    centre, scale = columns.mean(axis=0, dtype=np.float64), columns.std(axis=0, dtype=np.float64)
    scale[scale < 1e-6] = 1.0
    centre, scale = centre.astype(np.float32), scale.astype(np.float32)
    values = np.clip((columns - centre) / scale, -CLIP, CLIP)
    models = []
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # stopping early is meant
        for number in range(shape.nets):
            model = MLPClassifier(
                shape.hidden, alpha=shape.penalty, batch_size=min(1024, len(values)), max_iter=shape.epochs,
                learning_rate_init=2e-3, random_state=seed + number,
            )  # fmt: skip
            models.append(model.fit(values, labels, sample_weight=weights / weights.mean()))
    most = np.iinfo(np.int16).max
    layers = range(len(shape.hidden) + 1)
    return Nets(
        centre,
        scale,
        tuple(
            np.stack([np.clip(np.rint(model.coefs_[layer] / WEIGHT_STEP), -most, most) for model in models]).astype(np.int16)
            for layer in layers
        ),
        tuple(
            np.stack([np.rint(model.intercepts_[layer] / WEIGHT_STEP) for model in models]).astype(np.int32)
            for layer in layers
        ),
    )


def fit_trees(
    columns: NDArray[np.float32],
    labels: NDArray[np.bool_],
    weights: NDArray[np.float64],
    *,
    trees: int,
    depth: int,
    rate: float,
    seed: int,
) -> Trees:
    """Fit boosted trees of at most `depth` levels."""
    model = HistGradientBoostingClassifier(
        max_iter=trees, max_depth=depth, max_leaf_nodes=2**depth, learning_rate=rate, min_samples_leaf=40,
        l2_regularization=5.0, early_stopping=False, random_state=seed, max_features=0.5,
    )  # fmt: skip
    model.fit(columns, labels, sample_weight=weights)
    predictors = [stage[0] for stage in model._predictors]
    inner, whole = 2**depth - 1, 2 ** (depth + 1) - 1
    column = np.zeros((len(predictors), inner), np.int16)
    limit = np.full((len(predictors), inner), np.inf, np.float32)
    value = np.zeros((len(predictors), whole), np.float32)
    for number, predictor in enumerate(predictors):
        _lay_out(predictor.nodes, column[number], limit[number], value[number])
    return Trees(column, limit, value, float(np.ravel(model._baseline_prediction)[0]))


def _lay_out(nodes: Any, column: NDArray[np.int16], limit: NDArray[np.float32], value: NDArray[np.float32]) -> None:
    """Copy one fitted tree into full binary form; a leaf above the bottom is repeated down to it."""
    means = np.zeros(len(nodes))
    for index in range(len(nodes) - 1, -1, -1):  # children stand behind their parent
        node = nodes[index]
        if node["is_leaf"]:
            means[index] = node["value"]
        else:
            left, right = int(node["left"]), int(node["right"])
            counts = nodes["count"][left], nodes["count"][right]
            means[index] = (means[left] * counts[0] + means[right] * counts[1]) / (counts[0] + counts[1])
    todo = [(0, 0)]
    while todo:
        index, place = todo.pop()
        node = nodes[index]
        value[place] = means[index]
        if place < len(column):
            if node["is_leaf"]:
                todo += [(index, 2 * place + 1), (index, 2 * place + 2)]
            else:
                column[place] = node["feature_idx"]
                limit[place] = np.float32(node["num_threshold"])
                todo += [(int(node["left"]), 2 * place + 1), (int(node["right"]), 2 * place + 2)]
