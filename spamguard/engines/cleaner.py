"""What the engines share: settings that travel, a guard loaded once a process, and texts to columns.

>>> Cleaner().columns(["All quiet.", None])["verdict"]
['clean', 'missing']
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import pandas as pd

from spamguard import classify
from spamguard.guard import PLACES, SpamGuard
from spamguard.result import MISSING, Result

ADDED = ("verdict", "score", "spans")
"""The columns a cleaned table gains; ones of the same name are replaced."""

_loading = Lock()


@dataclass(frozen=True)
class Cleaner:
    """What to clean and how: small enough to send with every task.

    Parameters
    ----------
    column : str, default ``"text"``
        The column, or the field of a record, that holds the text.
    model, threshold, where
        As for `SpamGuard`; the model by name or folder, since every worker process reads it for itself.

    Raises
    ------
    ModelError, ValueError
        As `SpamGuard` does; here rather than on a worker.
    """

    column: str = "text"
    model: str | Path = classify.DEFAULT
    threshold: float | str | None = None
    where: tuple[str, ...] = PLACES

    def __post_init__(self) -> None:
        self.guard()

    def guard(self) -> SpamGuard:
        """The guard of this process; made by the first call."""
        with _loading:  # Dask's threads would each load one
            return _guard(self.model, self.threshold, self.where)

    def columns(self, values: Sequence[Any]) -> dict[str, list[Any]]:
        """Clean the values of a column.

        Parameters
        ----------
        values : sequence of str
            Missing values (None, NaN, `pandas.NA`) are allowed.

        Returns
        -------
        dict of lists, as long as `values`
            `column` with the cleaned texts, missing values as None; ``verdict``, ``score`` and ``spans`` as
            `Result.to_dict` reports them, with the verdict ``"missing"`` for a missing value.

        Raises
        ------
        TypeError
            If a value is neither a ``str`` nor missing; the message names its place.
        """
        missing = pd.Series(values, dtype=object).isna()
        results = self.guard().clean_many("" if gone else value for value, gone in zip(values, missing, strict=True))
        reports = [_report(None if gone else result) for result, gone in zip(results, missing, strict=True)]
        texts = [None if gone else result.text for result, gone in zip(results, missing, strict=True)]
        return {self.column: texts} | {name: [report[name] for report in reports] for name in ADDED}

    def records(self, records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Clean a field of each record; one without it is taken as one whose text is missing.

        Returns
        -------
        list of dict
            The records with what `columns` gives for them.
        """
        columns = self.columns([record.get(self.column) for record in records])
        rows = zip(*columns.values(), strict=True)
        return [record | dict(zip(columns, row, strict=True)) for record, row in zip(records, rows, strict=True)]


def _report(result: Result | None) -> dict[str, Any]:
    return {"verdict": MISSING, "score": 0.0, "spans": []} if result is None else result.to_dict()


@cache
def _guard(model: str | Path, threshold: float | str | None, where: tuple[str, ...]) -> SpamGuard:
    return SpamGuard(model, threshold, where)


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Import an engine, or say which extra brings it.

    Raises
    ------
    ImportError
        If a package is missing.
    """
    try:
        yield
    except ImportError as error:
        message = f"spamguard.engines.{name} needs {error.name}: pip install 'spamguard[{name}]'"
        raise ImportError(message, name=error.name) from None
