"""Fits the tables of `Learned` with scikit-learn: n-grams of spam, of comment forms, of domain names, of languages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags, hstack
from sklearn.linear_model import LogisticRegression

from spamguard import lexicon
from spamguard.batch import Batch
from spamguard.classify import LABEL_ORDERS
from spamguard.features import keywords
from spamguard.features.domains import HOST_ORDERS
from spamguard.features.hashing import STUB_ORDERS, hashes, rows, symbols
from spamguard.features.learned import UNIT
from spamguard.features.view import View

LANGUAGE_DIMENSIONS = 24
SMOOTHING = 0.5
MOST_STEPS = 120
LARGEST_RATIO = 4.0


def counts(views: Iterable[View], size: int, orders: Sequence[int], plain: bool = False) -> csr_matrix:
    """Hashed n-grams of each segment, an entry an occurrence, shape (n_segments, size).

    An n-gram belongs to the segment its middle stands in, as in `look_up`. With `plain`, those in and beside domain
    names are left out.
    """
    indices: list[NDArray[np.int32]] = []
    lengths: list[NDArray[np.int64]] = []
    for view in views:
        at, number = view.inside
        if plain:
            at, number = (array[view.text.plain[view.inside[0]]] for array in (at, number))
        table = np.zeros((len(view.batch.folded), len(orders)), np.int32)
        for column, order in enumerate(orders):
            hashed = view.text.hashes[order]
            table[order // 2 : order // 2 + len(hashed), column] = rows(hashed, size)
        indices.append(table[at].ravel())
        lengths.append(np.bincount(number, minlength=len(view.segments)) * len(orders))
    index = np.concatenate(indices)
    pointers = np.concatenate(([0], np.cumsum(np.concatenate(lengths))))
    return csr_matrix((np.ones(len(index), np.float32), index, pointers), shape=(len(pointers) - 1, size))


def fit_evidence(
    matrix: Any,
    labels: NDArray[np.bool_],
    weights: NDArray[np.float64],
    *,
    strength: float,
    unit: float = UNIT,
    scale: NDArray[np.float32] | None = None,
) -> NDArray[np.int8]:
    """Logistic regression over n-gram counts, as whole units of evidence; the intercept is left to later stages.

    `scale`, one number a column, says how far each coefficient may go: regularisation holds back the small ones more.
    """
    if scale is not None:
        matrix = matrix @ diags(scale)
    model = LogisticRegression(C=strength, max_iter=MOST_STEPS, solver="lbfgs", tol=1e-3)
    model.fit(matrix, labels, sample_weight=weights)
    coefficients = model.coef_[0] if scale is None else model.coef_[0] * scale
    return np.clip(np.rint(coefficients / unit), -127, 127).astype(np.int8)


def ratio_scale(matrix: Any, labels: NDArray[np.bool_], weights: NDArray[np.float64]) -> NDArray[np.float32]:
    """Log-ratio of each n-gram's rate in spam to that in clean text, its size only (Wang and Manning 2012, NB-SVM)."""
    rate = [np.asarray(matrix.T @ (weights * side)).ravel() + 1 for side in (labels, ~labels)]
    ratio = np.log(rate[0] / rate[0].sum()) - np.log(rate[1] / rate[1].sum())
    return np.minimum(np.abs(ratio), LARGEST_RATIO).astype(np.float32)


@dataclass(frozen=True)
class Sightings:
    """How often terms of the lexicon were seen in clean text and in spam.

    Attributes
    ----------
    seen : float64 array, shape (2, n_keywords)
        Sightings in clean text, and in spam.
    size : float64 array, shape (2,)
        Characters of either.
    """

    seen: NDArray[np.float64]
    size: NDArray[np.float64]

    @classmethod
    def none(cls) -> Sightings:
        """Nothing seen."""
        return cls(np.zeros((2, len(lexicon.keywords()))), np.zeros(2))

    @classmethod
    def of(cls, view: View, labels: NDArray[np.bool_]) -> Sightings:
        """Count the terms of a view whose segments are spam where `labels` says so."""
        found = cls.none()
        matches = view.text.matches
        side = labels[view.owner_folded(matches.start)].astype(np.int64)
        np.add.at(found.seen, (side, matches.term), 1)
        found.size[:] = view.length[~labels].sum(), view.length[labels].sum()
        return found

    def __add__(self, other: Sightings) -> Sightings:
        return Sightings(self.seen + other.seen, self.size + other.size)


def fit_terms(sightings: Sightings) -> NDArray[np.int8]:
    """Evidence of each term of the lexicon: log-odds of its rate in spam against its rate in clean text.

    Few terms are seen often, most never. So each starts from what its strength promises, held with `PRIOR_WEIGHT`
    sightings, and moves from there with what is counted: an unseen strong term of a language with no spam at hand still
    counts, and a "strong" term that honest news uses loses its weight.
    """
    seen, size = sightings.seen, sightings.size
    prior = np.array([PRIOR_STRONG if keyword.strong else PRIOR_WEAK for keyword in lexicon.keywords()])
    share = 1 / (1 + np.exp(-prior))
    rate = seen / np.maximum(size[:, None], 1) * size.mean()
    odds = np.log(rate[1] + PRIOR_WEIGHT * share) - np.log(rate[0] + PRIOR_WEIGHT * (1 - share))
    return np.clip(np.rint(odds / UNIT), -127, 127).astype(np.int8)


PRIOR_STRONG, PRIOR_WEAK, PRIOR_WEIGHT = 3.0, 1.0, 4.0


def fit_hosts(bad: Sequence[str], good: Sequence[str], size: int = 1 << 16) -> NDArray[np.int8]:
    """Evidence of the n-grams of registered names: advertised sites against reputable ones."""
    if not bad or not good:
        return np.zeros(size, np.int8)
    batch = Batch.of([f"^{name}$" for name in (*bad, *good)])
    hashed = hashes(symbols(batch.points, np.zeros(len(batch.points), np.uint8)))
    indices, owners = [], []
    for order in HOST_ORDERS:
        at = np.arange(len(hashed[order]))
        doc = np.searchsorted(batch.doc_start, at, "right") - 1
        inside = (doc >= 0) & (at + order <= batch.doc_end[doc])
        indices.append(rows(hashed[order][inside], size))
        owners.append(doc[inside])
    index, owner = np.concatenate(indices), np.concatenate(owners)
    n = len(bad) + len(good)
    matrix = csr_matrix((np.ones(len(index), np.float32), (owner, index)), shape=(n, size))
    labels = np.arange(n) < len(bad)
    return fit_evidence(matrix, labels, _equal_shares(labels), strength=0.3)


def fit_stubs(views: Sequence[View], labels: NDArray[np.bool_], size: int = 1 << 15) -> NDArray[np.int8]:
    """Evidence of n-grams for a comment form, against lines of news."""
    matrix = counts(views, size, STUB_ORDERS)
    return fit_evidence(matrix, labels, _equal_shares(labels), strength=0.05)


def _equal_shares(labels: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Weights by which both sides count the same, one on average."""
    return np.where(labels, 0.5 / max(labels.sum(), 1), 0.5 / max((~labels).sum(), 1)) * len(labels)


def fit_languages(
    texts: Sequence[str], langs: Sequence[str], size: int = 1 << 13
) -> tuple[tuple[str, ...], NDArray[np.int8], NDArray[np.int16], float]:
    """Naive Bayes over hashed trigrams, reduced to few dimensions by singular value decomposition.

    The first dimension is the mean over languages, so that sums are log-likelihoods, not only their differences.
    """
    names = tuple(sorted(set(langs)))
    table = np.full((size, len(names)), SMOOTHING)
    for number, name in enumerate(names):
        batch = Batch.of([text for text, lang in zip(texts, langs, strict=True) if lang == name])
        hashed = hashes(symbols(batch.folded, batch.folded_kind))[3]
        table[:, number] += np.bincount(rows(hashed, size), minlength=size)
    likelihood = np.log(table / table.sum(axis=0))
    mean = likelihood.mean(axis=1, keepdims=True)
    floor = np.log(1.0 / size)  # a trigram no more frequent than chance counts nothing
    left, sizes, right = np.linalg.svd(likelihood - mean, full_matrices=False)
    k = min(LANGUAGE_DIMENSIONS, len(names)) - 1
    points = np.concatenate((mean - floor, left[:, :k] * np.sqrt(sizes[:k])), axis=1)
    columns = np.concatenate((np.ones((1, len(names))), np.sqrt(sizes[:k])[:, None] * right[:k]), axis=0)
    scale = np.abs(points).max(axis=0) / 127
    scale[scale == 0] = 1.0
    columns = columns * scale[:, None]
    unit = float(np.abs(columns).max() / 32767)
    return names, np.rint(points / scale).astype(np.int8), np.rint(columns / unit).astype(np.int16), unit


def fit_labels(
    view: View, trades: Sequence[str], names: Sequence[str], size: int = 1 << 14
) -> tuple[NDArray[np.int8], NDArray[np.float32], NDArray[np.float32]]:
    """Multinomial logistic regression from the n-grams and lexicon terms of a piece to its trade.

    Returns
    -------
    rows : int8 array, shape (size, n_trades)
    terms : float32 array, shape (n_keyword_categories, n_trades)
    bias : float32 array, shape (n_trades,)
        All three in the same unit.
    """
    matrix = counts([view], size, LABEL_ORDERS)
    root = np.sqrt(np.maximum(np.diff(matrix.indptr), 1))
    matrix.data /= np.repeat(root, np.diff(matrix.indptr)).astype(np.float32)
    matrix = hstack([matrix, csr_matrix(keywords.trade_counts(view))]).tocsr()
    present = sorted(set(trades))
    share = {name: len(trades) / (len(present) * list(trades).count(name)) for name in present}
    weights = np.sqrt([share[name] for name in trades])
    model = LogisticRegression(C=10.0, max_iter=60, tol=1e-3)
    model.fit(matrix, np.array([present.index(name) for name in trades]), sample_weight=weights)
    table = np.zeros((matrix.shape[1], len(names)), np.float32)
    bias = np.full(len(names), -20.0, np.float32)
    coefficients = model.coef_ if len(present) > 2 else np.concatenate((-model.coef_, model.coef_)) / 2
    intercepts = model.intercept_ if len(present) > 2 else np.array([-1, 1]) * model.intercept_ / 2
    for row, name in enumerate(present):
        table[:, names.index(name)] = coefficients[row]
        bias[names.index(name)] = intercepts[row]
    unit = max(float(np.abs(table[:size]).max()) / 127, 1e-6)
    return np.rint(table[:size] / unit).astype(np.int8), table[size:] / np.float32(unit), bias / np.float32(unit)
