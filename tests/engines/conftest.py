"""What the engines are given and what they must give back: mixed documents, and their serial cleaning."""

from __future__ import annotations

import os
from typing import Any

import pytest

from spamguard import SpamGuard
from spamguard.engines.cleaner import ADDED
from spamguard.train import corpus
from spamguard.train.compose import Composer

from ..conftest import DATA

COUNT = 2000 if os.environ.get("SPAMGUARD_FULL") else 300


@pytest.fixture(scope="session")
def records() -> list[dict[str, Any]]:
    """Clean and contaminated documents, missing values and an empty text among them; the first ones have no cut."""
    composer = Composer(corpus.load([DATA], "train"), seed=6)
    drawn = [document.text for document in composer.documents(COUNT)]
    texts = ["All quiet.", None, "", *drawn[: COUNT // 2], None, *drawn[COUNT // 2 :]]
    return [{"id": number, "text": text} for number, text in enumerate(texts)]


@pytest.fixture(scope="session")
def expected(guard: SpamGuard, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The records as one call of `clean_many` cleans them."""
    results = iter(guard.clean_many(record["text"] for record in records if record["text"] is not None))
    return [
        record | {"verdict": "missing", "score": 0.0, "spans": []} if record["text"] is None else record | _report(results)
        for record in records
    ]


def _report(results: Any) -> dict[str, Any]:
    result = next(results)
    report = result.to_dict()
    return {"text": result.text} | {name: report[name] for name in ADDED}


def plain(value: Any) -> Any:
    """A cell or row as plain Python, whatever sequence or row type the engine made of it."""
    if hasattr(value, "asDict"):
        return plain(value.asDict())
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    return [plain(part) for part in value] if isinstance(value, list | tuple) else value


def assert_same(cleaned: Any, expected: list[dict[str, Any]]) -> None:
    """Every row once, and equal in every field, to the last reason of each span."""
    rows = sorted((plain(row) for row in cleaned), key=lambda row: row["id"])
    assert len(rows) == len(expected)
    assert [row["id"] for row in rows] == [row["id"] for row in expected]
    for row, wanted in zip(rows, expected, strict=True):
        assert row == wanted
