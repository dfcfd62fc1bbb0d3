"""The measured figures as a page."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from copy import deepcopy
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from spamguard import Result, Span, cli
from spamguard.report.interval import wilson
from spamguard.report.page import page
from spamguard.train import evaluate
from spamguard.train.compose import Document
from spamguard.train.evaluate import Outcome, clean_row, report, spam_row
from spamguard.train.examine import PREVALENCE, confusion, reliability

TEXT = "News here. SPAM SPAM"
HOSTILE = [
    '<script>alert("1")</script>',
    "<b>&amp;",
    "$\\frac{",
    "新闻]]>",
    "a\x00\x1b[0m\ud800",
    "x" * 300,
    "fill: #111111",
]


def clean(kind: str, lang: str, touched: int, of: int) -> list[Outcome]:
    document = Document("Fine.", (), lang, kind, file=f"{lang}_outlet")
    return [Outcome(document, 0, 5 * (number < touched), 0, False, False, False) for number in range(of)]


def spoiled(kind: str, lang: str, trade: str, found: int, of: int) -> list[Outcome]:
    document = Document(TEXT, ((11, 20, trade),), "en", kind, lang, trade, "anchor", "pieces")
    return [Outcome(document, 8, 9 * hit, 8 * hit, hit, hit, hit) for hit in (number < found for number in range(of))]


def dev() -> list[Outcome]:
    return [
        *clean("news", "en", 2, 1500), *clean("news", "pl", 0, 400), *clean("comment", "en", 1, 90),
        *spoiled("tail", "en", "gambling", 70, 80), *spoiled("middle", "ru", "loan", 31, 40),
        *spoiled("anchor", "tr", "seo", 3, 9),
    ]  # fmt: skip


def everything() -> dict[str, Any]:
    """What `evaluate.run` finds, on outcomes made by hand."""
    outcomes = dev()
    document = outcomes[-1].document
    results = [
        Result(TEXT, (Span(11, 20, label, score, ()),)) for label, score in (("seo", 0.91), ("loan", 0.95), ("seo", 0.32))
    ]
    thresholds = {}
    for name, touched, hits in (("0.05", 40, 120), ("0.9", 0, 80), ("0.6678", 2, 104)):
        row = spam_row(spoiled("tail", "en", "loan", hits, 129))
        thresholds[name] = {"clean": 1900, "touched": touched} | row | {"precision of trimmed": 0.7}
    return {
        "guard": "SpamGuard(model='default', threshold=0.6678)",
        "threshold": 0.66781234,
        "tables": {
            "dev": report(outcomes),
            "gold.jsonl": report([*clean("news", "en", 0, 50), *spoiled("tail", "en", "loan", 9, 10)]),
        },
        "trials": {
            "plain": spam_row(spoiled("tail", "en", "loan", 50, 60)),
            "trick: leet": spam_row(spoiled("tail", "en", "loan", 41, 60)),
            "unknown brand": spam_row(spoiled("tail", "en", "loan", 33, 60)),
        },
        "prevalence": PREVALENCE,
        "baselines": {"two domain names in a line": spam_row(spoiled("tail", "en", "loan", 40, 129))},
        "thresholds": thresholds,
        "first pass": {
            "clean": {"documents": 1900, "cut": 2, "sent home": 1650, "a close look would cut": 1},
            "contaminated": {"documents": 129, "cut": 104, "sent home": 7, "a close look would cut": 3},
        },
        "reliability": reliability([document] * 3, results),
        "faithful": {"cuts": 111, "with a part cited": 104, "gone or halved": 93, "share": 0.8942},
        "confusion": confusion([document] * 3, results),
    }


class Reader(HTMLParser):
    """Captions of tables to their rows as text, all attributes, the ids, and text by the tag it stands in."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.caption = ""
        self.feed(text)
        assert self.open == []

    @property
    def ids(self) -> list[str]:
        return [value for _, key, value in self.attributes if key == "id"]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, key, value or "") for key, value in attrs]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in ("meta", "link", "br", "img", "input", "hr"):
            self.open.append(tag)
        if tag == "caption":
            self.caption = ""
        if tag == "tr":
            self.tables.setdefault(self.caption, []).append([])
        if tag in ("th", "td"):
            self.tables[self.caption][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open:
            return
        self.texts.append((self.open[-1], data))
        if self.open[-1] == "caption":
            self.caption += data
        if self.open[-1] in ("td", "th") or self.open[-2:] == ["th", "bdi"]:
            self.tables[self.caption][-1][-1] += data

    def figures(self, caption: str) -> dict[str, dict[str, str]]:
        head, *rows = self.tables[caption]
        return {name: dict(zip(head[1:], cells, strict=True)) for name, *cells in rows}


def same(shown: dict[str, dict[str, str]], rows: dict[str, dict[str, float]]) -> None:
    assert list(shown) == list(rows)
    for name, row in rows.items():
        assert {title: float(shown[name][title].replace(",", "")) for title in row} == row


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return everything()


@pytest.fixture(scope="module")
def read(found: dict[str, Any]) -> Reader:
    return Reader(page(found))


def test_the_tables_hold_the_figures(found: dict[str, Any], read: Reader) -> None:
    for name, title in (("dev", "Dev split"), ("gold.jsonl", "Gold file gold.jsonl")):
        for part, groups in found["tables"][name].items():
            same(read.figures(f"{title}: {part}"), {"all": groups["all"]})
            for group in groups.keys() - {"all"}:
                same(read.figures(f"{title}: {part}, {group}"), groups[group])
    same(read.figures("Trials"), found["trials"])
    baselines = {"this model": found["tables"]["dev"]["contaminated"]["all"]} | found["baselines"]
    same(read.figures("The model and trivial baselines"), baselines)
    same(read.figures("Thresholds"), {name: found["thresholds"][name] for name in ("0.05", "0.6678", "0.9")})
    labels = read.figures("Spans of each true trade (rows) by the label they were cut under (columns)")
    assert labels == {"seo": {"spans": "3", "rightly named": "2", "loan": "1", "seo": "2"}}
    bins = {f"from {row['from']}": {**row} for row in found["reliability"]["bins"]}
    for row in bins.values():
        del row["from"]
    same(read.figures("Reliability by stated probability"), bins)


def test_headline_figures_stand_beside_their_counts(found: dict[str, Any], read: Reader) -> None:
    news = found["tables"]["dev"]["clean"]["by kind"]["news"]
    shown = [text for tag, text in read.texts if tag == "dd"]
    assert f"{news['touched']} of 1,900; at most {news['upper bound']:.2f} (95 %)" in shown
    assert any(text.startswith("104 of 129; 95 % interval ") for text in shown)
    assert "93 of 104 cuts with a part cited; 111 in all" in shown
    assert "2 of 1,900 clean news articles touched" in shown
    assert f"{found['reliability']['error']:.4f}" in shown


def test_kinds_that_are_not_named_count_among_all() -> None:
    table = report([*clean("news", "en", 0, 30), *clean("footer", "en", 1, 20)])
    read = Reader(page({"guard": "x", "tables": {"dev": table}}))
    terms = [text for tag, text in read.texts if tag == "dt"]
    assert terms == ["false trims per 10,000 clean news articles", "false trims per 10,000 clean documents of all kinds"]


def test_a_share_found_has_its_interval(read: Reader) -> None:
    assert wilson(70, 80) == pytest.approx((0.7849, 0.9307), abs=1e-3)
    low, high = wilson(70, 80)
    assert read.figures("Dev split: contaminated, by placement")["tail"]["95 % interval"] == f"{low:.4f}–{high:.4f}"


def test_there_is_a_plot_of_each_kind(found: dict[str, Any], read: Reader) -> None:
    captions = [text for tag, text in read.texts if tag == "figcaption"]
    assert captions == [
        "Dev split: share found by placement",
        "Dev split: share found by trade",
        "Dev split: share found by language of the spam",
        "Dev split: false trims per 10,000 clean documents by language",
        "Precision and recall of characters over thresholds",
        "Reliability: true against stated probability of candidate spans",
        "Spam in disguise beside the same spam in plain writing (line): share found",
    ]
    drawn = [text for tag, text in read.texts if tag == "text"]
    assert {"threshold 0.6678", "70 / 80", "3 / 1,590", "leet", "41 / 60"} <= set(drawn)
    assert [key for tag, key, value in read.attributes if tag == "svg" and value == "img"] == ["role"] * len(captions)


def test_nothing_comes_from_elsewhere(found: dict[str, Any], read: Reader) -> None:
    assert not {"script", "link", "img", "iframe", "object", "image"} & {tag for tag, _, _ in read.attributes}
    assert all(value.startswith("#") for _, key, value in read.attributes if key in ("href", "src", "xlink:href"))
    assert "http" not in page(found).replace("http-equiv", "")


def test_everything_pointed_at_is_there_once(read: Reader) -> None:
    assert len(set(read.ids)) == len(read.ids)
    pointed = {value[1:] for _, key, value in read.attributes if key == "href"}
    pointed |= {value for _, key, value in read.attributes if key == "aria-labelledby"}
    pointed |= {value[5:-1] for _, key, value in read.attributes if key == "clip-path"}
    assert pointed <= set(read.ids)


def test_every_heading_of_a_table_says_what_it_heads(read: Reader) -> None:
    scopes = [value for tag, key, value in read.attributes if tag == "th" and key == "scope"]
    assert len(scopes) == sum(len(rows[0]) + len(rows) - 1 for rows in read.tables.values())
    assert set(scopes) == {"col", "row"}


def test_plots_wear_the_colours_of_the_page(found: dict[str, Any]) -> None:
    drawn = page(found).partition("<main>")[2]
    assert "var(--ink)" in drawn
    assert "#111111" not in drawn


def test_the_same_figures_give_the_same_bytes(found: dict[str, Any]) -> None:
    assert page(found) == page(json.loads(json.dumps(found)))


def test_hostile_names_are_shown_as_they_are(found: dict[str, Any]) -> None:
    hostile = deepcopy(found)
    names = iter(HOSTILE * 20)
    hostile["guard"] = HOSTILE[0]
    for table in hostile["tables"].values():
        for part in table.values():
            for group in part.keys() - {"all"}:
                rows = list(part[group].values())
                part[group] = {next(names): rows[number % len(rows)] for number in range(len(HOSTILE))} if rows else {}
    for name in HOSTILE:
        hostile["tables"][name] = hostile["tables"]["gold.jsonl"]
        hostile["trials"][f"trick: {name}"] = hostile["trials"]["plain"]
        hostile["confusion"][name] = {name: 1}
    text = page(hostile)
    text.encode("utf-8")
    read = Reader(text)
    assert "script" not in {tag for tag, _ in read.texts}
    assert {HOSTILE[0], HOSTILE[1], HOSTILE[2], "a\\x00\\x1b[0m\\ud800", "fill: #111111"} <= set(
        read.figures("Dev split: clean, by language")
    )
    drawn = {shown for tag, shown in read.texts if tag == "text"}
    assert {"<b>&amp;", "$\\frac{", "fill: #111111", "x" * 25 + "…"} <= drawn


BEHIND = (
    "trials",
    "baselines",
    "thresholds",
    "first pass",
    "reliability",
    "faithful",
    "confusion",
    "prevalence",
    "threshold",
)


def titles(found: dict[str, Any]) -> list[str]:
    return [text for tag, text in Reader(page(found)).texts if tag == "h2"]


def test_what_was_not_measured_is_left_out(found: dict[str, Any]) -> None:
    tables = found["tables"]
    measured = {"guard": found["guard"], "tables": tables}
    assert titles(measured) == ["Dev split", "Gold file gold.jsonl"]
    assert titles(measured | {"tables": {"gold.jsonl": tables["gold.jsonl"]}}) == ["Gold file gold.jsonl"]
    assert titles(measured | {"tables": {"none.jsonl": report([])}}) == ["Gold file none.jsonl"]
    for name in BEHIND:
        titles({part: figures for part, figures in found.items() if part != name})


def test_empty_parts_are_left_out(found: dict[str, Any]) -> None:
    empty = {"trials": {}, "confusion": {}, "reliability": reliability([], [])}
    assert titles(found | empty) == [
        "Dev split", "Gold file gold.jsonl", "Thresholds", "First pass", "Calibration and reasons", "Baselines",
    ]  # fmt: skip


class Blind:
    """A guard that finds nothing."""

    threshold = 0.5

    def clean_many(self, texts: Iterable[str]) -> list[Result]:
        return [Result(text) for text in texts]


def gold(folder: Path) -> str:
    path = folder / "gold.jsonl"
    rows: Sequence[dict[str, Any]] = [
        {"text": TEXT, "lang": "en", "kind": "tail", "spans": [{"start": 11, "end": 20, "label": "loan"}]},
        {"text": "Fine.", "lang": "en", "kind": "news", "spans": []},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def test_the_command_writes_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "_guard", lambda options: Blind())
    out, html = tmp_path / "figures.json", tmp_path / "figures.html"
    arguments = ["evaluate", "--gold", gold(tmp_path), "--least", "1", "--out", str(out), "--html", str(html)]
    assert cli.main(arguments) == cli.OK
    written = html.read_text(encoding="utf-8")
    assert written == page(json.loads(out.read_text(encoding="utf-8")))
    same(Reader(written).figures("Gold file gold.jsonl: clean"), {"all": clean_row(clean("news", "en", 0, 1))})


def test_a_missing_package_is_told_before_anything_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "_guard", lambda options: Blind())
    monkeypatch.setattr(evaluate, "outcomes", lambda *_: pytest.fail("measured"))
    monkeypatch.setitem(sys.modules, "jinja2", None)
    monkeypatch.delitem(sys.modules, "spamguard.report.page")
    assert cli.main(["evaluate", "--gold", gold(tmp_path), "--html", str(tmp_path / "figures.html")]) == cli.FAILED
    assert "pip install 'spamguard[report]'" in capsys.readouterr().err


def test_nothing_but_the_page_needs_jinja2_or_matplotlib() -> None:
    code = "import sys, spamguard.cli, spamguard.train.evaluate; sys.exit(bool({'jinja2', 'matplotlib'} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", code], check=True)
