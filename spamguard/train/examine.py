"""Looks behind the cuts: are probabilities what they say, are reasons the true ones, what would other thresholds do.

All but the first pass works on results that hold every candidate span (a guard with threshold 0), so that one run serves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spamguard.guard import SpamGuard
from spamguard.result import Result, Span
from spamguard.train.compose import Document

BINS = 10
PREVALENCE = 0.005
"""Share of contaminated documents in a crawl, at which the precision of "trimmed" is stated."""
THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)


def at(result: Result, threshold: float) -> Result:
    """The result with its surer spans only."""
    return Result(result.original, tuple(span for span in result.spans if span.score >= threshold))


def reliability(documents: Sequence[Document], results: Sequence[Result]) -> dict[str, Any]:
    """Stated against true probability of the candidates, by bins, and the expected calibration error.

    A candidate is true when more than half of it lies in true spans. The error is the mean distance over bins, each
    weighted by its candidates (Naeini and others 2015).
    """
    stated, true = [], []
    for document, result in zip(documents, results, strict=True):
        for span in result.spans:
            inside = sum(max(min(span.end, b) - max(span.start, a), 0) for a, b, _ in document.spans)
            stated.append(span.score)
            true.append(inside > (span.end - span.start) / 2)
    score, label = np.array(stated), np.array(true, np.float64)
    number = np.minimum((score * BINS).astype(np.int64), BINS - 1)
    rows = []
    for bin_ in range(BINS):
        mine = number == bin_
        if mine.any():
            rows.append(
                {
                    "from": bin_ / BINS,
                    "candidates": int(mine.sum()),
                    "stated": round(float(score[mine].mean()), 4),
                    "true": round(float(label[mine].mean()), 4),
                }
            )
    error = sum(row["candidates"] * abs(row["stated"] - row["true"]) for row in rows) / max(len(score), 1)
    return {"candidates": len(score), "error": round(error, 4), "bins": rows}


def first_pass(guard: SpamGuard, documents: Sequence[Document], results: Sequence[Result]) -> dict[str, dict[str, int]]:
    """What the sieve does among clean and contaminated documents, apart.

    Of each: how many there are and in how many `guard` cuts, by `results`; how many the sieve sends home, and in how many
    of these a close look would have cut.
    """
    model = guard._model
    open_sieve = replace(model, sieve=replace(model.sieve, limit=-np.inf))
    close = SpamGuard(open_sieve, threshold=guard.threshold, where=guard.where)
    texts = [document.text for document in documents]
    home = [number for lot, _, suspects in guard._sifted(texts) for number in sorted(set(lot) - set(suspects))]
    spared = [n for n, result in zip(home, close.clean_many(texts[n] for n in home), strict=True) if result.spans]

    def counted(spoiled: bool) -> dict[str, int]:
        mine = {number for number, document in enumerate(documents) if bool(document.spans) == spoiled}
        cut = sum(bool(results[number].spans) for number in mine)
        sent, lost = (len(mine.intersection(numbers)) for numbers in (home, spared))
        return {"documents": len(mine), "cut": cut, "sent home": sent, "a close look would cut": lost}

    return {"clean": counted(False), "contaminated": counted(True)}


def precision_at(prevalence: float, found: float, touched: float) -> float:
    """Share of trimmed documents that are contaminated, from the rates among contaminated and clean ones."""
    right, wrong = prevalence * found, (1 - prevalence) * touched
    return right / (right + wrong) if right + wrong else 1.0


def faithful(guard: SpamGuard, proposing: SpamGuard, results: Sequence[Result]) -> dict[str, float | int]:
    """Whether cuts go, or lose half of their probability, when the evidence cited for them is taken out of the text.

    Only reasons that point at a part of the span count; cuts with none of them, or with nothing left, are told apart.
    """
    cases: list[tuple[str, int, int, float]] = []
    cuts = 0
    for result in results:
        for span in result.spans:
            cuts += 1
            length = span.end - span.start
            kept = _without_cited(result.original, span)
            if kept.strip() and len(kept) < length:
                text = result.original[: span.start] + kept + result.original[span.end :]
                cases.append((text, span.start, span.start + len(kept), span.score))
    again = proposing.clean_many([text for text, *_ in cases])
    fell = 0
    for (_, start, end, score), result in zip(cases, again, strict=True):
        left = max((span.score for span in result.spans if span.start < end and start < span.end), default=0.0)
        fell += left < guard.threshold or left <= score / 2
    return {
        "cuts": cuts,
        "with a part cited": len(cases),
        "gone or halved": fell,
        "share": round(fell / max(len(cases), 1), 4),
    }


def _without_cited(text: str, span: Span) -> str:
    """The span's text without the parts that its reasons point at; a reason that points at all of it names no part."""
    cited: NDArray[np.bool_] = np.zeros(span.end - span.start, np.bool_)
    solid = len(text[span.start : span.end].strip())
    for reason in span.reasons:
        if len(text[reason.start : reason.end].strip()) < solid:
            cited[max(reason.start - span.start, 0) : max(reason.end - span.start, 0)] = True
    return "".join(char for char, gone in zip(text[span.start : span.end], cited, strict=True) if not gone)


def confusion(documents: Sequence[Document], results: Sequence[Result]) -> dict[str, dict[str, int]]:
    """How often spans of each true trade were cut under each label."""
    table: dict[str, dict[str, int]] = {}
    for document, result in zip(documents, results, strict=True):
        for start, end, label in document.spans:
            over = [(min(span.end, end) - max(span.start, start), span.label) for span in result.spans]
            overlap, named = max(over, default=(0, ""))
            if overlap > 0:
                row = table.setdefault(label, {})
                row[named] = row.get(named, 0) + 1
    return {label: dict(sorted(row.items())) for label, row in sorted(table.items())}
