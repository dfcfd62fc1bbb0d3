"""The yardstick itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spamguard import Result, SpamGuard, Span
from spamguard.cli import main
from spamguard.errors import CorpusError
from spamguard.train.compose import Document
from spamguard.train.evaluate import clean_row, compare, format_tables, outcomes, read_gold, report, spam_row

DOCUMENT = Document("News here. SPAM SPAM", ((11, 20, "loan"),), "en", "tail", "en", "loan", "anchor", "x")


def cut(start: int, end: int, label: str = "loan") -> Result:
    return Result(DOCUMENT.text, (Span(start, end, label, 0.9, ()),))


def test_characters_are_counted_without_white_space() -> None:
    outcome = compare(DOCUMENT, cut(10, 20))
    assert (outcome.true, outcome.cut, outcome.both) == (8, 8, 8)
    assert outcome.exact
    assert outcome.found
    assert outcome.label_right


def test_a_cut_that_is_off() -> None:
    outcome = compare(DOCUMENT, cut(5, 15, "crypto"))
    assert (outcome.true, outcome.cut, outcome.both) == (8, 9, 4)
    assert not outcome.exact
    assert outcome.found
    assert not outcome.label_right
    assert not compare(DOCUMENT, Result(DOCUMENT.text)).found


def test_rows_hold_counts_beside_rates() -> None:
    row = spam_row([compare(DOCUMENT, cut(10, 20)), compare(DOCUMENT, Result(DOCUMENT.text))])
    assert (row["documents"], row["found"], row["found share"]) == (2, 1, 0.5)
    assert (row["precision"], row["recall"]) == (1.0, 0.5)
    clean = Document("Fine.", (), "en", "news")
    row = clean_row([compare(clean, Result("Fine."))] * 300)
    assert (row["documents"], row["touched"]) == (300, 0)
    assert row["upper bound"] == pytest.approx(99.4, abs=0.1)  # 1 - 0.05 ** (1 / 300)


def test_tables_and_gold_files(
    tmp_path: Path, guard: SpamGuard, contaminated: str, capsys: pytest.CaptureFixture[str]
) -> None:
    start = contaminated.index("Leave a Reply")
    gold = tmp_path / "gold.jsonl"
    rows = [
        {"text": contaminated, "lang": "en", "kind": "tail", "spans": [{"start": start, "end": len(contaminated.rstrip())}]},
        {"text": contaminated[:start].rstrip(), "lang": "en", "kind": "news", "spans": []},
    ]
    gold.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    out = tmp_path / "tables.json"
    assert main(["evaluate", "--gold", str(gold), "--out", str(out), "--least", "1"]) == 0
    assert "first cut exact" in capsys.readouterr().out
    tables = json.loads(out.read_text(encoding="utf-8"))["tables"]["gold.jsonl"]
    assert tables["contaminated"]["all"]["found"] == 1
    assert tables["contaminated"]["all"]["F1"] == 1.0
    assert tables["clean"]["all"]["touched"] == 0
    assert "placement tail" in format_tables(report(outcomes(guard, read_gold(gold))))


def test_a_span_outside_its_text_is_refused(tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    gold.write_text('{"text": "abc", "spans": [{"start": 1, "end": 9}]}\n')
    with pytest.raises(CorpusError, match="row 1: span 1-9"):
        read_gold(gold)
