"""Ray Data, on a cluster of two workers that lives on loopback."""

from __future__ import annotations

import doctest
import os
import secrets
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spamguard.engines import Cleaner

from ..conftest import DATA, ROOT
from .conftest import RECIPES, assert_same, samples

pytest.importorskip("ray.data", reason="needs the extra: pip install 'spamguard[ray]'")

import pyarrow as pa
import pyarrow.parquet as pq
import ray as rays
from ray.data import ActorPoolStrategy, from_items

from spamguard.engines import ray
from spamguard.engines.ray import CleanBatch, clean


@pytest.fixture(scope="module", autouse=True)
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("ray")
    (folder / "data").symlink_to(DATA)
    token = folder / "token"
    token.write_text(secrets.token_hex(32), encoding="utf-8")  # else Ray leaves one in the home folder
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)  # the workers are where the cluster was started
        patch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)  # and find the actor of the test
        patch.setenv("RAY_AUTH_TOKEN_PATH", str(token))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        rays.init(num_cpus=2, include_dashboard=False, _node_ip_address="127.0.0.1", log_to_driver=False)
        yield
        rays.shutdown()


def test_a_dataset_is_cleaned_as_by_one_call(records: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    cleaned = clean(from_items(records), Cleaner(), compute=ActorPoolStrategy(size=2), batch_size=50)
    assert_same(cleaned.take_all(), expected)


class DiesOnce(CleanBatch):
    """An actor that kills its own process at the first contaminated batch, once in a run."""

    def __init__(self, cleaner: Cleaner, mark: Path) -> None:
        super().__init__(cleaner)
        self.mark = mark

    def __call__(self, batch: pa.Table) -> pa.Table:
        cleaned = super().__call__(batch)
        if "trimmed" in cleaned["verdict"].to_pylist() and not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return cleaned


def test_a_killed_worker_loses_and_doubles_nothing(
    records: list[dict[str, Any]], expected: list[dict[str, Any]], tmp_path: Path
) -> None:
    cleaned = from_items(records, override_num_blocks=10).map_batches(
        DiesOnce,
        fn_constructor_args=(Cleaner(), tmp_path / "mark"),
        batch_format="pyarrow",
        batch_size=20,
        compute=ActorPoolStrategy(size=2),
    )
    assert_same(cleaned.take_all(), expected)
    assert (tmp_path / "mark").exists()


def test_the_example_runs() -> None:
    assert doctest.testmod(ray).failed == 0


def test_the_snippet_of_the_readme_runs(cleaned_samples: list[dict[str, Any]]) -> None:
    exec(compile(RECIPES["ray"], "README.md", "exec"), {})
    assert samples(pq.read_table("cleaned").to_pylist()) == cleaned_samples
