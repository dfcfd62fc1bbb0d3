"""Where segments end."""

from __future__ import annotations

import pytest

from spamguard.batch import Batch
from spamguard.hosts import find
from spamguard.segment import WINDOW, segment, split_at_evidence


def cut(text: str) -> list[str]:
    batch = Batch.of([text])
    segments = segment(batch, find(batch))
    origin = int(batch.doc_start[0])
    return [text[a - origin : b - origin] for a, b in zip(segments.start, segments.end, strict=True)]


@pytest.mark.parametrize(
    "pieces",
    [
        ["First line\n", "second line\r\n", "third"],
        ["He came. ", "She left! ", "Why? ", "Nobody knows."],
        ["“Yes.” ", "She said so."],
        ["Он ушёл. ", "Она осталась."],
        ["Ήρθε χθες. ", "Έφυγε σήμερα."],
        ["هل جاء؟ ", "نعم جاء."],
        ["वह आया। ", "वह गया।"],
        ["他来了。", "她说：“好。”", "明天继续。"],
        ["今日は晴れ。", "明日は雨です。"],
        ["Required fields are marked * ", "giriş", "zalbetgiris.comvolkabahis.org"],
        ["the minister said.", "slot gacor hari ini"],
        ["the minister said.", "The end"],
        ["read more at ", "zalbet.com ", "today"],
        ["zalbet.com", "Kralbet", "Deneme Bonusu"],
        ["อากาศวันนี้ดีมากครับ ", "slot online terpercaya gacor"],
        ["Menu ", "• casino bonus ", "• free spins"],
    ],
)
def test_segments(pieces: list[str]) -> None:
    assert cut("".join(pieces)) == pieces


@pytest.mark.parametrize(
    "text",
    [
        "Mr. Smith met Dr. Jones and J. K. Rowling.",
        "It cost 3.5 million, i.e. too much.",
        "The U.S. army left at 5 p.m. yesterday.",
        "z.B. Herr Prof. Meier",
        "Write to editor@example.com today",
        "YouTube and McDonald's",
        "Samsung Galaxy 東京 launch",
        "wait... what",
    ],
)
def test_one_segment(text: str) -> None:
    assert cut(text) == [text]


@pytest.mark.parametrize("text", ["a" * 5000, "word " * 2000, "字" * 3000, "ก" * 3000, "." * 3000])
def test_long_lines_are_cut_into_windows(text: str) -> None:
    pieces = cut(text)
    assert "".join(pieces) == text
    assert max(map(len, pieces)) <= 2 * WINDOW
    assert len(pieces) <= 3 * len(text) / WINDOW + 1


def test_evidence_splits_off_an_anchor() -> None:
    text = "The council met the casino bonus code people on Tuesday evening in the old hall by the river."
    batch = Batch.of([text])
    at = text.index("casino")
    import numpy as np

    evidence = np.full(len(batch.folded), -3, np.int32)
    origin = int(batch.doc_start[0])
    evidence[origin + at : origin + at + len("casino bonus code")] = 12
    found = split_at_evidence(batch, segment(batch, find(batch)), evidence, 1 / 16)
    pieces = [text[a - origin : b - origin] for a, b in zip(found.start, found.end, strict=True)]
    assert "casino bonus code " in pieces
