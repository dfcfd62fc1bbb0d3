"""The measured figures as a Markdown table, from what ``spamguard evaluate --out`` wrote: no figure is copied by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

CLEAN = (
    ("news", "clean news articles"),
    ("comment", "genuine comments and messages"),
    ("hard_negative", "hard negatives"),
)
LEAST = 30


def markdown(tables: dict[str, Any]) -> str:
    """Two tables: what clean documents lose, and what of contaminated ones is found.

    Parameters
    ----------
    tables : dict
        By name: ``dev``, and one a gold file, which is reported apart.
    """
    dev = tables["dev"]
    gold = [(name, table["clean"]["all"]) for name, table in tables.items() if name != "dev"]
    return "\n".join((*_clean_rows(dev["clean"], gold), "", *_spam_rows(dev["contaminated"])))


def _clean_rows(clean: dict[str, Any], gold: list[tuple[str, dict[str, Any]]]) -> Iterator[str]:
    yield "| clean documents | number | touched | per 10,000 | upper bound (95 %) |"
    yield "|---|---|---|---|---|"
    rows = [(title, clean["by kind"].get(kind)) for kind, title in CLEAN]
    for title, row in rows + [(f"`{name}`", row) for name, row in gold]:
        if row and row["documents"]:
            yield f"| {title} | {row['documents']} | {row['touched']} | {row['per 10,000']} | {row['upper bound']} |"


def _spam_rows(spam: dict[str, Any]) -> Iterator[str]:
    yield "| contaminated documents | number | found | first cut exact | precision | recall | F1 |"
    yield "|---|---|---|---|---|---|---|"
    rows = [("all", spam["all"])]
    rows += [(f"spam placed: {name.replace('_', ' ')}", row) for name, row in spam["by placement"].items()]
    for title, row in rows:
        if row["documents"] >= LEAST:
            numbers = (row["found share"], row["first cut exact"], row["precision"], row["recall"], row["F1"])
            yield f"| {title} | {row['documents']} | " + " | ".join(f"{number:.3f}" for number in numbers) + " |"


def behind(found: dict[str, Any]) -> str:
    """Trials, trivial baselines, thresholds and labels as Markdown, for the model's card."""
    lines: list[str] = []
    for name, title in (("trials", "trial"), ("baselines", "trivial baseline on the documents of dev")):
        if name in found:
            lines += [
                f"| {title} | documents | found | first cut exact | precision | recall | F1 |",
                "|---|---|---|---|---|---|---|",
            ]
            for group, row in found[name].items():
                numbers = (row["found share"], row["first cut exact"], row["precision"], row["recall"], row["F1"])
                lines.append(f"| {group} | {row['documents']} | " + " | ".join(f"{number:.3f}" for number in numbers) + " |")
            lines.append("")
    if "thresholds" in found:
        lines += [
            '| threshold | clean news touched | found | F1 | precision of "trimmed" at 0.5 % contaminated |',
            "|---|---|---|---|---|",
        ]
        for threshold, row in found["thresholds"].items():
            touched = f"{row['touched']} of {row['clean']}"
            lines.append(f"| {threshold} | {touched} | {row['found share']} | {row['F1']} | {row['precision of trimmed']} |")
        lines += [
            "",
            "(All rows are of one run with threshold 0: of candidates that overlap, a run with the threshold itself may"
            " choose another, and finds a little more.)",
            "",
        ]
    if "first pass" in found:
        clean, spoiled = found["first pass"]["clean"], found["first pass"]["contaminated"]
        lines += [
            f"The first pass sends home {clean['sent home']} of {clean['documents']} clean news articles, among them"
            f" {clean['a close look would cut']} that a close look would have cut, and {spoiled['sent home']} of"
            f" {spoiled['documents']} contaminated documents, of which it would have cut"
            f" {spoiled['a close look would cut']} ({spoiled['cut']} are cut).",
            "",
        ]
    if "reliability" in found:
        lines.append(
            f"Calibration error over {found['reliability']['candidates']} candidates: {found['reliability']['error']}."
        )
    if "faithful" in found:
        row = found["faithful"]
        lines.append(
            f"Parts cited as evidence taken out of the text of {row['with a part cited']} cuts: {row['gone or halved']}"
            f" are gone or lose half of their probability ({row['share']:.1%})."
        )
    if "confusion" in found:
        right = sum(row.get(label, 0) for label, row in found["confusion"].items())
        cut = sum(sum(row.values()) for row in found["confusion"].values())
        lines += ["", f"Label right for {right} of {cut} true spans that were cut.", ""]
        labels = list(found["confusion"])
        lines += ["| true, and as given | " + " | ".join(labels) + " |", "|---" * (len(labels) + 1) + "|"]
        for label in labels:
            row = found["confusion"][label]
            lines.append(f"| {label} | " + " | ".join(str(row.get(given, 0)) for given in labels) + " |")
    return "\n".join(lines)
