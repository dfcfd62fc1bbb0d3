"""JSON lines: no row is lost, broken ones are named."""

from __future__ import annotations

import io
import json

from spamguard import SpamGuard
from spamguard.io.jsonl import clean_jsonl


def run(guard: SpamGuard, lines: list[bytes], **options: str) -> tuple[list[dict], list[dict], object]:
    output, errors = io.StringIO(), io.StringIO()
    tally = clean_jsonl(lines, output, errors, guard, name="in.jsonl", **options)  # type: ignore[arg-type]
    parse = lambda stream: [json.loads(line) for line in stream.getvalue().splitlines()]  # noqa: E731
    return parse(output), parse(errors), tally


def test_fields_stay_and_a_report_is_added(guard: SpamGuard, contaminated: str) -> None:
    row = {"id": 7, "text": contaminated, "meta": {"lang": "en"}}
    rows, errors, tally = run(guard, [json.dumps(row).encode()])
    assert errors == []
    assert rows[0]["id"] == 7
    assert rows[0]["meta"] == {"lang": "en"}
    assert rows[0]["text"] == guard.clean(contaminated).text
    assert rows[0]["spamguard"]["verdict"] == "trimmed"
    assert tally.verdicts == {"trimmed": 1}  # type: ignore[attr-defined]


def test_broken_rows_are_kept_and_named(guard: SpamGuard) -> None:
    lines = [
        b'\xef\xbb\xbf{"text": "fine"}\n',
        b'{"text": "broken\n',
        b"\n",
        b'{"body": "no such field"}\n',
        b'{"text": 5}\n',
        b'{"text": null}\n',
        b'{"text": "\xff"}\n',
        b"[" * 100_000 + b"\n",
        b'{"text": "a", "score": 1e999}\n',
        b'{"text": "last"}\n',
    ]
    rows, errors, tally = run(guard, lines)
    assert [row["text"] for row in rows] == ["fine", None, "last"]
    assert [problem["row"] for problem in errors] == [2, 4, 5, 7, 8, 9]
    assert all(problem["file"] == "in.jsonl" and problem["reason"] and problem["line"] for problem in errors)
    assert "no field 'text'" in errors[1]["reason"]
    assert tally.errors == 6  # type: ignore[attr-defined]


def test_nested_fields(guard: SpamGuard) -> None:
    rows, errors, _ = run(guard, [b'{"doc": {"body": "All quiet."}}'], text_field="doc.body")
    assert errors == []
    assert rows[0]["doc"]["body"] == "All quiet."


def test_lone_surrogates_and_nul_come_through(guard: SpamGuard) -> None:
    rows, errors, _ = run(guard, [rb'{"text": "a \ud800 b \u0000 c"}'])
    assert errors == []
    assert rows[0]["text"] == "a \ud800 b \x00 c"
