"""Disguises undone, with a way back to the original."""

from __future__ import annotations

import unicodedata

import pytest

from spamguard.batch import Batch


def folded(text: str) -> str:
    batch = Batch.of([text])
    start, end = int(batch.to_folded(batch.doc_start)[0]), int(batch.to_folded(batch.doc_end)[0])
    return batch.folded[start:end].tobytes().decode("utf-32-le")


@pytest.mark.parametrize(
    ("disguised", "plain"),
    [
        ("SLOT Gacor", "slot gacor"),
        ("ѕⅼоt", "slot"),
        ("𝓼𝓵𝓸𝓽 𝐠𝐚𝐜𝐨𝐫", "slot gacor"),
        ("ｓｌｏｔ８８", "slot88"),
        ("🅂🄻🄾🅃", "slot"),
        ("s l o t now", "slot now"),
        ("g.a.c.o.r", "gacor"),
        ("sl0t m@xw1n", "slot maxwin"),
        ("slot88", "slot88"),
        ("&#115;lot &amp; more", "slot & more"),
        ("ca\u200bsi\u00adno", "casino"),
        ("s\u0336l\u0336o\u0336t\u0336", "slot"),
        ("Beдeтся нaбop", "ведется набор"),
        ("казино онлайн", "казино онлайн"),
        ("win24казино", "win24казино"),
        ("αβγ alpha", "αβγ alpha"),
        ("İstanbul ışık", "istanbul ışık"),
        ("vitamins A B C", "vitamins a b c"),
        ("Tiếng Việt", "tiếng việt"),
        ("می\u200cشود", "میشود"),
    ],
)
def test_folding(disguised: str, plain: str) -> None:
    assert folded(disguised) == plain


def test_disguises_are_marked_and_honest_text_is_not() -> None:
    assert Batch.of(["plain ASCII text, 3.5 kg"]).disguised is None
    honest = Batch.of(["می\u200cشود 👨\u200d👩 naïve Việt"]).disguised
    assert honest is None or not honest.any()
    hidden = Batch.of(["ca\u200bsino"]).disguised
    assert hidden is not None
    assert hidden.sum() == 1


def test_offsets_lead_back() -> None:
    text = "a ca\u200bsino b"
    batch = Batch.of(["", text])
    at = batch.to_folded(batch.doc_start[1:] + text.index("sino"))
    assert chr(batch.folded[at[0]]) == "s"
    assert batch.to_original(at)[0] - batch.doc_start[1] == text.index("sino")


def test_documents_do_not_touch() -> None:
    batch = Batch.of(["abc", "", "def"])
    assert [batch.texts[i] for i in range(3)] == ["abc", "", "def"]
    for text, start, end in zip(batch.texts, batch.doc_start, batch.doc_end, strict=True):
        assert batch.points[start:end].tobytes().decode("utf-32-le") == text
        assert (batch.points[end : end + 8] == 10).all()


def test_marks_and_variants_of_ordinary_spelling_are_no_disguise() -> None:
    for text in ("Babaláwo rí ẹ̀wọ̀n he! lẹ́yìn", "Tiếng Việt", "０安打５失点、ＮＨＫ ①②", "1ª vez, 3º lugar, m²"):
        for form in ("NFC", "NFD"):
            assert Batch.of([unicodedata.normalize(form, text)]).disguised is None, text
    for text in ("c̶a̶s̶i̶n̶o̶", "𝓬𝓪𝓼𝓲𝓷𝓸", "ｃａｓｉｎｏ", "Z̷̧̀a̵l̷g̶o̸"):
        disguised = Batch.of([text]).disguised
        assert disguised is not None
        assert disguised.sum() >= 4
