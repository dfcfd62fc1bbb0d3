"""The command line, as a user calls it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from spamguard import SpamGuard, __version__
from spamguard.cli import FAILED, OK, SOME_ROWS_FAILED, main


def call(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "spamguard", *arguments], input=stdin, capture_output=True, check=False)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"spamguard {__version__}\n"


def test_inspect_shows_cut_and_reasons(tmp_path: Path, contaminated: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "page.txt"
    path.write_text(contaminated, encoding="utf-8")
    assert main(["inspect", str(path)]) == OK
    shown = capsys.readouterr().out
    assert shown.startswith("trimmed: ")
    assert "[-" in shown
    assert "gambling" in shown
    assert main(["inspect", "--json", str(path)]) == OK
    report = json.loads(capsys.readouterr().out)
    assert report["verdict"] == "trimmed"


def test_clean_a_text_file(tmp_path: Path, guard: SpamGuard, contaminated: str) -> None:
    path, out = tmp_path / "page.txt", tmp_path / "clean.txt"
    path.write_text(contaminated, encoding="utf-8")
    assert main(["clean", str(path), "--out", str(out)]) == OK
    assert out.read_text(encoding="utf-8") == guard.clean(contaminated).text
    assert not (tmp_path / "clean.txt.part").exists()


def test_clean_standard_input_byte_for_byte() -> None:
    text = "Line one.\r\nLine two, with a tab\tand no end"
    done = call("clean", "-", stdin=text.encode())
    assert done.returncode == OK
    assert done.stdout == text.encode()


def test_clean_json_lines(tmp_path: Path, contaminated: str) -> None:
    path, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    path.write_text(json.dumps({"text": contaminated}) + '\n{"broken\n{"other": 1}\n{"text": "Fine."}\n', encoding="utf-8")
    assert main(["clean", str(path), "--out", str(out)]) == SOME_ROWS_FAILED
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [row["spamguard"]["verdict"] for row in rows] == ["trimmed", "clean"]
    errors = [json.loads(line) for line in (tmp_path / "out.jsonl.errors.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(Path(problem["file"]).name, problem["row"]) for problem in errors] == [("in.jsonl", 2), ("in.jsonl", 3)]


def test_no_errors_file_without_errors(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('{"body": "Fine."}\n', encoding="utf-8")
    assert main(["clean", str(path), "--field", "body", "--out", str(tmp_path / "out.jsonl")]) == OK
    assert sorted(file.name for file in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["inspect", "no-such-file.txt"], "no-such-file.txt"),
        (["inspect", "--model", "no-such-model", __file__], "no model 'no-such-model'"),
        (["inspect", "--threshold", "loose", __file__], "strict"),
        (["evaluate"], "--gold"),
        (["train", "--corpus", "no-such-folder", "--out", "x"], "no such folder"),
    ],
)
def test_errors_are_one_line_with_a_remedy(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == FAILED
    problem = capsys.readouterr().err
    assert message in problem
    assert problem.count("\n") == 1


def test_escape_sequences_of_a_text_do_not_reach_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "page.txt"
    path.write_text("slot gacor hari ini \x1b[2J daftar depo4dtoto.net bonus slot88", encoding="utf-8")
    assert main(["inspect", "--where", "head,body,tail", str(path)]) == OK
    assert "\x1b" not in capsys.readouterr().out


def test_a_file_that_is_not_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "latin1.txt"
    path.write_bytes("café".encode("latin-1"))
    assert main(["inspect", str(path)]) == FAILED
    assert "not UTF-8" in capsys.readouterr().err
