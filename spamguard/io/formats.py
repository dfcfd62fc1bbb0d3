"""Which files are read, as what, and under which name they are written."""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path, PurePath

from spamguard.errors import DataError
from spamguard.io import compression
from spamguard.io.delimited import Delimited, TabDelimited
from spamguard.io.journal import removed_by
from spamguard.io.jsonl import JsonLines
from spamguard.io.parquet import Parquet
from spamguard.io.raw import Archive, Html
from spamguard.io.removed import originals
from spamguard.io.rows import Fields, TextFormat
from spamguard.io.stores import Place, locate, stamp
from spamguard.io.text import PlainText

SUFFIXES = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".txt": "text",
    ".html": "html",
    ".htm": "html",
    ".warc": "warc",
    ".wet": "wet",
}
FORMATS: dict[str, type[TextFormat | Parquet]] = {
    "jsonl": JsonLines,
    "csv": Delimited,
    "tsv": TabDelimited,
    "parquet": Parquet,
    "text": PlainText,
    "html": Html,
    "warc": Archive,
    "wet": Archive,
}
RAW = ("html", "warc", "wet")
"""Formats that are read only: what is written are JSON lines, under the name of the input and this."""
RAW_SUFFIX = ".jsonl"

OWN_SUFFIXES = (".errors.jsonl", ".spamguard.jsonl")
"""Files that spamguard writes beside its outputs: no inputs when a folder is read."""

STANDARD_INPUT = "standard-input"


@dataclass(frozen=True)
class Source:
    """One input.

    Attributes
    ----------
    path : Path, Remote or None
        None for standard input.
    name : str
        Its name, with slashes, below the input folder, or the folder that holds all inputs if there are several; also the
        name of its output below the output folder, to which that of raw pages gains `RAW_SUFFIX`.
    format : str
        A key of `FORMATS`.
    compression : str or None
    """

    path: Place | None
    name: str
    format: str
    compression: str | None = None

    @property
    def here(self) -> Path:
        """Its path, or the one it would have in the current folder if it is none of this machine's files."""
        return self.path if isinstance(self.path, Path) else Path(self.name.rpartition("/")[2])

    def reader(self, fields: Fields, report: bool) -> TextFormat | Parquet:
        """The reader and writer of its format."""
        return FORMATS[self.format](fields, report)

    @property
    def written(self) -> str:
        """The format of the output."""
        return "jsonl" if self.format in RAW else self.format


def sources(
    inputs: Sequence[str],
    kind: str | None,
    nameless: str,
    out: Place | None = None,
    removed: Place | None = None,
) -> list[Source]:
    """The files that inputs name, each once, in order.

    Parameters
    ----------
    inputs : sequence of str
        Files, folders (read to the bottom, hidden and unknown files left out), patterns, each a path or an address of a
        store, or ``-``.
    kind : str, optional
        Format of all of them; by their names otherwise.
    nameless : str
        Format where a name tells nothing.
    out, removed : Path or Remote, optional
        What is written to; never read.

    Raises
    ------
    DataError
        If an input names nothing or cannot be listed, or if two would have the same name.
    """
    found: dict[Place | None, Place] = {}
    for given in inputs:
        if given == "-":
            found[None] = Path()
            continue
        try:
            for file, root in _expand(given, kind, out, removed):
                found.setdefault(file, root.absolute())
        except OSError as error:
            raise DataError(
                f"{given}: {error.strerror or error}: check the name, and your way there (rights, credentials, network)"
            ) from None
    roots = [root.parts for path, root in found.items() if path]
    if len({parts[0] for parts in roots}) > 1:
        raise DataError("the inputs are in several stores: clean those of each to a folder of its own")
    top = len(list(takewhile(lambda names: len(set(names)) == 1, zip(*roots, strict=False))))
    if None in found and kind == "parquet":
        raise DataError("Parquet is read from its end, which standard input does not have yet: give the file")
    listed = []
    for path in found:
        if path is None:
            form = kind or nameless
            listed.append(Source(None, STANDARD_INPUT + _suffix(form) + _added(form), form))
        else:
            below = path.absolute().parts[top:]
            if not {".", ".."}.isdisjoint(below):
                raise DataError(f"{path}: its name leads out of the folder of the outputs: clean it on its own")
            form = kind or format_of(path) or nameless
            listed.append(Source(path, "/".join(below) + _added(form), form, compression.of_name(path)))
    names = Counter(source.name for source in listed)
    if doubled := [name for name, count in names.items() if count > 1]:
        raise DataError(f"two inputs would be written as {doubled[0]}: clean them to folders of their own")
    return listed


def format_of(path: Place) -> str | None:
    """The format a file name tells, or None."""
    return SUFFIXES.get(compression.bare_name(PurePath(path.name)).suffix.lower())


def _added(kind: str) -> str:
    return RAW_SUFFIX if kind in RAW else ""


def _suffix(kind: str) -> str:
    return next(suffix for suffix, known in SUFFIXES.items() if known == kind)


def _expand(given: str, kind: str | None, out: Place | None, removed: Place | None) -> Iterator[tuple[Place, Place]]:
    """Files of one input, each with the folder its name is told from."""
    path = locate(given)
    path = Path(os.path.normpath(path)) if isinstance(path, Path) else path
    if path.is_dir():
        own = _own(path, out, removed)
        files = [file for file in _sorted(path.rglob("*")) if _taken(file, path, own) and (kind or format_of(file))]
        if not files:
            raise DataError(f"{given}: no file of a known format ({', '.join(SUFFIXES)}, also compressed) in this folder")
        yield from ((file, path) for file in files)
    elif path.exists():
        yield path, path.parent
    elif not glob.has_magic(given):
        stamp(path)  # says what is wrong with it
    else:
        magic = next(place for place, part in enumerate(path.parts) if glob.has_magic(part))
        root = path.parents[len(path.parts) - magic - 1]
        own = _own(root, out, removed)
        files = [file for file in _sorted(root.glob("/".join(path.parts[magic:]))) if _taken(file, root, own)]
        if not files:
            stamp(root)
            raise DataError(f"{given}: no file matches this pattern")
        yield from ((file, root) for file in files)


def _sorted(files: Iterable[Place]) -> list[Place]:
    return sorted(files, key=lambda file: file.parts)


def _taken(file: Place, root: Place, own: Collection[Place]) -> bool:
    """Whether a file found below a folder is an input: not hidden, and not written by a run."""
    if not file.is_file() or file.name.endswith(OWN_SUFFIXES):
        return False
    if any(part.startswith(".") for part in file.parts[len(root.parts) :]):
        return False
    where = file.resolve()
    return not any(path == where or path in where.parents for path in own)


def _own(root: Place, out: Place | None, removed: Place | None) -> list[Place]:
    """What of a folder is of this run, or of the run that wrote the folder: an output folder, files of removed stretches."""
    own = [] if out is None or root.resolve() not in out.resolve().parents else [out.resolve()]
    for path in (removed, removed_by(root)):
        if path is not None:
            own += [path.resolve(), originals(path).resolve()]
    return own
