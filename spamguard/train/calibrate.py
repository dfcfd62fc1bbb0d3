"""Chooses a threshold for a user's own clean texts: what ``spamguard calibrate`` does.

The threshold is the lowest at which the share of clean texts touched is shown to stay under a stated rate: the exact
one-sided bound of Clopper and Pearson (1934), not the share seen, has to.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spamguard.errors import DataError
from spamguard.guard import SpamGuard
from spamguard.io.stores import Place
from spamguard.report.interval import upper_bound
from spamguard.train.corpus import read_jsonl
from spamguard.train.fit import LEAST_PROBABILITY


@dataclass(frozen=True)
class Choice:
    """A threshold and what was seen at it.

    Attributes
    ----------
    threshold : float
        Probability from which to cut.
    texts, touched : int
        Clean texts read, and those that lose a character at this threshold.
    bound : float
        Upper bound of the share touched, at `confidence`.
    confidence : float
    least_provable : float
        Lowest rate that so many texts could prove, were none touched.
    """

    threshold: float
    texts: int
    touched: int
    bound: float
    confidence: float
    least_provable: float


def upper_bounds(texts: int, confidence: float) -> NDArray[np.float64]:
    """Exact one-sided upper bound of the share touched, were 0, 1, … `texts` - 1 texts touched."""
    return upper_bound(np.arange(texts), texts, confidence)


def texts_needed(rate: float, confidence: float) -> int:
    """Clean texts, none of them touched, that prove a rate."""
    return math.ceil(math.log(1 - confidence) / math.log(1 - rate))


def choose(worst: NDArray[np.float64], rate: float, confidence: float = 0.95) -> Choice:
    """The lowest threshold whose upper bound is at most `rate`.

    Parameters
    ----------
    worst : float array, shape (n_texts,)
        Probability of the surest span of each clean text, 0 where there is none.
    rate : float
        Share of clean texts that may be touched.

    Raises
    ------
    DataError
        If there are too few texts to prove the rate at any threshold.
    """
    n = len(worst)
    if not 0 < rate < 1 or not 0 < confidence < 1:
        raise ValueError(f"rate and confidence: wanted shares between 0 and 1, got {rate} and {confidence}")
    bounds = upper_bounds(n, confidence)
    least = float(bounds[0]) if n else 1.0
    if least > rate:
        raise DataError(
            f"{n} clean texts prove no rate under {least:.3g} at {confidence:.0%} confidence, even with none touched:"
            f" give {texts_needed(rate, confidence)} or more, or ask for a higher --rate."
        )
    ranked = np.sort(worst)[::-1]
    allowed = int(np.searchsorted(bounds, rate, "right")) - 1
    threshold = max(float(np.nextafter(ranked[allowed], 1)), LEAST_PROBABILITY)
    touched = int(np.count_nonzero(worst >= threshold))
    return Choice(threshold, n, touched, float(bounds[touched]), confidence, least)


def run(guard: SpamGuard, files: Sequence[Place], *, rate: float, confidence: float, out: Path | None) -> int:
    """Read clean texts (``.jsonl`` with a field ``text``, or one text a file), choose, print, and write as JSON."""
    texts: list[str] = []
    for path in files:
        if ".jsonl" in path.name:
            texts += [row["text"] for _, row in read_jsonl(path)]
        else:
            with path.open("rb") as file:
                texts.append(file.read().decode("utf-8"))
    proposing = SpamGuard(guard._model, threshold=0.0, where=guard.where)
    worst = np.array([max((span.score for span in r.spans), default=0.0) for r in proposing.clean_many(texts)])
    choice = choose(worst, rate, confidence)
    print(
        f"threshold {choice.threshold:.4f}: {choice.touched} of {choice.texts} clean texts touched,"
        f" at most {10_000 * choice.bound:.2f} per 10,000 at {confidence:.0%} confidence\n"
        f"so many texts, none touched, would prove {10_000 * choice.least_provable:.2f} per 10,000;"
        f" half of your --rate takes {texts_needed(rate / 2, confidence)} texts"
    )
    if out:
        out.write_text(json.dumps(asdict(choice), indent=1) + "\n", encoding="utf-8")
    return 0
