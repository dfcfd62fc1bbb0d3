"""Apache Beam, by its own runner in this process."""

from __future__ import annotations

import doctest
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spamguard.engines import Cleaner

from .conftest import RECIPES, assert_same, lines_of, samples

pytest.importorskip("apache_beam", reason="needs the extra: pip install 'spamguard[beam]'")

import apache_beam

from spamguard.engines import beam
from spamguard.engines.beam import Clean


def test_a_collection_is_cleaned_as_by_one_call(
    records: list[dict[str, Any]], expected: list[dict[str, Any]], tmp_path: Path
) -> None:
    with apache_beam.Pipeline(runner="FnApiRunner") as pipeline:
        cleaned = pipeline | apache_beam.Create(records) | Clean(Cleaner())
        _ = cleaned | apache_beam.Map(json.dumps) | apache_beam.io.WriteToText(str(tmp_path / "out"))
    lines = [line for path in tmp_path.glob("out*") for line in path.read_text(encoding="utf-8").splitlines()]
    assert_same(map(json.loads, lines), expected)


def test_the_example_runs() -> None:
    assert doctest.testmod(beam).failed == 0


def test_the_snippet_of_the_readme_runs(run_recipe: Callable[[str], Path], cleaned_samples: list[dict[str, Any]]) -> None:
    assert samples(lines_of(run_recipe(RECIPES["beam"]), "cleaned-*.jsonl")) == cleaned_samples
