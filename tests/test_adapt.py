"""A campaign in words the model never saw, taught from ten labelled documents."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from spamguard import SpamGuard
from spamguard.cli import main
from spamguard.train import adapt
from spamguard.train.corpus import load

from .conftest import DATA

SYLLABLES = [
    "zor", "vex", "qui", "lum", "pra", "dax", "fel", "nim", "kro", "zul",
    "bix", "wem", "tak", "oru", "pex", "jil", "vorn", "sket", "mup", "yaz",
]  # fmt: skip


def campaign(count: int, seed: int) -> list[dict[str, object]]:
    """Articles with a line of made-up words at their end; all share the words."""
    words = ["".join(random.Random(n).choices(SYLLABLES, k=2 + n % 2)) for n in range(60)]
    rng = random.Random(seed)
    news = load([DATA], "dev").news
    rows: list[dict[str, object]] = []
    for _ in range(count):
        article = rng.choice(news).text
        line = " ".join(rng.choices(words, k=rng.randint(12, 40))).capitalize() + "."
        text = f"{article}\n\n{line}"
        spans = [{"start": len(article) + 2, "end": len(text), "label": "other"}]
        rows.append({"text": text, "spans": spans, "lang": "en", "kind": "tail"})
    return rows


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_ten_labels_find_the_rest_of_the_campaign(tmp_path: Path, guard: SpamGuard) -> None:
    labels, out = write(tmp_path / "labels.jsonl", campaign(10, 1)), tmp_path / "model"
    assert main(["train", "--from", "default", "--labels", str(labels), "--corpus", str(DATA), "--out", str(out)]) == 0
    taught = SpamGuard(out)
    assert taught.threshold == guard.threshold
    others = [str(row["text"]) for row in campaign(50, 2)]
    before = sum(result.verdict != "clean" for result in guard.clean_many(others))
    after = sum(result.verdict != "clean" for result in taught.clean_many(others))
    assert before <= 10
    assert after >= 45
    clean = [row.text for row in load([DATA], "dev").news]
    assert [r.text for r in taught.clean_many(clean)] == [r.text for r in guard.clean_many(clean)]


def test_a_model_that_got_worse_is_not_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {"clean": 100, "clean touched": 1, "documents": 50, "found": 45, "found share": 0.9, "F1": 0.9}
    checks = iter([row, row | {"clean touched": 2, "F1": 0.8}] * 2)
    monkeypatch.setattr(adapt, "_check", lambda *_: next(checks))
    arguments = ["train", "--from", "default", "--labels", str(write(tmp_path / "labels.jsonl", campaign(2, 1)))]
    arguments += ["--corpus", str(DATA), "--out", str(tmp_path / "model")]
    assert main(arguments) == 2
    assert "worse on F1, clean touched: not written" in capsys.readouterr().err
    assert not (tmp_path / "model").exists()
    assert main([*arguments, "--force"]) == 0
    assert (tmp_path / "model" / "model.json").exists()


def test_nothing_to_learn_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = write(tmp_path / "labels.jsonl", [{"text": "News only.", "spans": [], "lang": "en"}])
    arguments = ["train", "--from", "default", "--corpus", str(DATA), "--out", str(tmp_path / "model")]
    assert main([*arguments, "--labels", str(labels)]) == 2
    assert "nothing to learn" in capsys.readouterr().err
    assert main(arguments) == 2
    assert "go together" in capsys.readouterr().err
