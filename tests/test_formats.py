"""Each format: what is read, how a cut is made in its bytes, and what else stays as it was."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spamguard import SpamGuard
from spamguard.io.formats import FORMATS
from spamguard.io.jsonl import in_literal
from spamguard.io.options import Options
from spamguard.io.restore import restore
from spamguard.io.rows import Fields, Item, Row
from spamguard.io.run import clean_files

from .files import PACK, Scissors, corpus, held, jsonl, parquet, plain, rows_of, table

CALM = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXT = st.text(alphabet=st.one_of(st.sampled_from('",;\t\r\n\\ab😀é\u2028\x00'), st.characters(exclude_categories=["Cs"])))
TEXTS = st.lists(TEXT.map(lambda text: text.replace("\x00", "")), min_size=1, max_size=8)


def read(kind: str, data: bytes, fields: Fields = Fields(), report: bool = True) -> list[Row]:  # noqa: B008
    return list(FORMATS[kind](fields, report).rows(io.BytesIO(data)))


def round_trip(folder: Path, name: str, data: bytes, **options: object) -> Path:
    """Clean with the scissors and restore; returns the cleaned file."""
    (folder / "in").mkdir(exist_ok=True)
    (folder / "in" / name).write_bytes(data)
    settings = Options(removed=folder / "removed.jsonl", chunk_bytes=200, **options)  # type: ignore[arg-type]
    clean_files([str(folder / "in" / name)], str(folder / "out") + "/", Scissors(), settings)
    assert restore(folder / "out", folder / "removed.jsonl", folder / "back") == (1, 0)
    assert (folder / "back" / name).read_bytes() == data
    return folder / "out" / name


@CALM
@given(TEXTS)
def test_json_lines_lose_the_cut_and_nothing_else(tmp_path: Path, texts: list[str]) -> None:
    rows = [{"a": 1.50, "text": text, "z": {"text": "not this"}} for text in texts]
    cleaned = rows_of(round_trip(tmp_path, "in.jsonl", jsonl(rows)))
    for row, before in zip(cleaned, rows, strict=True):
        assert row.pop("spamguard") == Scissors().cut(before["text"]).to_dict()  # type: ignore[arg-type]
        assert row == {**before, "text": Scissors().cut(before["text"]).text}  # type: ignore[arg-type]


@CALM
@given(TEXTS, st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.sampled_from([*",;\t|"]))
def test_a_csv_loses_the_cut_and_nothing_else(tmp_path: Path, texts: list[str], quoting: int, delimiter: str) -> None:
    rows = [{"id": "7", "text": text, "note": 'a "b"\nc'} for text in texts]
    path = round_trip(tmp_path, "in.csv", table(rows, quoting=quoting, delimiter=delimiter))
    cleaned = list(csv.DictReader(io.StringIO(path.read_bytes().decode(), newline=""), delimiter=delimiter, strict=True))
    for row, before in zip(cleaned, rows, strict=True):
        assert json.loads(row.pop("spamguard")) == Scissors().cut(before["text"]).to_dict()
        assert row == {**before, "text": Scissors().cut(before["text"]).text}


@CALM
@given(TEXTS)
def test_a_csv_with_one_column(tmp_path: Path, texts: list[str]) -> None:
    path = round_trip(tmp_path, "in.csv", table([{"text": text} for text in texts]), report="beside")
    cleaned = list(csv.reader(io.StringIO(path.read_bytes().decode(), newline=""), strict=True))
    assert cleaned == [["text"], *([Scissors().cut(text).text] for text in texts)]


@CALM
@given(TEXT)
def test_a_text_loses_the_cut_and_nothing_else(tmp_path: Path, text: str) -> None:
    path = round_trip(tmp_path, "in.txt", text.encode())
    assert path.read_bytes() == Scissors().cut(text).text.encode()


@settings(CALM, max_examples=10)
@given(TEXTS)
def test_parquet_loses_the_cut_and_nothing_else(tmp_path: Path, texts: list[str]) -> None:
    from pyarrow.parquet import read_table

    rows = [{"id": number, "doc": {"text": text, "n": None}} for number, text in enumerate(texts)]
    parquet([*rows, {"id": None, "doc": None}], tmp_path / "made.parquet", row_group_size=3)
    data = (tmp_path / "made.parquet").read_bytes()
    cleaned = read_table(round_trip(tmp_path, "in.parquet", data, fields=Fields("doc.text"))).to_pylist()
    assert cleaned.pop() == {"id": None, "doc": None, "spamguard": None}
    for row, before in zip(cleaned, rows, strict=True):
        result = Scissors().cut(before["doc"]["text"])  # type: ignore[index]
        assert row.pop("spamguard") == result.to_dict()
        assert row == {"id": before["id"], "doc": {"text": result.text, "n": None}}


def test_every_format_and_compression_comes_back_byte_for_byte(tmp_path: Path, guard: SpamGuard, contaminated: str) -> None:
    corpus(tmp_path / "in", [contaminated, "All quiet.", 'He said "no", twice.\r\n', "", contaminated.replace("\n", "\r\n")])
    options = Options(removed=tmp_path / "removed.jsonl.gz", fields=Fields(id="id"), chunk_bytes=3000)
    tally = clean_files([str(tmp_path / "in")], str(tmp_path / "out"), guard, options)
    assert tally.errors == 0
    assert tally.labels["gambling"] >= 2 * 5 * len(PACK)
    restored, failed = restore(tmp_path / "out", tmp_path / "removed.jsonl.gz", tmp_path / "back")
    assert (restored, failed) == (7 * len(PACK) + 3, 0)
    assert held(tmp_path / "back") == held(tmp_path / "in")
    assert [path.name for path in (tmp_path / "removed.jsonl.gz.originals").iterdir()] == ["old.parquet"]


def test_a_second_run_over_its_own_output_changes_nothing(tmp_path: Path) -> None:
    corpus(tmp_path / "in", ["The first of a few lines.\nThe second.", "Another document, as it happens.", "A third."])
    removed = Options(removed=tmp_path / "out" / "removed.jsonl")
    clean_files([str(tmp_path / "in")], str(tmp_path / "out"), Scissors(), removed)
    tally = clean_files([str(tmp_path / "out")], str(tmp_path / "again"), Scissors(), Options())
    first, second = held(tmp_path / "out"), held(tmp_path / "again")
    assert set(tally.verdicts) == {"earlier"}
    first = {name: data for name, data in first.items() if not name.startswith("removed.jsonl")}
    del first["summary.json"], second["summary.json"]
    assert first == second


def test_spans_are_those_of_clean_many(tmp_path: Path, guard: SpamGuard, contaminated: str, articles: list[str]) -> None:
    texts = [*articles[:40], contaminated, *articles[:3]]
    (tmp_path / "in.jsonl").write_bytes(jsonl({"text": text} for text in texts))
    clean_files([str(tmp_path / "in.jsonl")], str(tmp_path / "out"), guard, Options(workers=2, chunk_bytes=20_000))
    reports = [row["spamguard"] for row in rows_of(tmp_path / "out" / "in.jsonl")]
    assert reports == [result.to_dict() for result in guard.clean_many(texts)]


def test_offsets_in_a_json_string() -> None:
    literal = r"caf\u00e9 \ud83d\ude00\n\ud83d!"
    text = json.loads(f'"{literal}"')
    for offset in range(len(text) + 1):
        place = in_literal(literal, [offset])[0]
        assert json.loads(f'"{literal[:place]}"') == text[:offset]


def test_broken_rows_are_named(tmp_path: Path) -> None:
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
        b'["text"]\n',
        b'{"text": "a", "spamguard": "mine"}\n',
        b'{"text": "last"}',
    ]
    rows = read("jsonl", b"".join(lines))
    assert b"".join(row.raw for row in rows) == b"".join(lines)
    assert [row.number for row in rows if row.problem] == [2, 4, 5, 7, 8, 9, 10, 11]
    assert [row.text for row in rows if row.text is not None] == ["fine", "last"]
    assert "no field 'text'; it has ['body']" in str(rows[3].problem)
    assert "rename it" in str(rows[10].problem)
    assert read("jsonl", lines[10], report=False)[0].text == "a"


def test_the_last_of_two_equal_keys_counts(tmp_path: Path) -> None:
    data = b'{"text": "first", "x": ["text", {"text": 1}], "text" :\t"second one, to be cut somewhere", "y": 1e2}\n'
    path = round_trip(tmp_path, "in.jsonl", data)
    assert path.read_bytes().startswith(b'{"text": "first", "x": ["text", {"text": 1}], "text" :\t"')
    assert rows_of(path)[0]["text"] == Scissors().cut("second one, to be cut somewhere").text


def test_lone_surrogates_come_through(tmp_path: Path) -> None:
    round_trip(tmp_path, "in.jsonl", rb'{"text": "a \ud800 b \u0000 c \udc00 and so on and on"}')


def test_language_and_domain_are_taken_from_the_row() -> None:
    row = read(
        "jsonl",
        b'{"doc": {"text": "a", "lang": "tr"}, "metadata": {"url": "https://www.news.example/x"}}',
        Fields("doc.text"),
    )[0]
    assert (row.language, row.domain) == ("tr", "news.example")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'1,"stray, and so on\n', "quotation marks"),
        (b'1,"stray" quote,x\n', "quotation marks"),
        (b"1,too,many,cells\n", "4 cells, the header has 3"),
        (b"1,caf\xe9,x\n", "not UTF-8"),
    ],
)
def test_a_broken_record_costs_one_line(line: bytes, reason: str) -> None:
    good = b'2,"two\nlines",x\n'
    data = b"id,text,note\n" + good + line + good + b'3,"one ""more""",y\n'
    rows = read("csv", data)
    assert b"".join(row.raw for row in rows) == data
    assert [row.raw for row in rows if row.problem] == [line]
    assert reason in str(next(row.problem for row in rows if row.problem))
    assert [row.text for row in rows if row.text is not None] == ["two\nlines", "two\nlines", 'one "more"']


def test_a_tsv_of_one_column_holds_commas() -> None:
    assert [row.text for row in read("tsv", b"text\none, two\n")] == [None, "one, two"]
    assert "2 cells" in str(read("csv", b"text\none, two\n")[1].problem)


def test_a_row_that_is_kept_or_dropped() -> None:
    form = FORMATS["jsonl"](Fields(), True)
    row = Row(1, b"broken\n", problem="broken")
    assert form.write([Item(row)]).data == b"broken\n"
    assert form.write([Item(row, dropped=True)]).data == b""


def test_compressed_members_one_after_the_other(tmp_path: Path) -> None:
    for suffix, pack in PACK.items():
        path = tmp_path / f"in.jsonl{suffix}"
        path.write_bytes(pack(b'{"text": "one"}\n') + pack(b'{"text": "two"}\n'))
        clean_files([str(path)], str(tmp_path / "out"), Scissors(), Options())
        assert plain(tmp_path / "out" / path.name).count(b"spamguard") == 2
    assert gzip.decompress((tmp_path / "out" / "in.jsonl.gz").read_bytes()) == plain(tmp_path / "out" / "in.jsonl")
