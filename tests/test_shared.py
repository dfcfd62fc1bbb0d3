"""What outside documents show; skipped where they are not at hand."""

from __future__ import annotations

import json

import pytest

from spamguard import SpamGuard

from .conftest import SHARED

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared documents are not beside this checkout")


def test_the_seed_document_is_trimmed_exactly(guard: SpamGuard) -> None:
    text = (SHARED / "real" / "seed.txt").read_text(encoding="utf-8")
    result = guard.clean(text)
    assert result.verdict == "trimmed"
    assert result.text == text[: text.index("Leave a Reply")].rstrip()
    assert all(span.reasons for span in result.spans)


def test_odd_looking_clean_documents_stay(guard: SpamGuard) -> None:
    lines = (SHARED / "real" / "hard_negatives_dev.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    touched = [
        row["id"] for row, result in zip(rows, guard.clean_many(row["text"] for row in rows), strict=True) if result.spans
    ]
    assert len(touched) <= 0.05 * len(rows), touched
