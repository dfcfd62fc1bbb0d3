"""``python -m spamguard.train --corpus DIR --out DIR``: the whole training in one command."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from spamguard import __version__
from spamguard.classify import save
from spamguard.errors import SpamguardError
from spamguard.train.card import write_card
from spamguard.train.corpus import load
from spamguard.train.fit import train


def main(arguments: Sequence[str] | None = None) -> int:
    """Train a model; returns the exit code."""
    parser = argparse.ArgumentParser(prog="spamguard train", description="Train a model on folders of texts.")
    parser.add_argument("--corpus", nargs="+", type=Path, required=True, help="training folders, see data/README.md")
    parser.add_argument("--out", type=Path, required=True, help="folder for the model")
    parser.add_argument("--documents", type=int, help="documents to compose (default: by the size of the corpus)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"[{time.monotonic() - began:5.0f} s] {line}", file=sys.stderr, flush=True)

    try:
        corpus = load(options.corpus, "train")
        documents = options.documents or min(MOST, max(LEAST, (len(corpus.news) + len(corpus.spam)) // 2))
        names = [folder.name for folder in options.corpus]
        model = train(corpus, documents=documents, seed=options.seed, sources=names, version=__version__, say=say)
        save(model, options.out)
        write_card(model, options.out)
    except (SpamguardError, OSError) as error:
        print(f"spamguard train: {error}", file=sys.stderr)
        return 2
    say(f"model written to {options.out}")
    return 0


LEAST, MOST = 3000, 24000
"""Documents composed: fewer do not show every placement, more bring little."""

if __name__ == "__main__":
    sys.exit(main())
