"""Writes a model's card: what it was trained on, and what its thresholds mean."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spamguard.classify import Model


def write_card(model: Model, folder: Path) -> None:
    """Write ``card.md`` beside the model."""
    about = model.about
    counts = about["calibration_documents"]
    lines = [
        f"# Model card ({', '.join(about['folders'])})",
        "",
        f"Trained by spamguard {about['version']} with seed {about['seed']} on {about['documents']} composed documents.",
        "",
        "## Data",
        "",
        f"Folders: {', '.join(about['folders'])}. Files and rows used:",
        "",
        "| news | articles |",
        "|---|---|",
        *(f"| {name} | {count} |" for name, count in about["news"].items()),
        "",
        "| spam | pieces |",
        "|---|---|",
        *(f"| {name} | {count} |" for name, count in about["spam"].items()),
        "",
        f"Hard negatives {about['hard_negatives']}, genuine comments {about['comments']}, comment forms and joints"
        f" {about['stubs']}; domain names: {_listed(about['domains'])}.",
        "",
        "## Operating points",
        "",
        f"Set on {counts['clean']} clean articles (their first 8,000 characters) of sources that no spam evidence"
        " was fitted on, and shown on"
        f" {counts['contaminated']} contaminated documents of such sources. A touched article is one that lost any"
        " character.",
        "",
        "| name | threshold | clean touched | at most, per 10,000 (95 %) | contaminated found |",
        "|---|---|---|---|---|",
        *(
            f"| {name} | {model.thresholds[name]:.4f} | {point['touched']} | {point['bound']} | {point['found']} |"
            for name, point in about["operating_points"].items()
        ),
        "",
        f"Languages told apart: {', '.join(model.learned.languages)}.",
        f"Trades: {', '.join(model.labels)}.",
        "",
    ]
    (folder / "card.md").write_text("\n".join(lines), encoding="utf-8")


def _listed(counts: dict[str, Any]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())
