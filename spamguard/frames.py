"""The pandas and scikit-learn faces: cleaned columns, segments as a table, and the features as a transformer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from spamguard import classify, features
from spamguard.batch import Batch
from spamguard.features import Text, View
from spamguard.hosts import find
from spamguard.result import MISSING
from spamguard.segment import Segments

if TYPE_CHECKING:
    from spamguard.guard import SpamGuard


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
        batch = Batch.of(list(X))
        return features.extract(View(Text(batch, find(batch), self.learned_), Segments.whole(batch)))

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Names of the columns."""
        return np.array(features.NAMES, dtype=object)
