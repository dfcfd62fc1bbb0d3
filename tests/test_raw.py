"""Raw pages: what is read of them, what they hide, and runs over HTML, WARC and WET, sound and broken."""

from __future__ import annotations

import gzip
import io
import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import brotli
import pytest

from spamguard import SpamGuard
from spamguard.cli import FAILED, OK, SOME_ROWS_FAILED, main
from spamguard.errors import DataError, SpamguardError
from spamguard.io.options import Options
from spamguard.io.pages import LONGEST_PAGE, MOST_TEXT, decode, extract
from spamguard.io.raw import Archive
from spamguard.io.restore import restore
from spamguard.io.rows import Fields, Row
from spamguard.io.run import clean_files

from .archives import BODY, ENCODED, HTML, UNREADABLE, conversion, members, record, response
from .conftest import DATA, ROOT
from .files import Scissors, cleaned_apart, held, jsonl, rows_of
from .test_formats import read
from .test_resume import Stop, stopped_at

GOLD = [json.loads(line) for line in (ROOT / "tests" / "pages.jsonl").read_text(encoding="utf-8").splitlines()]
PIXEL = record(response(b"\x89PNG", b"Content-Type: image/png\r\n"), name=9)
LEFT = {"ar_tail": "لن يتم نشر عنوان بريدك الإلكتروني."}
"""What the shipped model leaves of what is injected, by page: a line of the comment form."""
REQUEST = record(b"GET / HTTP/1.1\r\n\r\n", b"request", 8)


def page(name: str) -> bytes:
    return (DATA / "pages" / f"{name}.html").read_bytes()


def squeezed(text: str) -> str:
    return " ".join(text.split())


def rows(data: bytes) -> list[Row]:
    return read("warc", data)


def run(folder: Path, guard: SpamGuard | None = None, **options: Any) -> Any:
    return clean_files([str(folder / "in")], str(folder / "out"), guard or Scissors(), Options(**options))


def write(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("gold", GOLD, ids=lambda gold: gold["page"])
def test_a_page_gives_its_article_and_what_it_hides(gold: dict[str, Any]) -> None:
    found = extract(page(gold["page"]))
    text = squeezed(found.text)
    assert [line for line in gold["text"].split("\n") if squeezed(line) not in text] == []
    assert [squeezed(block.text) for block in found.hidden] == [squeezed(block) for block in gold["hidden"]]
    assert [block for block in gold["hidden"] if squeezed(block) in text] == []
    assert found.language == gold["lang"]
    assert found.url.startswith(f"https://news.example/{gold['lang']}/")  # type: ignore[union-attr]


def test_what_is_kept_of_contaminated_pages_goes_through_the_guard(guard: SpamGuard) -> None:
    for name in ("tr_comment_form", "zh_tiny", "ko_paragraph", "ar_tail", "ro_paragraph"):
        gold = next(gold for gold in GOLD if gold["page"] == name)
        text = extract(page(name)).text
        (span,) = guard.clean(text).spans
        (injected,) = (piece for piece in gold["injected"] if squeezed(piece) in squeezed(text))
        wanted = squeezed(injected).removeprefix(squeezed(LEFT.get(name, "")))
        assert squeezed(text[span.start : span.end]) == wanted
    for gold in GOLD:
        if not gold["injected"]:
            assert guard.clean(extract(page(gold["page"])).text).spans == ()


@pytest.mark.parametrize(
    ("css", "how"),
    [
        ("display:none", "display: none"),
        ("DISPLAY : None !important", "display: none"),
        ("visibility:hidden", "visibility: hidden"),
        ("font-size:0", "font-size: 0px"),
        ("font-size: 1px", "font-size: 1px"),
        ("position:absolute;left:-9999px", "left: -9999px"),
        ("position:fixed;top:-100em", "top: -1600px"),
        ("text-indent:-999px", "text-indent: -999px"),
        ("height:0;overflow:hidden", "height: 0px; overflow: hidden"),
        ("color:#fff;background:white url(x.png)", "color of the background"),
        ("color:rgb(0,0,0);background-color:#000", "color of the background"),
        ("left:-20px;height:0;color:#fff;font-size:9px;display:block", None),
        ("display:none;display:block", None),
        ("color:#fff;background:#000", None),
        ("}}{{;:;display", None),
    ],
)
def test_styles_that_hide(css: str, how: str | None) -> None:
    block = f'<div style="{css}">cheap <a href="/pills?a=1">pills</a></div>'
    sheet = f"<style>p {{ margin: 0 }} .x1, article > b {{ {css} }}</style>"
    marked = '<div class="y x1">cheap <a href="/pills?a=1">pills</a></div>'
    for html in (f"<p>News.</p>{block} and more", f"<head>{sheet}</head><p>News.</p>{marked} and more"):
        found = extract(html, "https://news.example/a")
        told = [(block.how, block.text, block.links, block.length) for block in found.hidden]
        assert told == ([(how, "cheap pills", ("https://news.example/pills?a=1",), 11)] if how else [])
        assert ("pills" in found.text) == (how is None)
        assert "and more" in found.text


@pytest.mark.parametrize(
    ("html", "blocks"),
    [
        ("<p hidden>a</p><p hidden=until-found>seen</p>", ["a"]),
        ("<p>News.</p><p aria-hidden=true>seen</p>", []),
        ("<style>#b1{display:none}</style><p id=b1>a</p><p id=b2>b</p>", ["a"]),
        ("<style>.m{display:none}</style><p class=m style='display:block'>seen</p>", []),
        ("<style>@media print {p{display:none}}</style><p>seen</p>", []),
        ("<div style='font-size:0'><p style='font-size:14px'>seen</p></div>", []),
        ("<div style='font-size:0'><p>a</p></div>", ["a"]),
        ("<body style='visibility:hidden'><p>seen</p></body>", []),
        ("<div hidden>a<div hidden>b</div><script>x()</script></div><div hidden></div>", ["a\nb"]),
        ("<div hidden><p>a</p><p>b</p></div>", ["a\n\nb"]),
    ],
)
def test_what_is_hidden_and_what_only_looks_so(html: str, blocks: list[str]) -> None:
    found = extract(html)
    assert [block.text for block in found.hidden] == blocks
    assert ("seen" in found.text) == ("seen" in html)


def test_a_hidden_block_inside_a_sentence_does_not_part_it() -> None:
    found = extract("<p>The ferry<div hidden>slot</div> sails <span hidden>gacor</span>on Sunday.</p>")
    assert "sails on Sunday." in found.text
    assert [block.text for block in found.hidden] == ["slot", "gacor"]


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("ru_table", "windows-1251"), ("ru_table", "koi8-r"), ("zh_tiny", "gb18030"), ("ko_paragraph", "euc-kr"),
     ("ja_clean", "shift_jis"), ("ja_clean", "euc-jp"), ("tr_offscreen", "utf-16"), ("en_clean", "utf-16-le")],
)  # fmt: skip
@pytest.mark.parametrize("declared", ["right", None, "utf-8", "iso-8859-1", "no such charset"])
def test_charsets_right_missing_and_wrong(name: str, encoding: str, declared: str | None) -> None:
    text = page(name).decode().replace('<meta charset="utf-8">', "")
    text = text.encode(encoding, "ignore").decode(encoding)  # what the charset has no place for is not in the page
    raw = text.encode(encoding)
    assert decode(raw, encoding if declared == "right" else declared) == text
    if encoding != "utf-16-le":
        declaring = text.replace("<head>", f'<head><meta charset="{encoding}">')
        assert decode(declaring.encode(encoding)) == declaring


def test_utf_8_is_utf_8_whatever_is_declared_and_one_broken_byte_costs_one_character() -> None:
    raw = "Der Fährbetrieb fällt über Ostern für sieben Tage aus.".encode()
    assert decode(raw, "iso-8859-1") == raw.decode()
    assert decode(b"<p>" + raw * 3 + b"\xc3") == "<p>" + raw.decode() * 3 + "\ufffd"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (b"", ""), (b" \n ", ""), (b"<!-- never closed", ""), (b"<![CDATA[x", ""), (b"plain words", "plain words"),
        (b"<p>a\0b", "a\ufffdb"), (b'<?xml version="1.0" encoding="utf-16"?><p>one', "one"),
        (b"<p>one<p style='left:-9999px'>two<a href='http://[broken'>x", "one"), ("<p>\ud800one", "?one"),
    ],
)  # fmt: skip
def test_broken_pages_are_read(html: bytes | str, text: str) -> None:
    assert extract(html).text == text


def test_hostile_pages_take_linear_time_and_are_named() -> None:
    began = time.monotonic()
    for deep in ("<div>" * 100_000, "<b><i><div>" * 30_000):
        with pytest.raises(DataError, match="nested deeper than 256"):
            extract(deep + "x")
    with pytest.raises(DataError, match="longer than"):
        extract(b"<p>long " * (LONGEST_PAGE // 8 + 1))
    fonts = "".join(f"<font a{n}>" for n in range(200)) + "</p>" + "<p>x</p>" * 20_000  # 4 million elements in HTML5
    assert extract("<p>" + fonts).text.startswith("x")
    found = extract("<i hidden>x</i>y" * 50_000)
    assert (len(found.hidden), found.text) == (50_000, "y" * 50_000)
    rules = "".join(f".a{n}{{display:none}}" for n in range(20_000))
    assert len(extract(f"<style>{rules}</style>" + "<p class=a7>x</p>" * 10_000).hidden) == 10_000
    sizes = "<div style=font-size:0>" * 200 + "<p>x</p>" * 50_000 + "<p style=font-size:9px>seen"
    assert extract(sizes).hidden == ()
    (block,) = extract("<div hidden>" + "slot gacor " * 5000).hidden
    assert (len(block.text), block.length) == (MOST_TEXT, 54_999)
    assert time.monotonic() - began < 60


@pytest.mark.parametrize("name", ENCODED)
def test_bodies_of_every_encoding(name: str) -> None:
    first, second = rows(record(ENCODED[name]) + conversion("Its neighbour.", 2))
    assert (
        first.text == extract(BODY).text == "Ferry timetable\n\nThe harbour office has published the timetable for the café."
    )
    assert (first.number, first.id, first.domain) == (1, "<urn:uuid:1>", "news.example")
    assert json.loads(first.raw) == {
        "id": "<urn:uuid:1>", "url": "https://news.example/1", "date": "2026-03-01T10:00:00Z", "text": first.text
    }  # fmt: skip
    assert (second.number, second.text, second.hidden) == (2, "Its neighbour.", None)


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_body_that_is_not_as_its_header_says_costs_its_record(name: str) -> None:
    first, second = rows(record(UNREADABLE[name]) + conversion("Its neighbour.", 2))
    assert "the body is" in str(first.problem)
    assert "fetch the page again" in str(first.problem)
    assert second.text == "Its neighbour."


def test_bombs_are_not_unpacked() -> None:
    bomb = b"<p>x" * 50_000_000
    for name, packed in (("gzip", gzip.compress(bomb)), ("br", brotli.compress(bomb, quality=1))):
        block = response(packed, HTML + f"Content-Encoding: {name}\r\n".encode())
        first, second = rows(record(block) + conversion("Its neighbour.", 2))
        assert "longer than" in str(first.problem)
        assert second.text == "Its neighbour."


@pytest.mark.parametrize(("at", "count"), [(-2, 3), (-20, 2), (-200, 2), (-270, 2), (-400, 1)])
def test_an_archive_that_is_cut_short_gives_its_whole_records(at: int, count: int) -> None:
    whole = record(response(BODY)) + conversion("A text.", 2) + record(response(BODY), name=3)
    found: list[Row] = []
    with pytest.raises(DataError, match=r"cut short: fetch it again"):
        found.extend(Archive(Fields(), True).rows(io.BytesIO(whole[:at])))
    texts = [extract(BODY).text, "A text.", extract(BODY).text]
    assert [row.text for row in found] == texts[:count]


def test_a_folder_of_raw_pages_end_to_end(tmp_path: Path, guard: SpamGuard, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "in" / "tr.html", page("tr_comment_form"))
    write(tmp_path / "in" / "id.htm.gz", gzip.compress(page("id_everything")))
    records = [REQUEST, record(response(page("pl_attribute"))), PIXEL, record(response(b""), name=7)]
    write(tmp_path / "in" / "sub" / "a.warc.gz", members([*records, record(UNREADABLE["zstd"], name=5)]))
    spam = "slot gacor hari ini depozbet.com situs judi terpercaya bonus new member"
    write(tmp_path / "in" / "a.warc.wet.gz", members([conversion("All quiet."), conversion(spam, 2)]))
    write(tmp_path / "in" / "rows.jsonl", jsonl([{"text": "All quiet."}]))
    clean = ["clean", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--removed", str(tmp_path / "removed.jsonl")]
    assert main(clean) == SOME_ROWS_FAILED
    told = capsys.readouterr().err
    assert "a.warc.gz, row 5: the body is encoded as 'zstd'" in told
    assert "3 other" in told
    assert "3 hidden blocks (0 clean)" in told
    out = held(tmp_path / "out")
    assert set(out) == {
        "tr.html.jsonl", "id.htm.gz.jsonl", "sub/a.warc.gz.jsonl", "sub/a.warc.gz.jsonl.errors.jsonl",
        "a.warc.wet.gz.jsonl", "rows.jsonl", "summary.json",
    }  # fmt: skip
    summary = json.loads(out["summary.json"])
    assert summary["hidden"] == {"spam": 3}
    assert summary["languages"]["tr"]["touched"] == 1
    (row,) = rows_of(tmp_path / "out" / "tr.html.jsonl")
    text = extract(page("tr_comment_form")).text
    assert row == {
        "id": None, "url": "https://news.example/tr/0008", "date": None, "text": guard.clean(text).text,
        "spamguard": {**guard.clean(text).to_dict(), "hidden": []},
    }  # fmt: skip
    (row,) = rows_of(tmp_path / "out" / "sub" / "a.warc.gz.jsonl")
    (block,) = row["spamguard"]["hidden"]
    (gold,) = (gold["hidden"] for gold in GOLD if gold["page"] == "pl_attribute")
    judged = guard.clean(block["text"])
    assert squeezed(block["text"]) == squeezed(gold[0])
    assert (block["how"], block["verdict"], block["labels"]) == ("hidden", "spam", [judged.spans[0].label])
    assert block["score"] == round(judged.spans[0].score, 4) > 0.5
    first, second = rows_of(tmp_path / "out" / "a.warc.wet.gz.jsonl")
    assert (first["text"], first["spamguard"]["verdict"], "hidden" in first["spamguard"]) == ("All quiet.", "clean", False)
    assert (second["text"], second["spamguard"]["verdict"]) == ("", "spam")

    assert restore(tmp_path / "out", tmp_path / "removed.jsonl", tmp_path / "back") == (5, 0)
    (back,) = rows_of(tmp_path / "back" / "tr.html.jsonl")
    assert back == {"id": None, "url": "https://news.example/tr/0008", "date": None, "text": text}
    again = clean_files([str(tmp_path / "out")], str(tmp_path / "again"), guard, Options())
    assert set(again.verdicts) == {"earlier"}


def test_outputs_are_json_lines_under_a_name_of_their_own(tmp_path: Path) -> None:
    source = write(tmp_path / "in" / "a.html", b"<p>All quiet.")
    assert main(["clean", str(source), "--out", str(tmp_path / "b.html")]) == FAILED
    assert main(["clean", str(source), "--out", str(tmp_path / "b.jsonl")]) == OK
    assert [row["text"] for row in rows_of(tmp_path / "b.jsonl")] == ["All quiet."]
    write(tmp_path / "in" / "a.html.jsonl", jsonl([{"text": "mine"}]))
    with pytest.raises(DataError, match=r"two inputs would be written as a\.html\.jsonl"):
        run(tmp_path)


def test_standard_input_is_an_archive(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "spamguard", "clean", "-", "--format", "warc"],
        input=record(response(BODY)) + PIXEL, capture_output=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["spamguard"]["verdict"] == "clean"


def test_a_compressed_archive_that_is_cut_short_in_a_run(tmp_path: Path) -> None:
    chance = random.Random(3)
    texts = [" ".join(chance.choices(["ferry", "council", "harbour", "vote", "rain"], k=300)) for _ in range(400)]
    whole = members(record(response(f"<p>{text}".encode()), name=n) for n, text in enumerate(texts, 1))
    write(tmp_path / "in" / "a.warc.gz", whole[: len(whole) * 2 // 3])
    assert run(tmp_path, removed=tmp_path / "removed.jsonl").errors == 1
    kept = [row["id"] for row in rows_of(tmp_path / "out" / "a.warc.gz.jsonl")]
    assert kept == [f"<urn:uuid:{n}>" for n in range(1, len(kept) + 1)]
    assert 250 < len(kept) < 300
    (problem,) = rows_of(tmp_path / "out" / "a.warc.gz.jsonl.errors.jsonl")
    assert problem["row"] == len(kept) + 1
    assert "cut short or damaged" in problem["reason"]
    assert "fetch it again" in problem["reason"]


def test_a_record_of_100_mb_is_named_and_memory_stays_bounded(tmp_path: Path) -> None:
    long = b"<p>long " * 12_500_000
    records = [record(response(BODY)), record(response(long), name=2), record(response(long, b"\r\n"), name=3)]
    write(tmp_path / "in" / "a.warc", b"".join((*records, conversion("long " * 20_000_000, 4), conversion("The last.", 5))))
    write(tmp_path / "in" / "b.html", long)
    del long, records
    exit_code, megabytes, messages = cleaned_apart(tmp_path / "in")
    assert exit_code == SOME_ROWS_FAILED
    assert megabytes < 300
    assert "row 2: the page is longer than" in messages
    assert "row 4: the row is longer than" in messages
    assert [row["id"] for row in rows_of(tmp_path / "out" / "a.warc.jsonl")] == ["<urn:uuid:1>", "<urn:uuid:5>"]
    assert not (tmp_path / "out" / "b.html.jsonl").read_bytes()


def test_a_stopped_run_goes_on_and_workers_give_the_same(tmp_path: Path, guard: SpamGuard) -> None:
    names = [gold["page"] for gold in GOLD]
    records = [record(response(page(name)), name=n) for n, name in enumerate(names)]
    write(tmp_path / "in" / "a.warc.gz", members([REQUEST, *records[:12], PIXEL, *records[12:]]))
    for name in names[:5]:
        write(tmp_path / "in" / f"{name}.html", page(name))
    options = {"chunk_bytes": 4000, "removed": tmp_path / "removed.jsonl"}
    run(tmp_path, guard, workers=2, **options)
    undisturbed = {**held(tmp_path / "out"), "removed": (tmp_path / "removed.jsonl").read_bytes()}
    reports = [row["spamguard"] for row in rows_of(tmp_path / "out" / "a.warc.gz.jsonl")]
    for report, name in zip(reports, names, strict=True):
        found = extract(page(name))
        assert report["spans"] == guard.clean(found.text).to_dict()["spans"]
        assert [block["verdict"] for block in report["hidden"]] == [guard.clean(b.text).verdict for b in found.hidden]
    for step in (7, 16, 25):
        (tmp_path / "removed.jsonl").unlink()
        with stopped_at(step), pytest.raises(Stop):
            run(tmp_path, guard, **options)
        run(tmp_path, guard, resume=True, **options)
        assert {**held(tmp_path / "out"), "removed": (tmp_path / "removed.jsonl").read_bytes()} == undisturbed


@pytest.mark.parametrize(("name", "module"), [("a.html", "tinycss2"), ("a.warc", "warcio.archiveiterator")])
def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, module: str) -> None:
    write(tmp_path / "in" / name, record(response(BODY)))
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SpamguardError, match=rf"needs {module.split('.')[0]}: pip install 'spamguard\[pages\]'"):
        run(tmp_path)
