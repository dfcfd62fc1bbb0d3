"""Probabilities, reasons and labels under examination."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spamguard import Reason, Result, SpamGuard, Span
from spamguard.classify import load
from spamguard.train.compose import Document
from spamguard.train.examine import at, confusion, faithful, first_pass, precision_at, reliability

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


def test_the_first_pass_is_held_against_a_close_look(contaminated: str) -> None:
    model = load()
    documents = [Document(contaminated, ((len(contaminated) - 9, len(contaminated), "gambling"),), "en", "tail"), DOCUMENT]
    documents.append(Document("The council met on Tuesday and adjourned.", (), "en", "news"))
    for limit, sent in ((-np.inf, 0), (np.inf, 1)):
        guard = SpamGuard(replace(model, sieve=replace(model.sieve, limit=limit)))
        found = first_pass(guard, documents, guard.clean_many(document.text for document in documents))
        assert found["clean"] == {"documents": 1, "cut": 0, "sent home": sent, "a close look would cut": 0}
        spoiled = found["contaminated"]
        assert (spoiled["documents"], spoiled["sent home"]) == (2, 2 * sent)
        assert (spoiled["cut"] >= 1) == (sent == 0)
        assert (spoiled["a close look would cut"] >= 1) == (sent == 1)


def test_labels_are_counted_by_the_true_trade() -> None:
    table = confusion([DOCUMENT, DOCUMENT, DOCUMENT], [result(0.9), result(0.9, label="crypto"), Result(TEXT)])
    assert table == {"loan": {"crypto": 1, "loan": 1}}


def test_cited_parts_are_taken_out_and_the_rest_is_judged_again(guard: SpamGuard, contaminated: str) -> None:
    whole = guard.clean(contaminated)
    row = faithful(guard, SpamGuard(threshold=0.0), [whole])
    assert row["cuts"] == len(whole.spans) > 0
    assert 0 <= row["gone or halved"] <= row["with a part cited"] <= row["cuts"]
    assert all(isinstance(reason, Reason) for span in whole.spans for reason in span.reasons)
