"""Every command and snippet of the README runs, in order, in a copy of the project's data."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from spamguard.classify import MODELS
from spamguard.cli import main
from spamguard.report.figures import markdown

from .conftest import DATA, ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.S)
SETUP = [
    "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/spamguard inspect data/samples/contaminated.txt",
    "python3 -m venv .venv && .venv/bin/pip install '.[test]' && .venv/bin/python -m pytest",
]
ENGINE = re.compile(r"^from spamguard\.engines\.(\w+) import", re.M)
PYTHON = [code for kind, code in BLOCKS if kind == "python" and not ENGINE.search(code)]  # the others: in tests/engines
SHELL = [line.split("  #")[0].strip() for kind, code in BLOCKS if kind == "sh" for line in code.splitlines() if line.strip()]


def test_the_two_commands_stand_as_promised() -> None:
    assert SHELL[:2] == SETUP  # run by the gate, each in a fresh clone
    assert README.count("python3 -m venv") == 2


@pytest.mark.parametrize("code", PYTHON, ids=range(len(PYTHON)))
def test_python_snippets_run(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    exec(compile(code, "README.md", "exec"), {})


def test_shell_commands_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, s3: Any, contaminated: str) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shutil.copytree(DATA, tmp_path / "data")
    article = json.dumps({"text": contaminated}).encode()
    s3.mkdir("news")
    s3.pipe_file("news/in/a.jsonl", article)
    script = "\n".join(
        line.replace("spamguard ", "python -m spamguard ", 1) if line.startswith("spamguard") else line for line in SHELL[2:]
    )
    script = script.replace("| spamguard", "| python -m spamguard").replace("python -m", f"'{sys.executable}' -m")
    done = subprocess.run(["bash", "-euc", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "clean.txt").read_text(encoding="utf-8").rstrip().endswith("regional press fund.")
    assert (tmp_path / "my-model" / "card.md").is_file()
    assert [path.name for path in (tmp_path / "cache" / "spamguard").rglob("*.jsonl")] == []  # all is sent
    s3.invalidate_cache()
    assert b'"trimmed"' in s3.cat_file("news/cleaned/a.jsonl")
    assert s3.cat_file("news/originals/a.jsonl") == article


def test_the_shown_report_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    shown = re.search(r"<!-- inspect -->\n```text\n(.*?)```", README, re.S)
    assert shown
    assert main(["inspect", str(DATA / "samples" / "contaminated.txt")]) == 0
    printed = capsys.readouterr().out
    assert shown.group(1).strip() == printed.strip()


def test_the_figures_are_the_measured_ones() -> None:
    tables = json.loads((MODELS / "default" / "evaluation.json").read_text(encoding="utf-8"))["tables"]
    shown = re.search(r"<!-- figures -->\n(.*?)<!-- end -->", README, re.S)
    assert shown
    assert shown.group(1).strip() == markdown(tables) != ""


def test_the_datasheet_command_runs(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "spamguard.train.counts", str(DATA)], capture_output=True, text=True, check=True
    )
    assert "spam by category" in done.stdout
