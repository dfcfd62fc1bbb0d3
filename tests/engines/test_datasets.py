"""Hugging Face datasets."""

from __future__ import annotations

import doctest
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spamguard.engines import Cleaner

from .conftest import RECIPES, assert_same, lines_of, samples

pytest.importorskip("datasets", reason="needs the extra: pip install 'spamguard[datasets]'")

from datasets import Dataset, load_from_disk
from datasets.fingerprint import Hasher

from spamguard.engines import datasets
from spamguard.engines.datasets import CleanBatch, clean


def test_a_dataset_is_cleaned_as_by_one_call(records: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    assert_same(clean(Dataset.from_list(records), Cleaner(), batch_size=50), expected)


def test_two_processes_clean_the_same(records: list[dict[str, Any]], expected: list[dict[str, Any]], tmp_path: Path) -> None:
    Dataset.from_list(records).save_to_disk(str(tmp_path))
    assert_same(clean(load_from_disk(str(tmp_path)), Cleaner(), num_proc=2), expected)


def test_a_stream_is_cleaned_by_a_map_of_ones_own(records: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    stream = Dataset.from_list(records).to_iterable_dataset()
    assert_same(stream.map(CleanBatch(Cleaner()), batched=True), expected)


def test_what_is_cached_follows_the_settings() -> None:
    assert Hasher.hash(CleanBatch(Cleaner())) == Hasher.hash(CleanBatch(Cleaner()))
    assert Hasher.hash(CleanBatch(Cleaner())) != Hasher.hash(CleanBatch(Cleaner(threshold="strict")))


def test_the_example_runs() -> None:
    assert doctest.testmod(datasets).failed == 0


def test_the_snippet_of_the_readme_runs(
    run_recipe: Callable[[str], Path],
    cleaned_samples: list[dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    assert samples(lines_of(run_recipe(RECIPES["datasets"]), "cleaned.jsonl")) == cleaned_samples
