"""Documents that try one thing each: a trick, a brand nobody knows, prose without a link, padding with news."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from spamguard.train.compose import Composer, Document, default_mixture
from spamguard.train.corpus import Corpus
from spamguard.train.obfuscate import TRICKS

PROSE = ("guide_prose", "promo_prose", "advertorial", "smuggled")
LONG_ANCHOR = 40
"""Characters from which one smuggled sentence or anchor is asked to be found."""

_LINKED = re.compile(r"\w\.[a-z]{2,}|://|@\w", re.IGNORECASE)
_SENTENCE = re.compile(r"[^.!?。！？\n]{30,200}[.!?。！？]")


def trials(corpus: Corpus, count: int, seed: int) -> dict[str, list[Document]]:
    """Groups of `count` contaminated documents (fewer where a trial does not fit a document), by name.

    The tricks, the padding and the interleaving are worked on the same plain documents, so that groups compare.
    """
    plain = _composed(corpus, count, seed, obfuscated=0.0)
    groups = {"plain": plain}
    for name, trick in sorted(TRICKS.items()):
        groups[f"trick: {name}"] = [_rewritten(document, trick, seed) for document in plain]
    groups["padded with copied news"] = _all(plain, _padded, seed)
    groups["clean sentence interleaved"] = _all(plain, _interleaved, seed)
    unknown = replace(corpus, domains={})
    groups["unknown brand"] = _composed(unknown, count, seed, obfuscated=0.0, farm=1.0)
    prose = [row for row in corpus.spam if row.shape in PROSE and not _LINKED.search(row.text)]
    if prose:
        joints = {place: {" ": 1.0} for place in default_mixture()["joints"]}
        groups["prose: no domain, link, form or line break"] = _composed(
            replace(corpus, spam=prose), count, seed, obfuscated=0.0, farm=0.0, joints=joints, names_in_articles=0.0,
            placements={"sentence": 0.5, "middle": 0.25, "tail": 0.25}, before_tail={"nothing": 1.0},
            pieces_in_tail={"1": 1.0},
        )  # fmt: skip
    anchors = _composed(corpus, 2 * count, seed, placements={"sentence": 0.5, "anchor": 0.5})
    long = [document for document in anchors if document.spans and _longest(document) >= LONG_ANCHOR]
    groups[f"one sentence or anchor of {LONG_ANCHOR} characters or more"] = long[:count]
    return groups


def _composed(corpus: Corpus, count: int, seed: int, **changes: Any) -> list[Document]:
    composer = Composer(corpus, seed, default_mixture() | changes)
    return [composer.contaminated() for _ in range(count)]


def _longest(document: Document) -> int:
    return max(end - start for start, end, _ in document.spans)


def _rewritten(document: Document, change: Callable[[str, random.Random], str], seed: int) -> Document:
    """The document with each span's text changed."""
    rng = random.Random(f"{seed} {document.text[:80]}")
    text, spans, at = "", [], 0
    for start, end, label in document.spans:
        text += document.text[at:start]
        begin = len(text)
        text += change(document.text[start:end], rng)
        spans.append((begin, len(text), label))
        at = end
    return replace(document, text=text + document.text[at:], spans=tuple(spans))


def _all(
    documents: Sequence[Document], change: Callable[[Document, random.Random], Document | None], seed: int
) -> list[Document]:
    rng = random.Random(seed)
    changed = (change(document, rng) for document in documents)
    return [document for document in changed if document is not None]


def _news_sentence(document: Document, rng: random.Random) -> str | None:
    """A sentence of the article that stays."""
    kept, at = [], 0
    for start, end, _ in document.spans:
        kept.append(document.text[at:start])
        at = end
    kept.append(document.text[at:])
    found = [match.group().strip() for part in kept for match in _SENTENCE.finditer(part)]
    return rng.choice(found) if found else None


def _middle(document: Document, rng: random.Random) -> tuple[str, int] | None:
    """A news sentence, and a word start about the middle of the first span."""
    sentence = _news_sentence(document, rng)
    start, end, _ = document.spans[0]
    places = [match.end() + start for match in re.finditer(r"\s", document.text[start:end])]
    near = [at for at in places if start + 40 <= at <= end - 40]
    return (sentence, near[len(near) // 2]) if sentence and near else None


def _padded(document: Document, rng: random.Random) -> Document | None:
    """A copy of a news sentence in the middle of the spam: it goes with it."""
    return _inserted(document, rng, "", " ", stays=False)


def _interleaved(document: Document, rng: random.Random) -> Document | None:
    """A news sentence on a line of its own between two halves of the spam: it stays."""
    return _inserted(document, rng, "\n", "\n", stays=True)


def _inserted(document: Document, rng: random.Random, before: str, after: str, stays: bool) -> Document | None:
    found = _middle(document, rng)
    if found is None:
        return None
    sentence, at = found
    added = before + sentence + after
    (start, end, label), *others = document.spans
    later = [(a + len(added), b + len(added), name) for a, b, name in others]
    text = document.text[:at] + added + document.text[at:]
    spans = [(start, end + len(added), label)]
    if stays:
        spans = [(start, len(document.text[:at].rstrip()), label), (at + len(added), end + len(added), label)]
    return replace(document, text=text, spans=(*spans, *later))
