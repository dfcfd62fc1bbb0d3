"""What the engines share, without any of them."""

from __future__ import annotations

import doctest
import importlib
import json
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from spamguard.cli import main
from spamguard.engines import Cleaner, cleaner
from spamguard.engines.cleaner import ADDED

from .conftest import RECIPES

ENGINES = ("datasets", "dask", "datatrove", "ray", "spark", "beam")


def test_columns_are_those_of_one_call(records: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    columns = Cleaner("body").columns([record["text"] for record in records])
    assert list(columns) == ["body", "verdict", "score", "spans"]
    assert columns["body"] == [row["text"] for row in expected]
    for name in ("verdict", "score", "spans"):
        assert columns[name] == [row[name] for row in expected]


def test_a_record_without_the_field_misses_its_text() -> None:
    assert Cleaner().records([]) == []
    assert Cleaner("body").records([{"id": 1}]) == [
        {"id": 1, "body": None, "verdict": "missing", "score": 0.0, "spans": []},
    ]


def test_the_documents_are_mixed(expected: list[dict[str, Any]]) -> None:
    assert {row["verdict"] for row in expected} == {"clean", "trimmed", "spam", "missing"}


def test_every_kind_of_missing_value_passes() -> None:
    columns = Cleaner().columns([None, float("nan"), pd.NA, pd.NaT, np.nan, ""])
    assert columns["verdict"] == ["missing"] * 5 + ["clean"]
    assert columns["text"] == [None] * 5 + [""]
    assert Cleaner().columns([]) == {"text": [], "verdict": [], "score": [], "spans": []}


def test_what_is_no_text_is_named_with_its_place() -> None:
    with pytest.raises(TypeError, match="position 2, got int"):
        Cleaner().columns(["a", None, 5])


def test_a_process_loads_the_model_once() -> None:
    here = Cleaner("body", threshold="strict")
    with ThreadPoolExecutor(4) as pool:
        guards = {id(arrived.guard()) for arrived in pool.map(pickle.loads, [pickle.dumps(here)] * 20)}
    assert guards == {id(here.guard())}
    assert here.guard() is not Cleaner().guard()


def test_wrong_settings_fail_where_they_are_given() -> None:
    with pytest.raises(ValueError, match="threshold"):
        Cleaner(threshold="bold")


@pytest.mark.parametrize(
    ("engine", "package"),
    [(name, {"spark": "pyspark", "beam": "apache_beam"}.get(name, name)) for name in ENGINES],
)
def test_a_missing_engine_names_its_extra(engine: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, f"spamguard.engines.{engine}", raising=False)
    for name in {package, *(loaded for loaded in sys.modules if loaded.startswith(f"{package}."))}:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=rf"engines.{engine} needs \S+: pip install 'spamguard\[{engine}\]'"):
        importlib.import_module(f"spamguard.engines.{engine}")


def test_the_readme_has_a_snippet_an_engine() -> None:
    assert tuple(RECIPES) == ENGINES  # each is run in the tests of its engine


def test_the_example_runs() -> None:
    assert doctest.testmod(cleaner).failed == 0


def test_the_command_cleans_as_by_one_call(
    records: list[dict[str, Any]], expected: list[dict[str, Any]], tmp_path: Path
) -> None:
    source, out = tmp_path / "news.jsonl", tmp_path / "cleaned.jsonl"
    source.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    assert main(["clean", str(source), "--out", str(out), "--workers", "2"]) == 0
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == len(expected)
    for row, wanted in zip(rows, json.loads(json.dumps(expected)), strict=True):
        assert (row["id"], row["text"]) == (wanted["id"], wanted["text"])
        if wanted["verdict"] != "missing":
            assert {name: row["spamguard"][name] for name in ADDED} == {name: wanted[name] for name in ADDED}
