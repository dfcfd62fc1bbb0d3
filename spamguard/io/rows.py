"""What every format hands to the run: rows, and the edits that turn the bytes of a row into its cleaned bytes.

A row of a text format is edited in place: the bytes of a cut stretch are taken out, the report is put in, and every
other byte stays as it stood, down to the spelling of an escape. Each edit can be undone, so that is how `restore` works.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import urlsplit

from spamguard.errors import DataError
from spamguard.io.pages import Hidden
from spamguard.result import Result, Span

REPORT = "spamguard"
"""Field or column that the report of each row is written to."""

LONGEST_ROW = 1 << 24
"""Bytes of the longest row that is cleaned: 16 MiB takes 1.7 GB of memory (measured), and no news article is near it."""

LANGUAGE_FIELDS = ("language", "lang")
DOMAIN_FIELDS = ("domain", "url", "source")
NESTS = ("metadata", "meta")
"""Where language and domain of a document are looked for: in the row itself, beside the text, and in these objects."""


@dataclass(frozen=True)
class Fields:
    """Names of the fields to read; a dot goes into nested objects."""

    text: str = "text"
    id: str | None = None


@dataclass(frozen=True)
class Row:
    """One row of a file.

    Attributes
    ----------
    number : int
        Where it stands in the file, from 1: the line of JSON lines, the record of a table (the header is record 1).
    raw : bytes or a table of one row
        The row as it stands in the file, with its line end.
    text : str or None
        What to clean; None where the row is handed on as it is.
    id, language, domain : str or None
        What the row says about its document.
    problem : str or None
        Why the row cannot be cleaned, and the remedy.
    earlier : bool
        It carries the report of an earlier run, and is handed on.
    document : bool
        False for a header or a blank line.
    continued : bool
        It goes on with a row whose beginning, too long to be cleaned, came before.
    other : bool
        It is a record of an archive that holds no page.
    hidden : tuple of Hidden or None
        Of a page: the blocks it hides. They are judged and reported, and are not in its text.
    """

    number: int
    raw: Any
    text: str | None = None
    id: str | None = None
    language: str | None = None
    domain: str | None = None
    problem: str | None = None
    earlier: bool = False
    document: bool = True
    continued: bool = False
    other: bool = False
    hidden: tuple[Hidden, ...] | None = None


@dataclass(frozen=True)
class Edit:
    """Bytes ``start:end`` of a row give way to `new`; `span` is what was cut there, if something was."""

    start: int
    end: int
    new: bytes = b""
    span: Span | None = None


@dataclass(frozen=True)
class Item:
    """A row with what becomes of it: its result if it was cleaned; `dropped` if it stays out of the output."""

    row: Row
    result: Result | None = None
    dropped: bool = False


@dataclass(frozen=True)
class Cut:
    """A stretch that was cut: bytes `raw` are missing at byte `at` of what was written, where the format has bytes."""

    row: Row
    span: Span
    text: str
    at: int | None = None
    raw: bytes = b""


@dataclass(frozen=True)
class Undo:
    """What else was changed: `new` bytes at byte `at` of what was written stand for `old`."""

    at: int
    new: int
    old: bytes


@dataclass(frozen=True)
class Written:
    """A chunk as it is written, and what was changed, in order: the way back."""

    data: bytes
    changes: tuple[Cut | Undo, ...] = ()


class TextFormat(ABC):
    """A format whose rows are stretches of bytes.

    Parameters
    ----------
    fields : Fields
    report : bool
        Whether each row gains its report as a field of its own.
    """

    def __init__(self, fields: Fields, report: bool) -> None:
        self.fields = fields
        self.report = report

    @abstractmethod
    def rows(self, stream: IO[bytes]) -> Iterator[Row]:
        """Every row of the stream; joined, their bytes are the stream.

        Raises
        ------
        DataError
            If the stream cannot be read any further; what came before has been yielded.
        """

    @abstractmethod
    def edits(self, row: Row, result: Result | None) -> list[Edit]:
        """What turns a row into its cleaned form: in order, not overlapping."""

    def write(self, items: Sequence[Item]) -> Written:
        """The bytes of the cleaned rows."""
        pieces: list[bytes] = []
        changes: list[Cut | Undo] = []
        at = 0  # bytes written
        for item in items:
            raw = item.row.raw
            if item.dropped:
                changes.append(Undo(at, 0, raw))
                continue
            behind = 0  # bytes of the row done
            for edit in self.edits(item.row, item.result):
                pieces += (raw[behind : edit.start], edit.new)
                at += edit.start - behind
                old = raw[edit.start : edit.end]
                if edit.span is None:
                    changes.append(Undo(at, len(edit.new), old))
                else:
                    text = item.result.original[edit.span.start : edit.span.end]  # type: ignore[union-attr]
                    changes.append(Cut(item.row, edit.span, text, at, old))
                at += len(edit.new)
                behind = edit.end
            pieces.append(raw[behind:])
            at += len(raw) - behind
        return Written(b"".join(pieces), tuple(changes))


def too_long(held: int) -> str:
    """The problem of a row of which `held` bytes, without an end, were read."""
    return (
        f"the row is longer than {LONGEST_ROW} bytes ({held} read so far): split the document into several rows, or check"
        " that the file has a row a line"
    )


def field(content: Mapping[str, Any], path: str) -> Any:
    """The value under a dotted name.

    Raises
    ------
    DataError
        If there is none.
    """
    value: Any = content
    for part in path.split("."):
        if not isinstance(value, Mapping) or part not in value:
            known = f"; it has {sorted(map(str, value))}" if isinstance(value, Mapping) else ""
            raise DataError(f"no field {path!r}{known}: name the field with --field or --id-field")
        value = value[part]
    return value


def text_of(content: Mapping[str, Any], path: str) -> str | None:
    """The text of a row; None for a missing value (null)."""
    value = field(content, path)
    if value is not None and not isinstance(value, str):
        raise DataError(f"field {path!r} holds {type(value).__name__}, wanted a string or null: name another with --field")
    return value


def about(content: Mapping[str, Any], beside: Any = None) -> tuple[str | None, str | None]:
    """Language and domain of a row, as far as it tells them; `beside` is the object the text stands in, if nested."""
    places = [content, *(content.get(name) for name in NESTS), beside]
    domain = _first(places, DOMAIN_FIELDS)
    return _first(places, LANGUAGE_FIELDS), domain and host(domain)


def host(address: str) -> str:
    """The host of an address; a bare name stays as it is.

    >>> host("https://www.kvitnes-courier.example/ferry?page=2"), host("kvitnes-courier.example")
    ('kvitnes-courier.example', 'kvitnes-courier.example')
    """
    try:
        name = urlsplit(address).hostname or address
    except ValueError:  # "http://[broken"
        name = address
    return name.removeprefix("www.")


def _first(places: Sequence[Any], names: Sequence[str]) -> str | None:
    found = (place.get(name) for place in places if isinstance(place, Mapping) for name in names)
    return next((value for value in found if isinstance(value, str) and value), None)
