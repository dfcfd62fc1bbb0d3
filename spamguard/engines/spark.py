"""Spark: ``pip install 'spamguard[spark]'``, on the driver and on every node; Java is yours to bring.

Whole frames go through ``mapInPandas``:

>>> from pyspark.sql import SparkSession
>>> from spamguard.engines import Cleaner
>>> from spamguard.engines.spark import clean, clean_udf
>>> spark = SparkSession.builder.master("local[2]").getOrCreate()
>>> news = spark.createDataFrame([(1, "All quiet."), (2, None)], "id int, text string")
>>> [row.verdict for row in clean(news, Cleaner()).orderBy("id").collect()]
['clean', 'missing']

One column goes through a pandas UDF, which moves no other column out of the Java process:

>>> cleaned = clean_udf(Cleaner(threshold="strict"))
>>> news.withColumn("cleaned", cleaned("text")).select("id", "cleaned.text", "cleaned.verdict").first()
Row(id=1, text='All quiet.', verdict='clean')
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pandas as pd

from spamguard.engines.cleaner import ADDED, Cleaner, extra

with extra("spark"):
    from pyspark.sql import DataFrame
    from pyspark.sql.functions import pandas_udf
    from pyspark.sql.types import StructType

_ADDED_SCHEMA = (
    "verdict string, score double, spans array<struct<start: bigint, end: bigint, label: string, score: double,"
    " reasons: array<struct<kind: string, detail: string, start: bigint, end: bigint, weight: double>>>>"
)


def clean(frame: DataFrame, cleaner: Cleaner) -> DataFrame:
    """Clean a column of a DataFrame.

    Parameters
    ----------
    frame : pyspark.sql.DataFrame
    cleaner : Cleaner
        What to clean and how.

    Returns
    -------
    pyspark.sql.DataFrame
        With ``verdict``, ``score`` and ``spans`` (an array of structs) added.
    """
    kept = [field for field in frame.schema.fields if field.name not in ADDED]

    def clean_parts(parts: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for part in parts:
            columns = cleaner.columns(part[cleaner.column].tolist())
            yield part.assign(**_series(columns, part.index))

    return frame.mapInPandas(clean_parts, StructType(kept + StructType.fromDDL(_ADDED_SCHEMA).fields))


def clean_udf(cleaner: Cleaner) -> Callable[..., Any]:
    """A pandas UDF from a column of texts to a struct of ``text``, ``verdict``, ``score`` and ``spans``.

    Parameters
    ----------
    cleaner : Cleaner
        What to clean and how; the text of the struct is named after its column.

    Returns
    -------
    callable
        From a column, or its name, to a column.
    """

    def clean_series(texts: pd.Series) -> pd.DataFrame:
        return pd.DataFrame(_series(cleaner.columns(texts.tolist()), texts.index))

    text = StructType().add(cleaner.column, "string")
    return pandas_udf(clean_series, StructType(text.fields + StructType.fromDDL(_ADDED_SCHEMA).fields))


def _series(columns: dict[str, list[Any]], index: pd.Index[Any]) -> dict[str, pd.Series[Any]]:
    return {name: pd.Series(values, index=index, dtype=object) for name, values in columns.items()}
