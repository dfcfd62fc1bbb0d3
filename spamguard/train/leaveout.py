"""Trains without some languages or trades and measures on spam of each: ``python -m spamguard.train.leaveout``.

Names joined by commas are left out together, which takes one training and is harder than to leave out each alone.
Neither spam pieces nor terms of the lexicon of what is left out are known to the model. News in the language is: it is
the campaign that is new, not the language of the newspaper.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from spamguard import __version__
from spamguard.guard import SpamGuard
from spamguard.train.compose import Composer
from spamguard.train.corpus import Corpus, load, without
from spamguard.train.evaluate import outcomes, spam_row
from spamguard.train.fit import train


def only(corpus: Corpus, name: str) -> Corpus:
    """The corpus with the spam of one language or trade only."""
    spam = [row for row in corpus.spam if name in (row.lang, row.category)]
    domains = {trade: names for trade, names in corpus.domains.items() if trade == name} or corpus.domains
    return replace(corpus, spam=spam, domains=domains)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a row for each left-out name."""
    parser = argparse.ArgumentParser(prog="python -m spamguard.train.leaveout", description=__doc__.split("\n")[0])
    parser.add_argument("--corpus", nargs="+", type=Path, required=True, help="training folders")
    parser.add_argument(
        "--names",
        nargs="+",
        required=True,
        help="languages and trades to leave out: one after the other, those joined by commas together",
    )
    parser.add_argument("--documents", type=int, default=3000, help="documents to train on (default: %(default)s)")
    parser.add_argument("--composed", type=int, default=300, help="documents to measure on (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    whole, dev = load(options.corpus, "train"), load(options.corpus, "dev")
    print("| left out | documents | found | first cut exact | F1 |\n|---|---|---|---|---|", flush=True)
    for group in options.names:
        names = group.split(",")
        model = train(
            without(whole, names), documents=options.documents, seed=options.seed, unknown=names,
            sources=[folder.name for folder in options.corpus], version=__version__,
            say=lambda line: print(line, file=sys.stderr, flush=True),
        )  # fmt: skip
        guard = SpamGuard(model)
        for name in names:
            tested = only(dev, name)
            if not tested.spam:
                print(f"| {name} | 0 | - | - | - |", flush=True)
                continue
            composer = Composer(tested, options.seed)
            row = spam_row(outcomes(guard, [composer.contaminated() for _ in range(options.composed)]))
            print(
                f"| {name} | {row['documents']} | {row['found share']} | {row['first cut exact']} | {row['F1']} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
