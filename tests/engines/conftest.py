"""What the engines are given and what they must give back: mixed documents, and their serial cleaning."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spamguard import SpamGuard
from spamguard.engines.cleaner import ADDED
from spamguard.train import corpus
from spamguard.train.compose import Composer

from ..conftest import DATA, ROOT

RECIPES = {
    engine: code
    for code in re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S)
    for engine in re.findall(r"^from spamguard\.engines\.(\w+) import", code, re.M)
}
"""The snippets of the README, by engine."""

COUNT = 2000


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


@pytest.fixture
def run_recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Runs an example where there is a folder ``data``; returns the folder it ran in."""

    def run(code: str) -> Path:
        (tmp_path / "data").symlink_to(DATA)
        monkeypatch.chdir(tmp_path)
        exec(compile(code, "example", "exec"), {})
        return tmp_path

    return run


@pytest.fixture(scope="session")
def cleaned_samples(guard: SpamGuard) -> list[dict[str, Any]]:
    """What each recipe must make of ``data/samples/articles.jsonl``: its rows by id, less what an engine adds of its own."""
    lines = (DATA / "samples" / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    results = [guard.clean(row["text"]) for row in rows]
    assert [result.verdict for result in results] == ["trimmed", "clean", "clean"]
    return [
        {"id": row["id"], "source": row["source"], "text": result.text, "verdict": result.verdict}
        for row, result in zip(rows, results, strict=True)
    ]


def samples(rows: Any) -> list[dict[str, Any]]:
    """Rows as `cleaned_samples` has them."""
    wanted = ("id", "source", "text", "verdict")
    return sorted(({name: row[name] for name in wanted} for row in map(plain, rows)), key=lambda row: row["id"])


def lines_of(folder: Path, pattern: str) -> list[dict[str, Any]]:
    """The rows of all files of JSON lines that match."""
    files = sorted(folder.glob(pattern))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


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
