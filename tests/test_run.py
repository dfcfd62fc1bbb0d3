"""Runs over files: what is written, counted and told; bad input costs what is bad and nothing else."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from spamguard import SpamGuard
from spamguard.cli import FAILED, OK, SOME_ROWS_FAILED, main
from spamguard.errors import DataError, SpamguardError
from spamguard.io.guardrail import CutLimitError
from spamguard.io.options import Options
from spamguard.io.restore import restore
from spamguard.io.rows import Fields
from spamguard.io.run import clean_files
from spamguard.io.tally import Tally

from .files import PACK, Scissors, cleaned_apart, held, jsonl, parquet, plain, rows_of, table

ROWS = [{"id": number, "text": f"Document number {number} has some words to cut from."} for number in range(40)]


def run(folder: Path, *inputs: str, told: list[str] | None = None, **options: Any) -> Tally:
    told = [] if told is None else told
    given = [str(folder / name) for name in inputs or ("in",)]
    return clean_files(given, str(folder / "out") + "/", Scissors(), Options(**options), told.append)


def write(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_folders_patterns_and_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "a.jsonl",
        "sub/b.jsonl",
        "sub/deep/c.jsonl.gz",
        "sub/.hidden.jsonl",
        "sub/notes.md",
        "a.jsonl.errors.jsonl",
    ):
        write(tmp_path / "in" / name, PACK[".gz"](jsonl(ROWS[:2])) if name.endswith("gz") else jsonl(ROWS[:2]))
    monkeypatch.chdir(tmp_path)
    for given, names in (
        (["in"], ["a.jsonl", "sub/b.jsonl", "sub/deep/c.jsonl.gz"]),
        (["in/**/*.jsonl"], ["a.jsonl", "sub/b.jsonl"]),
        (["in/sub/*"], ["b.jsonl", "notes.md"]),
        (["in/a.jsonl", "in/sub/../sub/b.jsonl", "in/a.jsonl"], ["a.jsonl", "sub/b.jsonl"]),
    ):
        out = "-".join(names).replace("/", "_")
        clean_files(given, out, Scissors(), Options())
        assert sorted(held(tmp_path / out)) == sorted([*names, "summary.json"])
    for _ in range(2):  # what the first run wrote there is no input of the second
        clean_files(["in"], "in/out", Scissors(), Options(removed=Path("in/removed.jsonl")))
        assert len(rows_of(tmp_path / "in" / "removed.jsonl")) > 0
        assert sorted(held(tmp_path / "in" / "out")) == ["a.jsonl", "sub/b.jsonl", "sub/deep/c.jsonl.gz", "summary.json"]
    write(tmp_path / "other" / "a.jsonl", jsonl(ROWS[:1]))
    clean_files(["in/a.jsonl", "other/a.jsonl"], "both", Scissors(), Options())
    assert sorted(held(tmp_path / "both")) == ["in/a.jsonl", "other/a.jsonl", "summary.json"]


@pytest.mark.parametrize(
    ("inputs", "out", "message"),
    [
        (["in"], "in", "folder of their own"),
        (["in/a.jsonl"], "in/a.jsonl", "folder of their own"),
        (["in/a.jsonl"], "x.csv", "keeps the format"),
        (["in", "in/p.parquet"], None, "share standard output"),
        (["in/p.parquet"], None, "Parquet cannot"),
        (["in/*.xml"], "x", "no file matches"),
        (["empty"], "x", "no file of a known format"),
        (["in/none.jsonl"], "x", "No such file"),
        (["in/p.parquet.gz"], "x", "compressed inside"),
        (["in/other.csv"], "x", "no column text in the header"),
    ],
)
def test_what_cannot_be_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inputs: list[str], out: str | None, message: str
) -> None:
    write(tmp_path / "in" / "a.jsonl", jsonl(ROWS))
    parquet(ROWS, tmp_path / "in" / "p.parquet")
    write(tmp_path / "in" / "p.parquet.gz", b"")
    write(tmp_path / "in" / "other.csv", b"body,id\r\n")
    (tmp_path / "empty").mkdir()
    before = held(tmp_path / "in")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=message):
        clean_files(inputs, out, Scissors(), Options())
    assert held(tmp_path / "in") == before
    assert not (tmp_path / "x").exists() or not any((tmp_path / "x").iterdir())


def test_broken_rows_are_left_out_kept_or_stop_the_run(tmp_path: Path) -> None:
    data = jsonl(ROWS[:3]) + b'{"broken\n' + b'{"text": "\xff"}\n' + jsonl(ROWS[3:5])
    write(tmp_path / "in" / "a.jsonl", data)
    for on_error, rows in (("skip", 5), ("keep", 7)):
        told: list[str] = []
        tally = run(tmp_path, on_error=on_error, removed=tmp_path / "removed.jsonl", told=told)
        assert tally.errors == 2
        assert plain(tmp_path / "out" / "a.jsonl").count(b"\n") == rows
        problems = rows_of(tmp_path / "out" / "a.jsonl.errors.jsonl")
        assert [(problem["row"], problem["line"]) for problem in problems] == [(4, '{"broken'), (5, '{"text": "\\xff"}')]
        assert "a.jsonl, row 4: " in told[0]
        restore(tmp_path / "out", tmp_path / "removed.jsonl", tmp_path / "back")
        assert (tmp_path / "back" / "a.jsonl").read_bytes() == data
    with pytest.raises(DataError, match=r"a\.jsonl, row 4: .*--on-error stop"):
        run(tmp_path, on_error="stop")


def test_errors_of_an_earlier_run_do_not_stay(tmp_path: Path) -> None:
    path = write(tmp_path / "in" / "a.jsonl", b"broken\n")
    run(tmp_path)
    assert (tmp_path / "out" / "a.jsonl.errors.jsonl").exists()
    path.write_bytes(jsonl(ROWS[:1]))
    run(tmp_path)
    assert sorted(held(tmp_path / "out")) == ["a.jsonl", "summary.json"]


def test_reports_beside_or_only(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.jsonl", jsonl(ROWS))
    write(tmp_path / "in" / "t.txt", b"A page of text, long enough to be cut.")
    run(tmp_path, report="beside", fields=Fields(id="id"))
    lines = zip(
        (tmp_path / "in" / "a.jsonl").read_bytes().splitlines(),
        plain(tmp_path / "out" / "a.jsonl").splitlines(),
        strict=True,
    )
    reports = rows_of(tmp_path / "out" / "a.jsonl.spamguard.jsonl")
    assert [report["id"] for report in reports] == [str(row["id"]) for row in ROWS]
    for (before, after), report in zip(lines, reports, strict=True):
        assert (before == after) == (report["verdict"] == "clean")
    beside = {name: data for name, data in held(tmp_path / "out").items() if "spamguard" in name}
    assert len(beside) == 2
    clean_files([str(tmp_path / "in")], str(tmp_path / "only"), Scissors(), Options(report="only", fields=Fields(id="id")))
    only = held(tmp_path / "only")
    del only["summary.json"]
    assert only == beside


def test_a_dry_run_writes_nothing_and_counts_the_same(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.jsonl", jsonl(ROWS) + b"broken\n")
    tally = run(tmp_path, dry_run=True)
    assert not (tmp_path / "out").exists()
    assert tally == run(tmp_path)


def test_a_sample_is_the_first_documents_of_each_file(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.jsonl", jsonl(ROWS))
    write(tmp_path / "in" / "b.jsonl", jsonl(ROWS[5:8]))
    assert run(tmp_path, sample=5).documents == 8
    assert [row["id"] for row in rows_of(tmp_path / "out" / "a.jsonl")] == [0, 1, 2, 3, 4]


def test_the_summary_counts_labels_languages_and_domains(tmp_path: Path, guard: SpamGuard, contaminated: str) -> None:
    rows = [
        {"text": contaminated, "language": "en", "url": "https://www.spammed.example/1"},
        {"text": "All quiet.", "language": "en", "url": "https://clean.example/2"},
        {"text": "Alles ruhig.", "language": "de", "url": "https://clean.example/3"},
        {"text": None},
    ]
    write(tmp_path / "in" / "a.jsonl", jsonl(rows))
    tally = clean_files([str(tmp_path / "in")], str(tmp_path / "out"), guard, Options())
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    cut = len(contaminated) - len(guard.clean(contaminated).text)
    assert summary["verdicts"] == {"clean": 2, "trimmed": 1, "missing": 1}
    assert summary["documents"] == 3
    assert summary["characters_cut"] == cut
    assert summary["labels"] == {"gambling": len(guard.clean(contaminated).spans)}
    assert summary["languages"]["en"] == {"documents": 2, "touched": 1, "characters_cut": cut}
    assert summary["domains"]["spammed.example"] == {"documents": 1, "touched": 1, "characters_cut": cut}
    assert summary["domains"]["clean.example"]["documents"] == 2
    assert "by domain: spammed.example 1 of 1" in str(tally)


def test_the_guard_rail_stops_the_run_and_shows_the_worst(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.jsonl", jsonl(ROWS))
    with pytest.raises(CutLimitError, match=r"--max-cut 0.05: .* of 40 documents") as stopped:
        run(tmp_path, max_cut=0.05)
    assert str(stopped.value).count("a.jsonl, row ") == 5
    assert held(tmp_path / "out").keys() == {".a.jsonl.part"}
    run(tmp_path, max_cut=1, resume=True)
    resumed = held(tmp_path / "out")
    run(tmp_path)
    assert held(tmp_path / "out") == resumed


@pytest.mark.parametrize("suffix", [suffix for suffix in PACK if suffix])
def test_a_compressed_file_that_is_cut_short(tmp_path: Path, suffix: str) -> None:
    rows = [{"id": n, "text": "".join(chr(97 + (n * i * i + i) % 26) for i in range(400))} for n in range(3000)]
    packed = PACK[suffix](jsonl(rows))
    write(tmp_path / "in" / f"a.jsonl{suffix}", packed[: len(packed) * 9 // 10])
    write(tmp_path / "in" / "b.jsonl", jsonl(ROWS))
    told: list[str] = []
    run(tmp_path, told=told)
    problems = rows_of(tmp_path / "out" / f"a.jsonl{suffix}.errors.jsonl")
    assert "cut short or damaged" in problems[-1]["reason"]
    assert "fetch it again" in problems[-1]["reason"]
    assert any("cut short" in message and f"a.jsonl{suffix}" in message for message in told)
    kept = [row["id"] for row in rows_of(tmp_path / "out" / f"a.jsonl{suffix}")]
    assert kept == list(range(len(kept)))
    assert len(kept) > 100
    assert len(rows_of(tmp_path / "out" / "b.jsonl")) == len(ROWS)


def test_a_csv_that_is_cut_short_inside_a_cell(tmp_path: Path) -> None:
    text = "".join(chr(97 + (i * i * i + i // 7) % 26) for i in range(60_000)) + "\n"
    packed = gzip.compress(table([{"text": "Whole."}, {"text": text * 3}]))
    write(tmp_path / "in" / "a.csv.gz", packed[: len(packed) // 2])
    write(tmp_path / "in" / "b.csv.gz", packed[:5])
    run(tmp_path)
    stray, short = rows_of(tmp_path / "out" / "a.csv.gz.errors.jsonl")
    assert "quotation marks" in stray["reason"]
    assert "cut short" in short["reason"]
    assert "cut short" in rows_of(tmp_path / "out" / "b.csv.gz.errors.jsonl")[0]["reason"]
    assert plain(tmp_path / "out" / "a.csv.gz").startswith(b"text,spamguard\r\n")


def test_an_input_that_became_unreadable_leaves_the_earlier_output(tmp_path: Path) -> None:
    for name in ("a.jsonl.gz", "b.jsonl.gz"):
        write(tmp_path / "in" / name, gzip.compress(jsonl(ROWS)))
    run(tmp_path)
    before = held(tmp_path / "out")
    write(tmp_path / "in" / "a.jsonl.gz", b"nothing")
    assert run(tmp_path).errors == 1
    assert held(tmp_path / "out").items() >= {name: before[name] for name in ("a.jsonl.gz", "b.jsonl.gz")}.items()


def test_what_is_no_compressed_file(tmp_path: Path) -> None:
    for suffix in PACK:
        write(tmp_path / "in" / f"a.jsonl{suffix}", jsonl(ROWS))
    assert run(tmp_path).errors == len(PACK) - 1
    assert sum(name.endswith(".errors.jsonl") for name in held(tmp_path / "out")) == len(PACK) - 1


def test_a_parquet_file_that_is_cut_short_or_lacks_the_column(tmp_path: Path) -> None:
    parquet(ROWS, tmp_path / "in" / "a.parquet")
    whole = (tmp_path / "in" / "a.parquet").read_bytes()
    write(tmp_path / "in" / "short.parquet", whole[:-100])
    write(tmp_path / "in" / "bent.parquet", whole[:50] + b"\xff" * 300 + whole[350:])
    parquet([{"body": "a"}], tmp_path / "in" / "other.parquet")
    parquet([{"text": 5}], tmp_path / "in" / "number.parquet")
    tally = run(tmp_path)
    reasons = {path.name.split(".")[0]: rows_of(path)[-1]["reason"] for path in (tmp_path / "out").glob("*.errors.jsonl")}
    assert "not a whole Parquet file" in reasons["short"]
    assert "no column 'text'; it has ['body']" in reasons["other"]
    assert "holds int64, wanted strings" in reasons["number"]
    assert tally.errors == len(reasons) == 4
    assert [path.name for path in sorted((tmp_path / "out").glob("*.parquet"))] == ["a.parquet"]


def test_parquet_strings_that_are_not_utf_8(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow.parquet import read_table, write_table

    texts = pa.array([b"Fine, and long enough to be cut.", b"caf\xe9", None]).view(pa.string())
    (tmp_path / "in").mkdir()
    write_table(pa.table({"text": texts}), tmp_path / "in" / "a.parquet")
    for on_error, rows in (("skip", 2), ("keep", 3)):
        run(tmp_path, on_error=on_error, removed=tmp_path / "removed.jsonl")
        assert read_table(tmp_path / "out" / "a.parquet").num_rows == rows
        assert "not UTF-8" in rows_of(tmp_path / "out" / "a.parquet.errors.jsonl")[0]["reason"]
        assert restore(tmp_path / "out", tmp_path / "removed.jsonl", tmp_path / "back") == (1, 0)
        assert held(tmp_path / "back") == held(tmp_path / "in")


def test_mixed_encodings_and_duplicate_ids(tmp_path: Path) -> None:
    rows = [{"id": 1, "text": "naïve"}, {"id": 2, "text": "naïve"}, {"id": 1, "text": "again"}]
    latin = json.dumps(rows[1], ensure_ascii=False).encode("latin-1") + b"\n"
    write(tmp_path / "in" / "a.jsonl", jsonl(rows[:1]) + latin + jsonl(rows[2:]))
    write(tmp_path / "in" / "wide.jsonl", jsonl(rows).decode().encode("utf-16"))
    write(tmp_path / "in" / "latin.txt", "café".encode("latin-1"))
    run(tmp_path, fields=Fields(id="id"))
    encoding, duplicate = rows_of(tmp_path / "out" / "a.jsonl.errors.jsonl")
    assert encoding["row"] == 2
    assert "not UTF-8" in encoding["reason"]
    assert duplicate["row"] == 3
    assert "'1' stood in row 1" in duplicate["reason"]
    assert len(rows_of(tmp_path / "out" / "a.jsonl")) == 2
    assert "iconv" in rows_of(tmp_path / "out" / "wide.jsonl.errors.jsonl")[0]["reason"]
    assert "iconv" in rows_of(tmp_path / "out" / "latin.txt.errors.jsonl")[0]["reason"]


def test_a_row_of_100_mb_is_named_and_memory_stays_bounded(tmp_path: Path) -> None:
    row = b'{"text": "' + b"long " * 20_000_000 + b'"}\n'
    write(tmp_path / "in" / "a.jsonl", jsonl(ROWS[:3]) + row + jsonl(ROWS[3:]))
    exit_code, megabytes, messages = cleaned_apart(tmp_path / "in", "--removed", str(tmp_path / "removed.jsonl"))
    assert exit_code == SOME_ROWS_FAILED
    assert megabytes < 300
    assert "row 4: the row is longer than" in messages
    assert "split the document" in messages
    assert len(rows_of(tmp_path / "out" / "a.jsonl")) == len(ROWS)
    restore(tmp_path / "out", tmp_path / "removed.jsonl", tmp_path / "back")
    assert (tmp_path / "back" / "a.jsonl").read_bytes() == (tmp_path / "in" / "a.jsonl").read_bytes()


def test_restore_refuses_what_is_not_as_it_was_written(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.jsonl", jsonl(ROWS))
    write(tmp_path / "in" / "b.jsonl", jsonl(ROWS))
    run(tmp_path, removed=tmp_path / "removed.jsonl")
    path = tmp_path / "out" / "a.jsonl"
    path.write_bytes(path.read_bytes().replace(b"words", b"WORDS", 1))
    told: list[str] = []
    assert restore(tmp_path / "out", tmp_path / "removed.jsonl", tmp_path / "back", told.append) == (1, 1)
    assert "is not as spamguard wrote it" in told[0]
    assert held(tmp_path / "back").keys() == {"b.jsonl"}


def test_every_removed_stretch_is_kept_with_its_document_and_offsets(
    tmp_path: Path, guard: SpamGuard, contaminated: str
) -> None:
    write(tmp_path / "in" / "a.jsonl", jsonl([{"id": "x", "text": contaminated}]))
    options = Options(removed=tmp_path / "removed.jsonl", fields=Fields(id="id"))
    clean_files([str(tmp_path / "in")], str(tmp_path / "out"), guard, options)
    cuts = [line for line in rows_of(tmp_path / "removed.jsonl") if "start" in line]
    spans = guard.clean(contaminated).spans
    assert [(cut["start"], cut["end"], cut["label"]) for cut in cuts] == [
        (span.start, span.end, span.label) for span in spans
    ]
    assert all(cut["text"] == contaminated[cut["start"] : cut["end"]] for cut in cuts)
    assert {(cut["file"], cut["row"], cut["id"]) for cut in cuts} == {("a.jsonl", 1, "x")}


def test_the_commands(tmp_path: Path, contaminated: str, capsys: pytest.CaptureFixture[str]) -> None:
    write(
        tmp_path / "in" / "a.csv.gz", gzip.compress(b'body,n\r\n"' + contaminated.replace('"', '""').encode() + b'",1\r\n')
    )
    clean = ["clean", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--field", "body"]
    removed = ["--removed", str(tmp_path / "removed.jsonl")]
    assert main([*clean, "--dry-run"]) == OK
    assert main([*clean, "--max-cut", "0.01"]) == FAILED
    assert main([*clean, *removed, "--workers", "1", "--threshold", "balanced"]) == OK
    assert main([*clean, *removed, "--resume"]) == OK
    told = capsys.readouterr().err
    assert "stopped by --max-cut 0.01" in told
    assert "1 trimmed" in told
    assert "nothing is left to do" in told
    assert main(["restore", str(tmp_path / "out"), *removed, "--out", str(tmp_path / "back")]) == OK
    assert held(tmp_path / "back") == held(tmp_path / "in")
    assert main(["restore", str(tmp_path / "out"), "--removed", "none.jsonl", "--out", str(tmp_path / "back")]) == FAILED


def test_a_field_makes_json_lines_of_a_nameless_input_only(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.csv", b"body,n\r\nfine,1\r\n")
    write(tmp_path / "in" / "rows", b'{"body": "fine"}\n')
    assert main(["clean", str(tmp_path / "in" / "*"), "--field", "body", "--out", str(tmp_path / "out")]) == OK
    assert all(b"verdict" in plain(tmp_path / "out" / name) for name in ("a.csv", "rows"))


def test_standard_input_of_any_format(tmp_path: Path) -> None:
    for kind, data in (("csv", b"text,n\r\nfine,1\r\n"), ("jsonl", b'{"text": "fine"}\n'), ("text", b"fine")):
        done = subprocess.run(
            [sys.executable, "-m", "spamguard", "clean", "-", "--format", kind, "--report-beside", "--out", tmp_path / kind],
            input=data, capture_output=True, check=True,
        )  # fmt: skip
        assert done.stdout == b""
        cleaned = [path for path in (tmp_path / kind).iterdir() if path.name.split(".")[0] == "standard-input"]
        assert data in [path.read_bytes() for path in cleaned]


def test_reports_of_one_file_go_where_they_are_asked_for(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    parquet(ROWS, tmp_path / "a.parquet")
    only = Options(report="only")
    clean_files([str(tmp_path / "a.parquet")], str(tmp_path / "report.jsonl"), Scissors(), only)
    clean_files([str(tmp_path / "a.parquet")], None, Scissors(), only)
    assert capfdbinary.readouterr().out == (tmp_path / "report.jsonl").read_bytes()
    assert len(rows_of(tmp_path / "report.jsonl")) == len(ROWS)


@pytest.mark.parametrize(("name", "module"), [("a.jsonl.zst", "zstandard"), ("a.parquet", "pyarrow")])
def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, module: str) -> None:
    write(tmp_path / name, b"anything")
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SpamguardError, match=rf"needs {module}: pip install 'spamguard\["):
        run(tmp_path, name)


def test_progress_on_a_terminal_and_quiet_in_a_pipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "in" / "a.jsonl", jsonl(ROWS))
    clean = ["clean", str(tmp_path / "in"), "--out", str(tmp_path / "out")]
    assert main(clean) == OK
    assert "it/s" not in (quiet := capsys.readouterr().err)
    assert "documents/s" in quiet
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main(clean) == OK
    shown = capsys.readouterr().err
    assert "100%" in shown
    assert "B/s" in shown
    assert " cut" in shown
