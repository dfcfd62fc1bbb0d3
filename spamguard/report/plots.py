"""Plots of the measured figures, as SVG to stand inside an HTML page.

They are drawn in stand-in colours that become the page's own (CSS variables), so that they follow its light and dark;
letters stay letters. The same figures give the same bytes.
"""

from __future__ import annotations

import io
import re
import warnings
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spamguard.report.interval import wilson
from spamguard.report.terminal import printable

Rows = Mapping[str, Mapping[str, Any]]

INK, FAINT, MARK, CHOSEN = "#111111", "#cccccc", "#2266aa", "#cc4411"
VARIABLES = {INK: "var(--ink)", FAINT: "var(--faint)", MARK: "var(--mark)", CHOSEN: "var(--chosen)"}
WIDTH = 4.8
"""Inches: letters of 9 points are then still readable where a phone shows the plot at its own width."""
BAR = 0.24
LONGEST_NAME = 26

SETTINGS: dict[Any, Any] = {  # matplotlib types the names of its settings from 3.11 on only
    "svg.fonttype": "none",
    "svg.hashsalt": "spamguard",
    "text.parse_math": False,  # a group may be named "$x"
    "font.size": 9.0,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}

_COLOR = re.compile("|".join(VARIABLES))
_POINTED_AT = re.compile(r"url\(#")


@dataclass(frozen=True)
class Plot:
    """A drawing and what it shows; no two plots of a page may have the same title.

    Attributes
    ----------
    svg : str
        One ``<svg>`` element, its texts escaped.
    """

    title: str
    svg: str


def precision_recall(rows: Rows, chosen: str | None, title: str) -> Plot:
    """Character precision against recall, a point a threshold, the `chosen` one marked.

    Parameters
    ----------
    rows : mapping of str to mapping
        Threshold, as text, to its row.
    """
    points = sorted((float(name), name, row["recall"], row["precision"]) for name, row in rows.items())
    with rc_context(SETTINGS):
        figure, axes = _empty(3.4)
        axes.plot([point[2] for point in points], [point[3] for point in points], "o-", color=MARK, markersize=3.5)
        for _, name, recall, precision in (points[0], points[-1]):
            if name != chosen:
                axes.annotate(name, (recall, precision), (5, 5), textcoords="offset points")
        if chosen is not None and chosen in rows:
            row = rows[chosen]
            axes.plot([row["recall"]], [row["precision"]], "D", color=CHOSEN, markersize=7)
            axes.annotate(
                f"threshold {chosen}", (row["recall"], row["precision"]), (-8, -12), textcoords="offset points",
                color=CHOSEN, ha="right", weight="bold",
            )  # fmt: skip
        axes.margins(0.12)
        axes.set(xlabel="recall of characters", ylabel="precision of characters")
        return _finished(figure, title)


def reliability(bins: Sequence[Mapping[str, Any]], title: str) -> Plot:
    """True against stated probability of the candidates, with intervals; their number stands above each bin."""
    stated, true = [row["stated"] for row in bins], [row["true"] for row in bins]
    counts = [row["candidates"] for row in bins]
    seen = [round(share * count) for share, count in zip(true, counts, strict=True)]
    with rc_context(SETTINGS):
        figure, axes = _empty(3.8)
        axes.plot([0, 1], [0, 1], "--", color=INK, linewidth=0.8)
        axes.errorbar(stated, true, yerr=_arms(true, seen, counts), fmt="o-", color=MARK, markersize=4, capsize=2)
        axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="stated probability", ylabel="share that was spam")
        above = axes.secondary_xaxis("top")
        above.set_xticks(stated, [f"{count:,}" for count in counts], rotation=90, fontsize=8)
        above.set_xlabel("candidates")
        return _finished(figure, title)


def found_share(rows: Rows, title: str, *, beside: float | None = None) -> Plot:
    """A bar a group: the share of its documents in which spam was found, with its interval and counts.

    Parameters
    ----------
    beside : float, optional
        A share to compare with, drawn as a line.
    """
    found, documents = ([row[name] for row in rows.values()] for name in ("found", "documents"))
    shares = [part / max(whole, 1) for part, whole in zip(found, documents, strict=True)]
    with rc_context(SETTINGS):
        figure, axes = _empty(_height(rows))
        axes.barh(
            range(len(rows)), shares, 0.7, xerr=_arms(shares, found, documents), color=MARK,
            error_kw={"ecolor": INK, "elinewidth": 0.9, "capsize": 2},
        )  # fmt: skip
        if beside is not None:
            axes.axvline(beside, color=CHOSEN, linestyle="--")
        axes.set(xlim=(0, 1), xlabel="share found, with 95 % interval")
        _name_groups(axes, rows, [f"{part:,} / {whole:,}" for part, whole in zip(found, documents, strict=True)])
        return _finished(figure, title)


def false_trims(rows: Rows, title: str) -> Plot:
    """A dot a group: clean documents touched, per 10,000, and a line up to the 95 % bound of that."""
    rates, bounds = ([row[name] for row in rows.values()] for name in ("per 10,000", "upper bound"))
    with rc_context(SETTINGS):
        figure, axes = _empty(_height(rows))
        axes.hlines(range(len(rows)), rates, bounds, color=MARK, linewidth=1.5)
        axes.plot(bounds, range(len(rows)), "|", color=MARK, markersize=6)
        axes.plot(rates, range(len(rows)), "o", color=CHOSEN, markersize=5, clip_on=False)
        # No false trim at all is the usual case, and a small group's bound is a hundred times a large one's.
        axes.set_xscale("symlog", linthresh=10, linscale=0.5)
        axes.set_xlim(0, 10_000)
        axes.set_xticks([0, 10, 100, 1000, 10_000], ["0", "10", "100", "1,000", "10,000"])
        axes.set_xlabel("touched per 10,000 (dot), and its 95 % upper bound")
        _name_groups(axes, rows, [f"{row['touched']:,} / {row['documents']:,}" for row in rows.values()])
        return _finished(figure, title)


def _empty(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    return figure, figure.add_subplot()


def _height(rows: Rows) -> float:
    return 0.7 + BAR * len(rows)


def _arms(shares: Sequence[float], seen: Sequence[int], cases: Sequence[int]) -> tuple[list[float], list[float]]:
    """How far the interval reaches below and above each share."""
    bounds = [wilson(part, whole) for part, whole in zip(seen, cases, strict=True)]
    below = [max(share - low, 0.0) for share, (low, _) in zip(shares, bounds, strict=True)]
    above = [max(high - share, 0.0) for share, (_, high) in zip(shares, bounds, strict=True)]
    return below, above


def _name_groups(axes: Axes, rows: Rows, counts: Sequence[str]) -> None:
    """Names to the left, counts to the right, the first group on top."""
    axes.set_yticks(range(len(rows)), [_short(name) for name in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params("y", length=0, pad=7)
    axes.grid(visible=False, axis="y")
    for number, count in enumerate(counts):
        axes.text(1.03, number, count, transform=axes.get_yaxis_transform(), va="center", fontsize=8)


def _short(name: str) -> str:
    """One line that XML can hold."""
    line = " ".join(printable(name).split())
    return line if len(line) <= LONGEST_NAME else line[: LONGEST_NAME - 1] + "…"


def _finished(figure: Figure, title: str) -> Plot:
    drawn = io.StringIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)  # it is the browser's fonts that count
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    return Plot(title, _inline(drawn.getvalue(), title))


def _inline(svg: str, title: str) -> str:
    """The drawing without what only a file of its own needs, with a title, and with ids that no other plot has."""
    root = ElementTree.fromstring(svg)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.endswith(("}metadata", "}style")):
                parent.remove(child)
    prefix = f"plot{zlib.crc32(title.encode('utf-8', 'replace')):08x}-"
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        attributes = {key.rpartition("}")[2]: value for key, value in element.attrib.items()}
        element.attrib.clear()
        element.attrib.update({key: _own(key, value, prefix) for key, value in attributes.items()})
        if element.tag == "g":
            element.attrib.pop("id", None)  # matplotlib's names of parts: nothing points at them
    for size in ("width", "height", "version"):
        root.attrib.pop(size, None)
    named = ElementTree.Element("title", {"id": f"{prefix}title"})
    named.text = title
    root.insert(0, named)
    root.attrib |= {"role": "img", "aria-labelledby": f"{prefix}title"}
    return ElementTree.tostring(root, encoding="unicode")


def _own(key: str, value: str, prefix: str) -> str:
    """An attribute's value with the page's colours and the plot's own ids."""
    if key == "style":
        return _COLOR.sub(lambda match: VARIABLES[match.group()], value)
    if key == "id":
        return prefix + value
    if key == "href":
        return "#" + prefix + value.removeprefix("#")
    return _POINTED_AT.sub(f"url(#{prefix}", value)
