"""The measured figures as one page of HTML, from what ``spamguard evaluate`` found: no script, nothing from elsewhere.

Counts and bounds stand beside every rate. What the page says is put together here; how it looks is ``page.html.j2``.
Names of groups come from data files: the template escapes them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from spamguard.report import plots
from spamguard.report.figures import CLEAN
from spamguard.report.interval import wilson
from spamguard.report.plots import Plot
from spamguard.report.terminal import printable

Rows = Mapping[str, Mapping[str, Any]]

PER_10_000 = ("per 10,000", "upper bound")
TRICK = "trick: "
PLAIN = "plain"
"""The trial whose documents the tricks are worked on."""


@dataclass(frozen=True)
class Figure:
    """One headline figure: its value, what it is, and the counts it stands on."""

    value: str
    what: str
    counts: str


@dataclass(frozen=True)
class Table:
    """Cells as text.

    Attributes
    ----------
    corner : str
        Heading of the column of names.
    rows : tuple of (name, cells)
    marked : str
        Name of the row to bring out; empty for none.
    """

    caption: str
    corner: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    marked: str = ""


@dataclass(frozen=True)
class Section:
    """A heading with what is under it."""

    title: str
    text: str
    figures: tuple[Figure, ...] = ()
    plots: tuple[Plot, ...] = ()
    tables: tuple[Table, ...] = ()


def page(found: Mapping[str, Any]) -> str:
    """The page. The same figures give the same bytes.

    Parameters
    ----------
    found : mapping
        What ``spamguard evaluate --out`` writes; only ``guard`` and ``tables`` have to be there.
    """
    sections = [_measured(name, table) for name, table in found["tables"].items()]
    parts = (_thresholds, _first_pass, _calibration, _trials, _baselines, _labels)
    sections += [section for part in parts for section in part(found)]
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    return environment.get_template("page.html.j2").render(guard=printable(found["guard"]), sections=sections)


def _measured(name: str, table: Mapping[str, Any]) -> Section:
    """The dev split or one gold file."""
    title = "Dev split" if name == "dev" else f"Gold file {printable(name)}"
    clean, spam = table["clean"], table["contaminated"]
    text = (
        "Clean texts of the dev split as they are, and documents composed of them and of the split's spam."
        if name == "dev"
        else "Documents with known spans, as they are."
    )
    drawn = [
        plots.found_share(rows, f"{title}: share found by {what}")
        for what, rows in (
            ("placement", spam["by placement"]),
            ("trade", spam["by category"]),
            ("language of the spam", spam["by spam language"]),
        )
        if len(rows) > 1
    ]
    if len(clean["by language"]) > 1:
        drawn.append(plots.false_trims(clean["by language"], f"{title}: false trims per 10,000 clean documents by language"))
    figures = (*_clean_figures(clean), *_spam_figures(spam["all"]))
    tables = (*_groups(f"{title}: clean", clean), *_groups(f"{title}: contaminated", spam))
    return Section(title, text, figures, tuple(drawn), tables)


def _clean_figures(clean: Mapping[str, Any]) -> Iterator[Figure]:
    """False trims of each of the main kinds of clean document, and of all where these are not all."""
    rows = [(what, clean["by kind"][kind]) for kind, what in CLEAN if kind in clean["by kind"]]
    if sum(row["documents"] for _, row in rows) < clean["all"]["documents"]:
        rows.append(("clean documents of all kinds", clean["all"]))
    for what, row in rows:
        counts = f"{row['touched']:,} of {row['documents']:,}; at most {row['upper bound']:,.2f} (95 %)"
        yield Figure(f"{row['per 10,000']:,.2f}", f"false trims per 10,000 {what}", counts)


def _spam_figures(row: Mapping[str, Any]) -> Iterator[Figure]:
    if not row["documents"]:
        return
    documents = f"{row['documents']:,}"
    low, high = wilson(row["found"], row["documents"])
    counts = f"{row['found']:,} of {documents}; 95 % interval {_percent(low)} to {_percent(high)}"
    yield Figure(_percent(row["found share"]), "of contaminated documents found", counts)
    yield Figure(_percent(row["first cut exact"]), "first cut at the right character", f"of {documents}")
    characters = f"precision {row['precision']:.3f}, recall {row['recall']:.3f}"
    yield Figure(f"{row['F1']:.3f}", "F1 of the characters cut", characters)


def _thresholds(found: Mapping[str, Any]) -> Iterator[Section]:
    if "thresholds" not in found:
        return
    rows = found["thresholds"]
    # Files written before the threshold was stated have no point to mark.
    chosen = f"{found['threshold']:.4g}" if "threshold" in found else None
    text = (
        "What other thresholds would do to the clean news and the contaminated documents of the dev split. All rows are"
        " of one run with threshold 0: of candidates that overlap, a run with the threshold itself may choose another, and"
        " finds a little more."
    )
    figures = []
    if "prevalence" in found:
        share = _percent(found["prevalence"])
        text += f" “Precision of trimmed” is the share of trimmed documents that are contaminated, where {share} of all are."
        if chosen in rows:
            what = f"of trimmed documents are contaminated, where {share} of all are"
            counts = f"{rows[chosen]['touched']:,} of {rows[chosen]['clean']:,} clean news articles touched"
            figures.append(Figure(_percent(rows[chosen]["precision of trimmed"]), what, counts))
    table = _table("Thresholds", "threshold", dict(sorted(rows.items(), key=lambda row: float(row[0]))), chosen or "")
    drawn = plots.precision_recall(rows, chosen, "Precision and recall of characters over thresholds")
    yield Section("Thresholds", text, tuple(figures), (drawn,), (table,))


def _first_pass(found: Mapping[str, Any]) -> Iterator[Section]:
    if "first pass" in found:
        text = "Documents that the first pass sends home without a close look, and what that would have cut of them."
        yield Section("First pass", text, tables=(_table("The first pass", "documents", found["first pass"]),))


def _calibration(found: Mapping[str, Any]) -> Iterator[Section]:
    """Whether probabilities and reasons are what they say."""
    figures, drawn, tables = [], [], []
    if found.get("reliability", {}).get("bins"):
        whole = found["reliability"]
        counts = f"over {whole['candidates']:,} candidate spans"
        figures.append(Figure(f"{whole['error']:.4f}", "expected calibration error", counts))
        drawn.append(plots.reliability(whole["bins"], "Reliability: true against stated probability of candidate spans"))
        bins = {f"from {row['from']:.1f}": {key: row[key] for key in row if key != "from"} for row in whole["bins"]}
        tables.append(_table("Reliability by stated probability", "bin", bins))
    if "faithful" in found:
        row = found["faithful"]
        counts = f"{row['gone or halved']:,} of {row['with a part cited']:,} cuts with a part cited; {row['cuts']:,} in all"
        what = "of cuts go, or lose half of their probability, without the evidence cited for them"
        figures.append(Figure(_percent(row["share"]), what, counts))
    if figures:
        text = "Whether the stated probabilities come true, and whether the reasons given are the ones that decided."
        yield Section("Calibration and reasons", text, tuple(figures), tuple(drawn), tuple(tables))


def _trials(found: Mapping[str, Any]) -> Iterator[Section]:
    trials = found.get("trials")
    if not trials:
        return
    plain = {name: row for name, row in trials.items() if name == PLAIN}
    tricks = {name.removeprefix(TRICK): row for name, row in trials.items() if name.startswith(TRICK)}
    drawn = []
    if tricks:
        beside = plain[PLAIN]["found share"] if plain else None
        title = "Spam in disguise beside the same spam in plain writing (line): share found"
        drawn.append(plots.found_share(plain | tricks, title, beside=beside))
    text = "Contaminated documents that try one thing each. Tricks, padding and interleaving are worked on the plain ones."
    yield Section("Trials", text, plots=tuple(drawn), tables=(_table("Trials", "trial", trials),))


def _baselines(found: Mapping[str, Any]) -> Iterator[Section]:
    if "baselines" not in found:
        return
    model = "this model"
    rows = {model: found["tables"]["dev"]["contaminated"]["all"]} | found["baselines"]
    text = "Trivial cleaners on the same contaminated documents: where one comes close, the test is too easy."
    yield Section("Baselines", text, tables=(_table("The model and trivial baselines", "cleaner", rows, model),))


def _labels(found: Mapping[str, Any]) -> Iterator[Section]:
    """The confusion table, all labels that were given across."""
    confusion = found.get("confusion")
    if not confusion:
        return
    named = sorted({label for row in confusion.values() for label in row})
    rows = tuple(
        (
            printable(label),
            tuple(f"{n:,}" for n in (sum(row.values()), row.get(label, 0), *(row.get(name, 0) for name in named))),
        )
        for label, row in confusion.items()
    )
    caption = "Spans of each true trade (rows) by the label they were cut under (columns)"
    table = Table(caption, "true trade", ("spans", "rightly named", *map(printable, named)), rows)
    yield Section("Labels", "Spans that were cut at least in part.", tables=(table,))


def _groups(title: str, part: Mapping[str, Any]) -> Iterator[Table]:
    """A table of all documents, and one a grouping that has groups."""
    if not part["all"]["documents"]:
        return
    yield _table(title, "group", {"all": part["all"]})
    for name, rows in part.items():
        if name != "all" and rows:
            yield _table(f"{title}, {name}", name.removeprefix("by "), rows)


def _table(caption: str, corner: str, rows: Rows, marked: str = "") -> Table:
    cells = {name: _cells(row) for name, row in rows.items()}
    head = tuple(next(iter(cells.values())))
    return Table(
        caption, corner, tuple(map(printable, head)),
        tuple((printable(name), tuple(row.values())) for name, row in cells.items()), marked,
    )  # fmt: skip


def _cells(row: Mapping[str, Any]) -> dict[str, str]:
    """Title of each column to its figure as text; a share found gets its interval."""
    cells = {}
    for title, value in row.items():
        cells[title] = f"{value:,}" if isinstance(value, int) else f"{value:,.{2 if title in PER_10_000 else 4}f}"
        if title == "found share":
            low, high = wilson(row["found"], row["documents"])
            cells["95 % interval"] = f"{low:.4f}–{high:.4f}"
    return cells


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
