"""Probabilities, reasons and labels under examination."""

from __future__ import annotations

import pytest

from spamguard import Reason, Result, SpamGuard, Span
from spamguard.train.compose import Document
from spamguard.train.examine import at, confusion, faithful, precision_at, reliability

TEXT = "Some honest news. SPAM SPAM SPAM"
DOCUMENT = Document(TEXT, ((18, 32, "loan"),), "en", "tail")


def result(score: float, start: int = 18, end: int = 32, label: str = "loan") -> Result:
    return Result(TEXT, (Span(start, end, label, score, ()),))


def test_surer_spans_only() -> None:
    assert at(result(0.4), 0.5).spans == ()
    assert at(result(0.5), 0.5).spans == result(0.5).spans


def test_calibration_error_is_the_distance_of_stated_and_true() -> None:
    right = reliability([DOCUMENT] * 4, [result(0.75)] * 3 + [result(0.75, 0, 10)])
    assert (right["candidates"], right["error"]) == (4, 0.0)
    wrong = reliability([DOCUMENT], [result(0.95, 0, 10)])
    assert wrong["error"] == pytest.approx(0.95)
    assert wrong["bins"] == [{"from": 0.9, "candidates": 1, "stated": 0.95, "true": 0.0}]
    assert reliability([], [])["error"] == 0


def test_precision_at_the_prevalence_of_a_crawl() -> None:
    assert precision_at(0.005, 1.0, 0.0) == 1.0
    assert precision_at(0.005, 1.0, 0.005 / 0.995) == pytest.approx(0.5)
    assert precision_at(0.005, 0.0, 0.0) == 1.0


def test_labels_are_counted_by_the_true_trade() -> None:
    table = confusion([DOCUMENT, DOCUMENT, DOCUMENT], [result(0.9), result(0.9, label="crypto"), Result(TEXT)])
    assert table == {"loan": {"crypto": 1, "loan": 1}}


def test_cited_parts_are_taken_out_and_the_rest_is_judged_again(guard: SpamGuard, contaminated: str) -> None:
    whole = guard.clean(contaminated)
    row = faithful(guard, SpamGuard(threshold=0.0), [whole])
    assert row["cuts"] == len(whole.spans) > 0
    assert 0 <= row["gone or halved"] <= row["with a part cited"] <= row["cuts"]
    assert all(isinstance(reason, Reason) for span in whole.spans for reason in span.reasons)
