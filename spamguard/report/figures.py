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
