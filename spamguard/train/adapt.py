"""Teaches a model a new campaign from a few labelled documents: ``spamguard train --from MODEL --labels FILE``.

A table of n-grams is added that the labelled spans use far more often than honest text does; its evidence adds to what
the rest of the model says, which stays as it was: nothing is forgotten. That no honest text pays for it is checked on
clean and composed documents, and a model that fails the check is not written.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spamguard import classify
from spamguard.classify import CAMPAIGN_ORDERS, CAMPAIGN_ROWS, Model
from spamguard.errors import DataError
from spamguard.features import Learned, Text
from spamguard.features.hashing import rows
from spamguard.features.learned import FINE_UNIT
from spamguard.guard import SpamGuard
from spamguard.train.card import write_card
from spamguard.train.compose import Document
from spamguard.train.corpus import load
from spamguard.train.evaluate import compare, dev_documents, outcomes, read_gold, spam_row

CHUNK = 200
"""Documents a batch."""
SURPLUS = 3.0
"""Natural log-ratio of the rates in spans and in honest text from which an n-gram is the campaign's own."""
STRENGTHS = (0.02, 0.05, 0.1, 0.2)
"""Share of the log-ratio above `SURPLUS` that becomes evidence; the least that finds the labelled documents is taken."""
MOST = 1.0
"""Natural log-odds that one n-gram may add."""
COMPOSED = 600
"""Contaminated documents composed for the check."""
FORGOTTEN = 0.001
"""Share by which found documents and F1 may fall on them."""


@dataclass(frozen=True)
class Rates:
    """How often each row of the n-gram table was hit, and in how many characters."""

    hits: NDArray[np.float64]
    size: float

    def __add__(self, other: Rates) -> Rates:
        return Rates(self.hits + other.hits, self.size + other.size)

    def __sub__(self, other: Rates) -> Rates:
        return Rates(self.hits - other.hits, self.size - other.size)


def surplus(spam: Rates, honest: Rates) -> NDArray[np.float64]:
    """Natural log-ratio of the rates of each row above `SURPLUS`, 0 where there is none, shape (n_rows,)."""
    common = (honest.hits + 1) / (honest.size + len(honest.hits))
    rate = spam.hits / max(spam.size, 1)
    ratio = np.log(np.maximum(rate, 1e-12)) - np.log(common)
    return np.where(spam.hits > 0, np.maximum(ratio - SURPLUS, 0), 0)


def rates(documents: Sequence[Document], learned: Learned) -> tuple[Rates, Rates]:
    """Hits inside the documents' spans, and outside."""
    size = CAMPAIGN_ROWS
    hits, total = np.zeros((2, size)), np.zeros(2)
    for at in range(0, len(documents), CHUNK):
        chunk = documents[at : at + CHUNK]
        text = Text.of([document.text for document in chunk], learned)
        batch = text.batch
        side = np.full(len(batch.points), 2)  # white space between documents is on neither side
        for start, document in zip(batch.doc_start.tolist(), chunk, strict=True):
            side[start : start + len(document.text)] = 1
            for a, b, _ in document.spans:
                side[start + a : start + b] = 0
        if batch.origin is not None:
            side = side[batch.origin]
        side[~text.plain] = 2
        for order in CAMPAIGN_ORDERS:
            hashed = rows(text.hashes[order], size)
            mine = side[order // 2 : order // 2 + len(hashed)]
            for number in range(2):
                hits[number] += np.bincount(hashed[mine == number], minlength=size)
                total[number] += np.count_nonzero(mine == number)
    return Rates(hits[0], float(total[0])), Rates(hits[1], float(total[1]))


def moved(model: Model, gain: NDArray[np.float64], strength: float) -> Model:
    """The model with evidence of a campaign added to that of campaigns taught before."""
    taught = model.campaigns if len(model.campaigns) else np.zeros(len(gain), np.int8)
    raised = np.rint(np.minimum(gain * strength, MOST) / FINE_UNIT)
    return replace(model, campaigns=np.clip(taught + raised, 0, 127).astype(np.int8))


def adapt(model: Model, documents: Sequence[Document], honest: Sequence[Document], say: Callable[[str], None]) -> Model:
    """Raise the evidence of the documents' own n-grams, no more than it takes.

    How much it takes is told by leaving each document out in turn: the least strength at which most of the left-out
    ones are found, by what the others teach.
    """
    spans, around = rates(documents, model.learned)
    base = rates(honest, model.learned)[1] + around
    found = dict.fromkeys(STRENGTHS, 0)
    for document in documents:
        others = spans - rates([document], model.learned)[0] if len(documents) > 1 else spans
        gain = surplus(others, base)
        for strength in STRENGTHS:
            guard = SpamGuard(moved(model, gain, strength))
            found[strength] += compare(document, guard.clean(document.text)).found
    for strength in STRENGTHS:
        say(f"strength {strength}: {found[strength]} of {len(documents)} found by what the others teach")
    return moved(model, surplus(spans, base), max(STRENGTHS, key=lambda strength: found[strength]))


def run(source: str, labels: Sequence[Path], folders: Sequence[Path], out: Path, *, seed: int, force: bool) -> int:
    """Adapt, check and write.

    Raises
    ------
    DataError
        If no document has a span, or if the check fails and `force` is not set.
    """

    def say(line: str) -> None:
        print(f"spamguard: {line}", file=sys.stderr, flush=True)

    documents = [document for path in labels for document in read_gold(path)]
    spoiled = [document for document in documents if document.spans]
    if not spoiled:
        raise DataError(f"{', '.join(map(str, labels))}: no document has a span: nothing to learn")
    corpus = load(folders, "train")
    model = classify.load(source)
    honest = [Document(row.text, (), row.lang, "news") for row in (*corpus.news, *corpus.hard, *corpus.comments)]
    honest += [document for document in documents if not document.spans]
    adapted = adapt(model, spoiled, honest[:20000], say)
    checked = dev_documents(load(folders, "dev"), COMPOSED, seed)
    before, after = (_check(SpamGuard(each), checked) for each in (model, adapted))
    say(f"before: {_told(before)}")
    say(f"after:  {_told(after)}")
    worse = [name for name in ("found share", "F1") if after[name] < before[name] - FORGOTTEN]
    worse += ["clean touched"] if after["clean touched"] > before["clean touched"] else []
    if worse and not force:
        raise DataError(
            f"the adapted model is worse on {', '.join(worse)}: not written. Look at the labels for spans that hold"
            " ordinary text, or write it all the same with --force."
        )
    adapted = replace(adapted, about=adapted.about | {"adapted": {"documents": len(spoiled), "check": after}})
    classify.save(adapted, out)
    write_card(adapted, out)
    say(f"model written to {out}")
    return 0


def _check(guard: SpamGuard, documents: Sequence[Document]) -> dict[str, Any]:
    """Clean texts touched, and the row of contaminated documents."""
    found = outcomes(guard, documents)
    clean = [outcome for outcome in found if not outcome.document.spans]
    touched = sum(outcome.cut > 0 for outcome in clean)
    return {"clean": len(clean), "clean touched": touched} | spam_row([each for each in found if each.document.spans])


def _told(row: dict[str, Any]) -> str:
    return (
        f"{row['clean touched']} of {row['clean']} clean documents touched,"
        f" {row['found']} of {row['documents']} contaminated found, F1 {row['F1']}"
    )
