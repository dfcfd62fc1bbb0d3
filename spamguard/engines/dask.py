"""Dask, its DataFrames and bags: ``pip install 'spamguard[dask]'``.

>>> import pandas as pd
>>> import dask.dataframe as dd
>>> from spamguard.engines import Cleaner
>>> from spamguard.engines.dask import clean_bag, clean_frame
>>> news = dd.from_pandas(pd.DataFrame({"text": ["All quiet.", None]}), npartitions=2)
>>> clean_frame(news, Cleaner()).compute()["verdict"].tolist()
['clean', 'missing']

>>> import dask.bag
>>> bag = dask.bag.from_sequence([{"text": "All quiet."}])
>>> clean_bag(bag, Cleaner()).pluck("verdict").compute(scheduler="sync")
['clean']
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pandas as pd

from spamguard.engines.cleaner import Cleaner, extra

with extra("dask"):
    import dask.bag as db
    import dask.dataframe as dd

TYPES: dict[str, Any] = {"verdict": "string", "score": "float64", "spans": "string"}


def clean_frame(frame: dd.DataFrame, cleaner: Cleaner) -> dd.DataFrame:
    """Clean a column of a DataFrame, partition by partition.

    Parameters
    ----------
    frame : dask.dataframe.DataFrame
    cleaner : Cleaner
        What to clean and how.

    Returns
    -------
    dask.dataframe.DataFrame
        Its ``spans`` are JSON: the one form that all partitions agree on, with or without a cut, and that comes back
        from Parquet.
    """
    return frame.map_partitions(_clean_partition, cleaner)


def clean_bag(bag: db.Bag, cleaner: Cleaner) -> db.Bag:
    """Clean a field of each record of a bag.

    Parameters
    ----------
    bag : dask.bag.Bag of dict
        A record without the field is taken as one whose text is missing.
    cleaner : Cleaner
        What to clean and how.

    Returns
    -------
    dask.bag.Bag of dict
        The records with the field cleaned and ``verdict``, ``score`` and ``spans`` added.
    """
    return bag.map_partitions(_clean_records, cleaner)


def _clean_partition(frame: pd.DataFrame, cleaner: Cleaner) -> pd.DataFrame:
    columns = cleaner.columns(frame[cleaner.column].tolist())
    columns["spans"] = [json.dumps(spans, ensure_ascii=False) for spans in columns["spans"]]
    types = TYPES | {cleaner.column: frame[cleaner.column].dtype}
    return frame.assign(
        **{name: pd.Series(values, index=frame.index, dtype=types[name]) for name, values in columns.items()}
    )


def _clean_records(records: Iterable[dict[str, Any]], cleaner: Cleaner) -> list[dict[str, Any]]:
    return cleaner.records(list(records))
