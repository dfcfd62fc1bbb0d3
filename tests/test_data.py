"""The project's own data holds what its datasheet promises."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from spamguard.train.corpus import TRADES, load
from spamguard.train.counts import table

from .conftest import DATA, ROOT

FILES = sorted(path for path in DATA.rglob("*.jsonl") if path.parent.name != "samples")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(DATA)))
def test_rows_are_whole(path: Path) -> None:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert rows
    assert len({row["id"] for row in rows}) == len(rows)
    assert len({row["text"] for row in rows}) == len(rows)
    assert all(row["text"].strip() and row["lang"] for row in rows)
    if "spam" in path.parts:
        assert {row["category"] for row in rows} <= set(TRADES)
        assert all(row["shape"] for row in rows)


def test_counts() -> None:
    corpus = load([DATA], "train")
    assert len(corpus.news) >= 120
    assert len({row.lang for row in corpus.news}) >= 20
    assert len(corpus.spam) >= 600
    assert len({row.lang for row in corpus.spam}) >= 20
    trades = Counter(row.category for row in corpus.spam)
    assert len(trades) >= 10
    assert trades["gambling"] <= len(corpus.spam) / 2
    assert len(corpus.hard) >= 80
    forms = {json.loads(line)["lang"] for line in (DATA / "stubs" / "stubs.jsonl").read_text(encoding="utf-8").splitlines()}
    assert len(forms) >= 20
    assert "spam by category: gambling" in table(corpus)


def test_the_readme_of_the_data_describes_every_shape_in_it() -> None:
    text = (DATA / "README.md").read_text(encoding="utf-8")
    for row in load([DATA], "train").spam:
        assert f"`{row.shape}`" in text
        assert f"`{row.category}`" in text


def test_shared_material_is_not_in_the_tree() -> None:
    assert not (ROOT / "shared").exists()
