"""DataFrames and scikit-learn."""

from __future__ import annotations

from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.compose import make_column_transformer
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

from spamguard import SpamGuard, features
from spamguard.frames import SegmentFeatures, SpamScorer, SpamTrimmer


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


def test_a_trimmer_gives_clean_texts_of_the_same_shape(guard: SpamGuard, contaminated: str) -> None:
    clean = guard.clean(contaminated).text
    assert SpamTrimmer().fit_transform([contaminated, "All quiet.", None]).tolist() == [clean, "All quiet.", None]
    frame = pd.DataFrame({"title": ["Ferry", None], "body": [contaminated, "All quiet."]}, index=["a", "b"])
    titles, bodies = SpamTrimmer().fit_transform(frame).T
    assert bodies.tolist() == [clean, "All quiet."]
    assert titles[0] == "Ferry"
    assert pd.isna(titles[1])
    out = SpamTrimmer().set_output(transform="pandas").fit_transform(frame)
    pd.testing.assert_frame_equal(out, frame.assign(body=[clean, "All quiet."]), check_dtype=False)
    out = SpamTrimmer().set_output(transform="pandas").fit_transform(frame["body"])
    assert out["text"].to_dict() == {"a": clean, "b": "All quiet."}
    assert SpamTrimmer(where=("head",)).fit_transform([contaminated])[0] == contaminated


def test_a_trimmer_in_pipelines(contaminated: str) -> None:
    words = make_pipeline(SpamTrimmer(), TfidfVectorizer()).fit([contaminated])[-1].get_feature_names_out()
    assert "ferry" in words
    assert "giriş" not in words
    columns = make_column_transformer((SpamTrimmer(), ["body"]), remainder="passthrough", verbose_feature_names_out=False)
    out = columns.set_output(transform="pandas").fit_transform(pd.DataFrame({"id": [7], "body": [contaminated]}))
    assert out["id"].tolist() == [7]
    assert contaminated.startswith(out["body"].iloc[0])


def test_a_scorer_gives_probability_and_features(guard: SpamGuard, contaminated: str) -> None:
    texts = pd.Series([contaminated, "All quiet.", None, ""], index=list("abcd"))
    out = SpamScorer().set_output(transform="pandas").fit_transform(texts)
    assert list(out.index) == list("abcd")
    spans = guard.clean(contaminated).spans
    assert out.loc["a", "probability"] == pytest.approx(max(span.score for span in spans))
    assert out.loc["b", "probability"] < guard.threshold
    assert (out.loc[["c", "d"]] == 0).all(axis=None)
    segments = guard.segments(contaminated)
    assert out.loc["a", "keyword_strong_max"] == pytest.approx(segments["keyword_strong"].max())
    assert out.loc["a", "ngram_mean_mean"] == pytest.approx(segments["ngram_mean"].mean(), rel=1e-4)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")  # checks that want numbers
@pytest.mark.parametrize("estimator", [SpamTrimmer(threshold="strict"), SpamScorer()], ids=lambda one: type(one).__name__)
def test_estimators_behave_as_scikit_learn_wants(estimator: BaseEstimator, tmp_path: Path, contaminated: str) -> None:
    check_estimator(estimator)
    texts = [contaminated, "All quiet."]
    before = estimator.fit_transform(texts)
    joblib.dump(estimator, tmp_path / "estimator.joblib")
    again = joblib.load(tmp_path / "estimator.joblib")
    assert again.get_params() == clone(estimator).get_params() == estimator.get_params()
    np.testing.assert_array_equal(again.transform(texts), before)
    with pytest.raises(NotFittedError):
        clone(estimator).transform(texts)
    with pytest.raises(TypeError, match="put it into a list"):
        estimator.transform("one text")
    with pytest.raises(TypeError, match="wanted a str at position 1"):
        estimator.transform(["a text", 5])
