"""The pandas and scikit-learn faces: cleaned columns, segments as a table, and transformers.

`SpamTrimmer` turns texts into clean texts, `SpamScorer` into a row of numbers a document, `SegmentFeatures` into a row
a text taken as one segment. They learn nothing from the texts they are fitted to: the model does the work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from spamguard import classify, features
from spamguard.features import View
from spamguard.guard import PLACES, SpamGuard
from spamguard.result import MISSING

SCORED_AT_ONCE = 64
"""Documents whose features are held at a time: of long articles, some ten thousand segments."""


def clean_frame(guard: SpamGuard, df: pd.DataFrame, column: str, n_jobs: int) -> pd.DataFrame:
    """See `SpamGuard.clean_frame`.

    Raises
    ------
    KeyError
        If there is no such column.
    TypeError
        If a value is neither a ``str`` nor missing; the message names its row.
    """
    if column not in df.columns:
        raise KeyError(f"no column {column!r}; there are {list(df.columns)}")
    values = df[column]
    missing = values.isna().to_numpy()
    texts = values[~missing].tolist()
    for label, value in zip(values.index[~missing], texts, strict=True):
        if not isinstance(value, str):
            raise TypeError(f"column {column!r}, row {label!r}: wanted a str or a missing value, got {type(value).__name__}")
    results = iter(guard.clean_many(texts, n_jobs=n_jobs))
    found = [None if gone else next(results) for gone in missing]
    out = df.copy()
    out[column] = [value if result is None else result.text for value, result in zip(values, found, strict=True)]
    out["verdict"] = [MISSING if result is None else result.verdict for result in found]
    out["score"] = [max((s.score for s in result.spans), default=0.0) if result else 0.0 for result in found]
    out["spans"] = pd.Series([result.spans if result else () for result in found], index=df.index, dtype=object)
    out.attrs["spamguard"] = dict(Counter(out["verdict"]))
    return out


def segment_frame(guard: SpamGuard, text: str) -> pd.DataFrame:
    """See `SpamGuard.segments`."""
    view = guard._view([text])
    columns = features.extract(view)
    origin = int(view.batch.doc_start[0])
    start, end = view.segments.start - origin, view.segments.end - origin
    frame = pd.DataFrame({"start": start, "end": end, "text": [text[a:b] for a, b in zip(start, end, strict=True)]})
    table = pd.DataFrame(columns, columns=list(features.NAMES))
    scores = guard._model.odds(view, columns)
    frame = pd.concat([frame, table], axis=1)
    frame["score"] = 1 / (1 + np.exp(-np.clip(scores, -30, 30)))
    spans = guard.clean(text).spans
    frame["cut"] = [any(span.start <= a < span.end for span in spans) for a in start]
    return frame


class SpamTrimmer(TransformerMixin, BaseEstimator):
    """A transformer of texts into clean texts.

    Parameters
    ----------
    model : str or path, default ``"default"``
    threshold : float or str, default None
    where : sequence of str, default ``("head", "body", "tail")``
        See `SpamGuard` for these three.
    n_jobs : int, default 1
        Worker processes; -1 takes all cores.

    Attributes
    ----------
    guard_ : SpamGuard
    n_features_in_ : int
        Columns of texts; 1 for a list.
    feature_names_in_ : array of str
        Names of the columns, if the texts came as a DataFrame.

    See Also
    --------
    SpamScorer : Numbers about each document instead of its clean text.
    spamguard.SpamGuard.clean_frame : Clean texts with verdict, score and spans beside them.

    Notes
    -----
    The clean texts have the shape of the texts: a list or Series gives a 1-d array, as text vectorizers take it; a
    DataFrame or 2-d array gives a 2-d array, as `ColumnTransformer` takes it. Missing values stay.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.feature_extraction.text import TfidfVectorizer
    >>> SpamTrimmer().fit_transform(["All quiet."])
    array(['All quiet.'], dtype=object)
    >>> pipeline = make_pipeline(SpamTrimmer(), TfidfVectorizer())   # doctest: +SKIP
    """

    def __init__(
        self,
        model: str | Path = classify.DEFAULT,
        threshold: float | str | None = None,
        where: Sequence[str] = PLACES,
        n_jobs: int = 1,
    ) -> None:
        self.model = model
        self.threshold = threshold
        self.where = where
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any = None) -> SpamTrimmer:
        """Load the model; nothing is learned from `X` but the names of its columns."""
        _take_columns(self, X)
        self.guard_ = SpamGuard(self.model, self.threshold, self.where)
        return self

    def transform(self, X: Any) -> NDArray[np.object_]:
        """The clean texts.

        Parameters
        ----------
        X : sequence of str, Series, DataFrame or 2-d array

        Returns
        -------
        object array, of the shape of `X`
        """
        check_is_fitted(self)
        texts = _as_array(X)
        out = texts.copy()
        present = _present(texts)
        results = self.guard_.clean_many(texts[present].tolist(), n_jobs=self.n_jobs)
        out[present] = np.array([result.text for result in results], dtype=object)
        return out

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Names of the columns: those of `X`, or ``text``."""
        check_is_fitted(self)
        return _column_names(self, input_features)

    def __sklearn_tags__(self) -> Any:
        return _text_tags(super().__sklearn_tags__())


class SpamScorer(TransformerMixin, BaseEstimator):
    """A transformer of texts into numbers: how likely a document holds injected spam, and its features.

    Parameters
    ----------
    model : str or path, default ``"default"``
    n_jobs : int, default 1
        Worker processes for the probability; -1 takes all cores.

    Attributes
    ----------
    guard_ : SpamGuard
        Judges every candidate span, however unlikely.
    n_features_in_ : int
        Always 1.

    See Also
    --------
    SpamTrimmer : The clean texts themselves.
    SegmentFeatures : The features of single lines or sentences.

    Notes
    -----
    A row holds ``probability``, that of the likeliest span (0 if no stretch is suspected), and of each feature the mean
    and the maximum over the segments of the document. A missing or empty text gives zeros.

    Examples
    --------
    >>> SpamScorer().fit_transform(["All quiet."])[0, 0]
    np.float32(0.0)
    """

    def __init__(self, model: str | Path = classify.DEFAULT, n_jobs: int = 1) -> None:
        self.model = model
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any = None) -> SpamScorer:
        """Load the model; nothing is learned from `X`."""
        _take_columns(self, X)
        if self.n_features_in_ != 1:
            raise ValueError(f"wanted one column of texts, got {self.n_features_in_}")
        self.guard_ = SpamGuard(self.model, threshold=0.0)
        return self

    def transform(self, X: Any) -> NDArray[np.float32]:
        """A row a document.

        Parameters
        ----------
        X : sequence of str, Series, or DataFrame or 2-d array of one column

        Returns
        -------
        float32 array, shape (n_documents, 1 + 2 n_features)
        """
        check_is_fitted(self)
        texts = _as_array(X).reshape(-1)
        present = np.flatnonzero(_present(texts))
        wanted = texts[present].tolist()
        table = np.zeros((len(texts), 1 + 2 * len(features.NAMES)), np.float32)
        results = self.guard_.clean_many(wanted, n_jobs=self.n_jobs)
        table[present, 0] = [max((span.score for span in result.spans), default=0.0) for result in results]
        for first in range(0, len(wanted), SCORED_AT_ONCE):
            batch = slice(first, first + SCORED_AT_ONCE)
            table[present[batch], 1:] = self._features(wanted[batch])
        return table

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Names of the columns."""
        names = [f"{name}_{kind}" for kind in ("mean", "max") for name in features.NAMES]
        return np.array(["probability", *names], dtype=object)

    def _features(self, texts: list[str]) -> NDArray[np.float32]:
        """Mean and maximum over the segments of each text; float32, shape (n_texts, 2 n_features)."""
        view = self.guard_._view(texts)
        columns = features.extract(view)
        found, first = np.unique(view.segments.doc, return_index=True)  # segments stand in the order of documents
        out = np.zeros((len(texts), 2 * len(features.NAMES)), np.float32)
        if len(found):
            count = np.diff(np.append(first, len(columns)))[:, None]
            out[found] = np.hstack([np.add.reduceat(columns, first) / count, np.maximum.reduceat(columns, first)])
        return out

    def __sklearn_tags__(self) -> Any:
        return _text_tags(super().__sklearn_tags__())


class SegmentFeatures(TransformerMixin, BaseEstimator):
    """The feature extractor as a scikit-learn transformer: a row a text, each text taken as one segment.

    For training a classifier of one's own on sentences, lines or messages. The context columns then see a document of
    one segment; for segments inside their article use `SpamGuard.segments`.

    Parameters
    ----------
    model : str or path, default ``"default"``
        Where the learned tables (n-grams, domain names, languages) come from.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.linear_model import LogisticRegression
    >>> pipeline = make_pipeline(SegmentFeatures(), LogisticRegression())   # doctest: +SKIP
    """

    def __init__(self, model: str = classify.DEFAULT) -> None:
        self.model = model

    def fit(self, X: Iterable[str], y: Any = None) -> SegmentFeatures:
        """Read the tables; nothing is learned from `X`."""
        self.learned_ = classify.load(self.model).learned
        self.n_features_out_ = len(features.NAMES)
        return self

    def transform(self, X: Iterable[str]) -> NDArray[np.float32]:
        """All columns of each text.

        Returns
        -------
        float32 array, shape (n_texts, n_features_out_)
        """
        if not hasattr(self, "learned_"):
            self.fit(X)
        return features.extract(View.whole(list(X), self.learned_))

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Names of the columns."""
        return np.array(features.NAMES, dtype=object)


def _as_array(X: Any) -> NDArray[np.object_]:
    """Texts as an object array of one or two dimensions.

    Raises
    ------
    TypeError
        If `X` is one text, not many.
    ValueError
        If it has more dimensions.
    """
    if isinstance(X, str | bytes):
        raise TypeError("wanted many texts, got one: put it into a list")
    if hasattr(X, "to_numpy"):
        array = X.to_numpy(dtype=object)
    elif isinstance(X, np.ndarray):
        array = X.astype(object)
    else:
        items = list(X)
        array = np.empty(len(items), dtype=object)
        array[:] = items
    if array.ndim not in (1, 2):
        raise ValueError(f"wanted texts in one or two dimensions, got {array.ndim}")
    return array


def _present(texts: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Where there is a text; what else is there is missing, or refused by `SpamGuard.clean_many`."""
    return ~np.asarray(pd.isna(texts), dtype=bool)


def _take_columns(estimator: Any, X: Any) -> None:
    """Note number and names of the columns of texts."""
    array = _as_array(X)
    estimator.n_features_in_ = 1 if array.ndim == 1 else array.shape[1]
    if hasattr(X, "columns"):
        estimator.feature_names_in_ = np.array([str(name) for name in X.columns], dtype=object)
    elif hasattr(estimator, "feature_names_in_"):  # of an earlier fit
        del estimator.feature_names_in_


def _column_names(estimator: Any, input_features: Any) -> NDArray[np.object_]:
    if input_features is not None:
        return np.asarray(input_features, dtype=object)
    if hasattr(estimator, "feature_names_in_"):
        return estimator.feature_names_in_
    count = estimator.n_features_in_
    return np.array(["text"] if count == 1 else [f"text{number}" for number in range(count)], dtype=object)


def _text_tags(tags: Any) -> Any:
    """What scikit-learn is told: texts come in, missing ones too, and nothing is learned from them."""
    tags.input_tags.two_d_array = False
    tags.input_tags.one_d_array = tags.input_tags.string = tags.input_tags.allow_nan = True
    tags.no_validation = True
    return tags
