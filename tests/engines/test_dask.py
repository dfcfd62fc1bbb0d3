"""Dask, its DataFrames and bags."""

from __future__ import annotations

import doctest
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from spamguard.engines import Cleaner

from .conftest import RECIPES, assert_same, samples

pytest.importorskip("dask.dataframe", reason="needs the extra: pip install 'spamguard[dask]'")

import dask.bag as db
import dask.dataframe as dd

from spamguard.engines import dask
from spamguard.engines.dask import clean_bag, clean_frame


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_a_frame_is_cleaned_as_by_one_call(
    records: list[dict[str, Any]], expected: list[dict[str, Any]], scheduler: str
) -> None:
    frame = dd.from_pandas(pd.DataFrame(records), npartitions=4)
    cleaned = clean_frame(frame, Cleaner()).compute(scheduler=scheduler, num_workers=2)
    assert_same(rows(cleaned), expected)


def test_a_cleaned_frame_goes_to_parquet_and_back(
    records: list[dict[str, Any]], expected: list[dict[str, Any]], tmp_path: Path
) -> None:
    clean_frame(dd.from_pandas(pd.DataFrame(records), npartitions=20), Cleaner()).to_parquet(tmp_path)
    assert_same(rows(pd.read_parquet(tmp_path)), expected)


def test_the_types_are_known_beforehand(records: list[dict[str, Any]]) -> None:
    cleaned = clean_frame(dd.from_pandas(pd.DataFrame(records[:8]), npartitions=2), Cleaner())
    pd.testing.assert_series_equal(cleaned.dtypes, cleaned.compute().dtypes)


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_a_bag_is_cleaned_as_by_one_call(
    records: list[dict[str, Any]], expected: list[dict[str, Any]], scheduler: str
) -> None:
    bag = db.from_sequence(records, npartitions=4)
    assert_same(clean_bag(bag, Cleaner()).compute(scheduler=scheduler, num_workers=2), expected)


def test_the_example_runs() -> None:
    assert doctest.testmod(dask).failed == 0


def test_the_snippet_of_the_readme_runs(run_recipe: Callable[[str], Path], cleaned_samples: list[dict[str, Any]]) -> None:
    assert samples(pd.read_parquet(run_recipe(RECIPES["dask"]) / "cleaned").to_dict("records")) == cleaned_samples


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    held = frame.astype({"text": object})
    held["text"] = held["text"].where(held["text"].notna(), None)
    held["spans"] = held["spans"].map(json.loads)
    return held.to_dict("records")
