"""The texts that are timed: composed of a corpus that models are not trained on, or one piece over and over."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from spamguard.train.compose import Composer
from spamguard.train.corpus import load

DATA = Path(__file__).resolve().parent.parent.parent / "data"
MEGABYTES = 4.0
ENGLISH, MIXED = "clean English", "5 % contaminated"
HOSTILE = {
    "one line of words": "lorem ipsum dolor sit amet ",
    "no spaces": "a",
    "only dots": ".",
    "only URLs": "https://www.example-shop.com/offers/7?ref=a ",
    "glued domains": "alobet.com",
    "combining marks": "a\u0301",
    "spam": "slot gacor88 ",
}


def sets(folders: Sequence[Path]) -> dict[str, list[str]]:
    """Texts to clean, about `MEGABYTES` of each kind, of sources that the shipped model has not seen."""
    corpus = load(folders, "dev")
    composer = Composer(corpus, 1)
    news = [row for row in corpus.news if row.text]
    random.Random(1).shuffle(news)
    spoiled = [composer.contaminated().text for _ in range(1500)]
    english, all_news = [row.text for row in news if row.lang == "en"], [row.text for row in news]
    mixed = [spoiled[number // 20] if number % 20 == 0 else all_news[number % len(all_news)] for number in range(4000)]
    kinds = {ENGLISH: english, "clean multilingual": all_news, MIXED: mixed, "all contaminated": spoiled}
    return {name: fill(texts) for name, texts in kinds.items()}


def fill(texts: Sequence[str], megabytes: float = MEGABYTES) -> list[str]:
    """Texts, from the first again when they run out, up to `megabytes`."""
    found: list[str] = []
    size = 0.0
    while size < megabytes:
        found.append(texts[len(found) % len(texts)])
        size += in_megabytes(found[-1:])
    return found


def in_megabytes(texts: Sequence[str]) -> float:
    """Size of some texts as UTF-8."""
    return sum(len(text.encode()) for text in texts) / 1e6


def labelled_lines() -> tuple[list[str], list[str]]:
    """Lines of the news and of the spam that the project brings along, to train the peers that have to be trained."""
    corpus = load([DATA], "train")
    news, spam = ([line for row in rows for line in lines(row.text)] for rows in (corpus.news, corpus.spam))
    return news, spam


def lines(text: str) -> list[str]:
    """Lines that hold something."""
    return [line for line in text.split("\n") if line.strip()]
