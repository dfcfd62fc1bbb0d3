"""Prints how many texts a training folder holds: ``python -m spamguard.train.counts DIR…``."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from spamguard.train.corpus import Corpus, load


def table(corpus: Corpus) -> str:
    """Rows and languages of each kind, and the spam pieces by trade and shape."""
    lines = []
    for name in ("news", "spam", "hard", "comments", "stubs"):
        rows = getattr(corpus, name)
        lines.append(f"{name:10} {len(rows):7} texts in {len({row.lang for row in rows})} languages")
    for key in ("category", "shape"):
        counts = Counter(getattr(row, key) or "-" for row in corpus.spam)
        lines.append(f"spam by {key}: " + ", ".join(f"{name} {count}" for name, count in counts.most_common()))
    return "\n".join(lines)


def main(folders: list[Path]) -> None:
    """Print the table of both splits."""
    for split in ("train", "dev"):
        print(f"{split}\n{table(load(folders, split))}\n")


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
