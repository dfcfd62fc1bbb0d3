"""A byte stream as lines, each with its line end, none longer than memory allows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from spamguard.io.compression import Blocks
from spamguard.io.rows import LONGEST_ROW


@dataclass(frozen=True)
class Line:
    """A line, or a piece of one that is too long: `whole` is false for all its pieces, `first` true for the first."""

    raw: bytes
    whole: bool = True
    first: bool = True


def lines(stream: IO[bytes]) -> Iterator[Line]:
    """The lines of a stream; joined, their bytes are the stream.

    Raises
    ------
    DataError
        If the stream breaks off; what came before has been yielded.
    """
    held: list[bytes] = []  # the line that is not at its end yet, in blocks
    size = 0
    long = False  # pieces of this line have been yielded
    source = Blocks(stream)
    for block in source:
        *ended, rest = block.split(b"\n")
        for line in ended:
            raw = b"".join((*held, line, b"\n"))
            yield from _pieces(raw, long)
            held, size, long = [], 0, False
        if rest:
            held.append(rest)
            size += len(rest)
        if size > (0 if long else LONGEST_ROW):  # what goes on with a piece need not be held
            yield Line(b"".join(held), whole=False, first=not long)
            held, size, long = [], 0, True
    if held:
        yield from _pieces(b"".join(held), long)
    if source.broken:
        raise source.broken


def _pieces(raw: bytes, long: bool) -> Iterator[Line]:
    too_long = long or len(raw) > LONGEST_ROW
    yield Line(raw, whole=not too_long, first=not long)
