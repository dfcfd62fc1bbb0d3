"""Finds campaigns that nobody labelled yet: ``spamguard mine IN… --out labels.jsonl``.

An injected text comes in many copies, and none belongs where it stands. So what recurs across documents is counted first
(`units`); then segments are looked for that recur or are odd in their own article (`candidates`); what shares keys of its
own is a campaign, ranked by how foreign it is (`campaigns`); and a few documents of each are read again and written as
labels (`labels`). The inputs are read three times, and never held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spamguard.errors import DataError
from spamguard.features import Text
from spamguard.guard import SpamGuard, batches
from spamguard.io.formats import Source, sources
from spamguard.io.jsonl import dump
from spamguard.io.options import CHUNK_BYTES
from spamguard.io.parts import atomic
from spamguard.io.reading import chunks
from spamguard.io.rows import Fields, Row
from spamguard.mine.campaigns import find_campaigns
from spamguard.mine.candidates import Candidates, find_candidates, join
from spamguard.mine.labels import Found, Stretches, label
from spamguard.mine.units import Recurrence, Units

SHOWN, NAMES = 60, 2
"""Characters of an example, and domain names, in the table."""
TOLD = 10
"""Rows that cannot be read are told one by one up to so many."""


def run(
    guard: SpamGuard,
    inputs: Sequence[str],
    out: Path,
    *,
    fields: Fields,
    format: str | None,
    nameless: str,
    most: int,
    tell: Callable[[str], None] = lambda message: None,
) -> tuple[list[Found], int]:
    """Mine files for campaigns and write labels.

    Parameters
    ----------
    guard : SpamGuard
    inputs : sequence of str
        Files, folders or patterns, here or in a store.
    out : Path
        The labels: JSON lines with ``text``, ``spans``, ``lang`` and ``campaign``.
    fields : Fields
    format : str, optional
        Format of all inputs; by their names otherwise.
    nameless : str
        Format of inputs whose names tell none.
    most : int
        Campaigns at the most.
    tell : callable, optional
        Takes messages for a person.

    Returns
    -------
    list of Found, surest first
    int
        Rows and files that could not be read.

    Raises
    ------
    DataError
        If an input names nothing, or is standard input.
    """
    if "-" in inputs:
        raise DataError("mine reads its inputs more than once, which standard input does not allow: give a file")
    corpus = _Corpus(sources(inputs, format, nameless, out), fields)
    seen = _count(guard, corpus)
    corpus.report(tell)
    found: list[Found] = []
    rows: list[dict[str, Any]] = []
    if seen.documents:
        candidates, site = _collect(guard, corpus, seen)
        campaigns = find_campaigns(candidates, site, most)
        tell(f"{seen.documents} documents, {len(candidates)} suspicious or recurring segments, {len(campaigns)} campaigns")
        if campaigns:
            stretches = Stretches.of(candidates, campaigns)
            found, rows = label(guard._model, campaigns, stretches, corpus.fetch(stretches.examples().doc))
    with atomic(out) as file:
        file.write("".join(dump(row) + "\n" for row in rows).encode("utf-8"))
    return found, len(corpus.problems)


def table(found: Sequence[Found]) -> str:
    """The campaigns as a table for a terminal."""
    lines = [("campaign", "documents", "stretches", "sites", "merit", "label", "domains", "example")]
    for one in found:
        names = ", ".join(one.domains[:NAMES]) + (" …" if len(one.domains) > NAMES else "")
        example = " ".join(one.example.split())
        example = example if len(example) <= SHOWN else example[: SHOWN - 1] + "…"
        numbers = (str(one.number), str(one.documents), str(one.stretches), str(one.sites or "–"), f"{one.merit:.1f}")
        lines.append((*numbers, one.label, names or "–", example))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


class _Corpus:
    """The documents of the inputs, read anew each time."""

    def __init__(self, found: Sequence[Source], fields: Fields) -> None:
        self.found = found
        self.fields = fields
        self.problems: dict[tuple[str, int], str] = {}

    def documents(self) -> Iterator[Row]:
        """Rows with a text that is not empty."""
        for source in self.found:
            for chunk in chunks(source, self.fields, False, chunk_bytes=CHUNK_BYTES):
                for row in chunk.rows:
                    if row.problem:
                        self.problems[source.name, row.number] = row.problem
                    if row.text:
                        yield row
                if chunk.problem:
                    self.problems[source.name, 0] = chunk.problem

    def batches(self) -> Iterator[list[Row]]:
        """Documents of about `BATCH_CHARACTERS` together."""
        return batches(self.documents(), lambda row: len(row.text or ""))

    def fetch(self, wanted: NDArray[np.int64]) -> dict[int, Row]:
        """Some documents by their numbers."""
        numbers = set(wanted.tolist())
        return {number: row for number, row in enumerate(self.documents()) if number in numbers}

    def report(self, tell: Callable[[str], None]) -> None:
        """Tell what could not be read."""
        for (name, number), problem in islice(self.problems.items(), TOLD):
            tell(f"{name}, row {number}: {problem}" if number else f"{name}: {problem}")
        if len(self.problems) > TOLD:
            tell(f"… and {len(self.problems) - TOLD} more rows that cannot be read")


def _texts(rows: Sequence[Row]) -> list[str]:
    return [row.text for row in rows if row.text]


def _count(guard: SpamGuard, corpus: _Corpus) -> Recurrence:
    """First reading: in how many documents words and shingles recur."""
    seen = Recurrence()
    for rows in corpus.batches():
        seen.count(Units(Text.of(_texts(rows), guard._model.learned)))
    return seen


def _collect(guard: SpamGuard, corpus: _Corpus, seen: Recurrence) -> tuple[Candidates, NDArray[np.int64]]:
    """Second reading: the candidates, and the number of each document's site."""
    parts: list[Candidates] = []
    numbers: dict[str, int] = {}
    site: list[int] = []
    segments = 0
    for rows in corpus.batches():
        view = guard._view(_texts(rows))
        parts.append(find_candidates(guard._model, view, Units(view.text), seen, len(site), segments))
        segments += len(view.segments)
        site += [numbers.setdefault(row.domain, len(numbers)) if row.domain else -1 for row in rows]
    return join(parts), np.array(site, np.int64)
