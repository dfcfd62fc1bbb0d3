"""DataFrames and scikit-learn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from spamguard import SpamGuard, features
from spamguard.frames import SegmentFeatures


def test_a_frame_is_cleaned_and_missing_values_are_counted(guard: SpamGuard, contaminated: str) -> None:
    frame = pd.DataFrame({"body": [contaminated, None, "All quiet.", float("nan"), pd.NA]}, index=list("abcde"))
    before = frame.copy(deep=True)
    out = guard.clean_frame(frame, column="body")
    pd.testing.assert_frame_equal(frame, before)
    assert list(out.index) == list("abcde")
    assert out["verdict"].tolist() == ["trimmed", "missing", "clean", "missing", "missing"]
    assert out.loc["a", "body"] == guard.clean(contaminated).text
    assert out.loc["a", "spans"] == guard.clean(contaminated).spans
    assert out["score"].iloc[0] > 0.5
    assert out["body"].isna().sum() == 3
    assert out.attrs["spamguard"] == {"trimmed": 1, "missing": 3, "clean": 1}


def test_frame_errors_name_column_and_row(guard: SpamGuard) -> None:
    with pytest.raises(KeyError, match="no column 'text'"):
        guard.clean_frame(pd.DataFrame({"body": ["a"]}))
    with pytest.raises(TypeError, match="row 1"):
        guard.clean_frame(pd.DataFrame({"text": ["a", 5]}))


def test_an_empty_frame(guard: SpamGuard) -> None:
    out = guard.clean_frame(pd.DataFrame({"text": []}, dtype=object))
    assert list(out.columns) == ["text", "verdict", "score", "spans"]
    assert len(out) == 0


def test_segments_show_every_feature(guard: SpamGuard, contaminated: str) -> None:
    table = guard.segments(contaminated)
    assert "".join(table["text"]) == contaminated
    assert set(features.NAMES) < set(table.columns)
    assert table["score"].between(0, 1).all()
    cut = "".join(table.loc[table["cut"], "text"])
    assert cut.strip() == "".join(guard.clean(contaminated).removed).strip()
    assert len(guard.segments("")) == 0


def test_features_work_in_a_pipeline() -> None:
    lines = ["The council met on Tuesday.", "slot gacor hari ini depozbet.com"] * 10
    model = make_pipeline(clone(SegmentFeatures()), LogisticRegression(max_iter=300))
    assert model.fit(lines, [0, 1] * 10).score(lines, [0, 1] * 10) == 1.0
    names = model[0].get_feature_names_out()
    assert list(names) == list(features.NAMES)
    assert model[0].transform([]).shape == (0, len(names))
    assert np.isfinite(model[0].transform(["", "x", "\ud800"])).all()


def test_glued_domains_are_counted(guard: SpamGuard) -> None:
    table = guard.segments("restbetcdn.combetturkeygiris.orgbetvolem.com")
    assert np.expm1(table["domain_distinct"].max()) == pytest.approx(3)
