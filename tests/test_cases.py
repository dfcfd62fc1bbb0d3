"""Cases as data: see the files in ``tests/cases``. Adding one needs no Python.

A case is a text with its spam between ⟦ and ⟧. What is cut must be what stands between them, white space apart. Cases
of ``known_failures.json`` are expected to fail, and the suite says so when one stops failing.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from spamguard import SpamGuard
from spamguard.train.compose import Document
from spamguard.train.evaluate import compare

CASES = Path(__file__).parent / "cases"


def cases() -> list[Any]:
    found = []
    for path in sorted(CASES.glob("*.json")):
        for case in json.loads(path.read_text(encoding="utf-8")):
            marks = [pytest.mark.xfail(strict=True, reason=case["comment"])] if path.stem == "known_failures" else []
            found.append(pytest.param(case, id=f"{path.stem}: {case['label']}", marks=marks))
    return found


def read(marked: str) -> Document:
    text, spans = "", []
    for number, piece in enumerate(marked.replace("⟧", "⟦").split("⟦")):
        if number % 2:
            spans.append((len(text), len(text) + len(piece), "other"))
        text += piece
    return Document(text, tuple(spans), "und", "case")


@pytest.mark.parametrize("case", cases())
def test_case(guard: SpamGuard, case: dict[str, str]) -> None:
    document = read(case["text"])
    result = guard.clean(document.text)
    outcome = compare(document, result)
    assert outcome.true == outcome.both == outcome.cut, result.removed
    assert outcome.exact or not document.spans
