"""The training job: read the corpus, fit, write model and card, and say on standard error how it goes."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from spamguard import __version__
from spamguard.classify import save
from spamguard.train.card import write_card
from spamguard.train.corpus import load, without
from spamguard.train.fit import train

LEAST, MOST = 3000, 24000
"""Documents composed: fewer do not show every placement, more bring little."""


def run(folders: Sequence[Path], out: Path, *, documents: int | None, seed: int, unknown: Sequence[str] = ()) -> int:
    """Train a model on folders of texts and write it to `out`.

    Parameters
    ----------
    documents : int, optional
        Documents to compose; by the size of the corpus when not given.
    unknown : sequence of str
        Languages and trades to train without: no spam of them, none of their terms.
    """
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"[{time.monotonic() - began:5.0f} s] {line}", file=sys.stderr, flush=True)

    corpus = without(load(folders, "train"), unknown)
    count = documents or min(MOST, max(LEAST, (len(corpus.news) + len(corpus.spam)) // 2))
    names = [folder.name for folder in folders]
    model = train(corpus, documents=count, seed=seed, sources=names, version=__version__, say=say, unknown=unknown)
    save(model, out)
    write_card(model, out)
    say(f"model written to {out}")
    return 0
