"""Compares ways to score segments, and what each feature family brings: ``python -m spamguard.train.compare DIR…``.

All are fitted on the same segments of the first folds, whose n-gram evidence comes from other folds, and measured on the
last fold, whose sources none of them saw. The measure is average precision over segments, weighted by length.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.preprocessing import StandardScaler

from spamguard import features
from spamguard.scorer import Scorer
from spamguard.train.corpus import load
from spamguard.train.fit import Read, compose_folds, read_documents, read_folds
from spamguard.train.scorers import OF_SCORERS, fit_nets, fit_trees

Columns = NDArray[np.float32]
Scores = NDArray[np.float64]
DOCUMENTS = 6000


def main(folders: list[Path], documents: int = DOCUMENTS, seed: int = 1) -> None:
    """Print both tables as Markdown."""

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    corpus = load(folders, "train")
    folds = compose_folds(corpus, documents, seed)
    read, _, learned = read_folds(corpus, folds[:-1], seed, say)
    x, y, w = _joined(read)
    test_x, test_y, test_w = _joined([read_documents(folds[-1].documents, learned)])

    def measured(score: Callable[[Columns], Scores]) -> tuple[float, float]:
        began = time.perf_counter()
        found = score(test_x)
        taken = time.perf_counter() - began
        return float(average_precision_score(test_y, found, sample_weight=test_w)), 1e6 * taken / len(test_x)

    print(f"{len(y)} segments to fit on, {len(test_y)} to measure on, {int(test_y.sum())} of them spam.\n")
    print("| scorer | average precision | microseconds a segment | numbers stored |\n|---|---|---|---|")
    mean = features.NAMES.index("ngram_mean")
    rows: list[tuple[str, Callable[[Columns], Scores], int]] = [
        ("n-gram evidence per character alone", lambda columns: columns[:, mean].astype(np.float64), 0)
    ]
    scaler = StandardScaler().fit(x)
    linear = LogisticRegression(max_iter=300).fit(scaler.transform(x), y, sample_weight=w)
    rows.append(("logistic regression", lambda c: linear.decision_function(scaler.transform(c)), linear.coef_.size))
    trees = fit_trees(x, y, w, trees=160, depth=5, rate=0.08, seed=seed)
    rows.append(("boosted trees", trees.score, trees.value.size))
    nets = fit_nets(x, y, w, OF_SCORERS, seed=seed)
    rows.append(("small networks", nets.score, sum(weights.size for weights in nets.weights)))
    both = Scorer(trees, nets)
    rows.append(("trees and networks, averaged (shipped)", both.score, rows[-1][2] + rows[-2][2]))
    for name, score, size in rows:
        precision, micros = measured(score)
        print(f"| {name} | {precision:.4f} | {micros:.1f} | {size} |", flush=True)

    print("\n| trees without | average precision |\n|---|---|")
    family = np.array(features.FAMILY_OF)
    for name in features.FAMILIES:
        kept = family != name
        part = fit_trees(x[:, kept], y, w, trees=160, depth=5, rate=0.08, seed=seed)
        found = part.score(np.ascontiguousarray(test_x[:, kept]))
        print(f"| {name} | {average_precision_score(test_y, found, sample_weight=test_w):.4f} |", flush=True)


def _joined(read: list[Read]) -> tuple[Columns, NDArray[np.bool_], Scores]:
    """Columns, labels and weights of all segments."""
    columns, labels, weights = (
        np.concatenate([array for part in read for array in getattr(part, name)])
        for name in ("columns", "labels", "weights")
    )
    return columns, labels, weights


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
