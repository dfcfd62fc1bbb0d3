"""The threshold for a user's own texts, and what so many texts can prove."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from spamguard.cli import main
from spamguard.errors import DataError
from spamguard.train.calibrate import choose, texts_needed, upper_bounds

from .conftest import DATA


def test_bounds_are_the_textbook_ones() -> None:
    bounds = upper_bounds(1000, 0.95)
    assert bounds[0] == pytest.approx(0.002991, abs=1e-6)  # the rule of three
    assert bounds[3] == pytest.approx(0.007736, abs=1e-5)
    assert np.all(np.diff(bounds) > 0)


def test_the_lowest_threshold_that_keeps_the_rate() -> None:
    worst = np.zeros(10_000)
    worst[:20] = np.linspace(0.99, 0.5, 20)
    choice = choose(worst, 0.001)
    assert choice.touched == int((worst >= choice.threshold).sum())
    assert choice.bound <= 0.001
    one_more = upper_bounds(10_000, 0.95)[choice.touched + 1]
    assert one_more > 0.001


def test_too_few_texts_say_how_many_it_takes() -> None:
    with pytest.raises(DataError, match=f"give {texts_needed(0.001, 0.95)} or more"):
        choose(np.zeros(100), 0.001)
    assert choose(np.zeros(texts_needed(0.001, 0.95)), 0.001).touched == 0


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "choice.json"
    files = [str(path) for path in sorted((DATA / "news" / "train").glob("*.jsonl"))]
    assert main(["calibrate", "--clean", *files, "--rate", "0.1", "--out", str(out)]) == 0
    choice = json.loads(out.read_text())
    assert choice["bound"] <= 0.1
    assert f"threshold {choice['threshold']:.4f}" in capsys.readouterr().out
    assert main(["calibrate", "--clean", *files, "--rate", "0.00001"]) == 2
    assert "or more" in capsys.readouterr().err
