"""The way back: puts what was cut into cleaned files, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import IO, Any

from spamguard.errors import DataError
from spamguard.io import compression, parquet
from spamguard.io.outbox import Outbox
from spamguard.io.parts import Checked, atomic
from spamguard.io.removed import originals, unspell
from spamguard.io.stores import Place

BLOCK = 1 << 20
Line = dict[str, Any]


def restore(
    cleaned: Place,
    removed: Place,
    out: Place,
    tell: Callable[[str], None] = lambda message: None,
    work: Path | None = None,
) -> tuple[int, int]:
    """Write the originals of cleaned files.

    Parameters
    ----------
    cleaned : Path or Remote
        The folder that `clean` wrote to, or the one file.
    removed : Path or Remote
        The file it wrote with ``--removed``.
    out : Path or Remote
        Folder for the originals; they get their old names there, and the compression these tell.
    tell : callable, optional
        Takes messages for a person.
    work : Path, optional
        Working folder for what goes to a store; `outbox.default_work` otherwise.

    Returns
    -------
    restored, failed : int
        Files. One that is not restored is told of and not written.

    Raises
    ------
    DataError
        If `removed` cannot be read.
    """
    if out.resolve() == cleaned.resolve():
        raise DataError(f"{out} holds the cleaned files: restore to a folder of its own")
    outbox = Outbox(work)
    folder = outbox.place(out)
    ends = {line["file"]: line for line in _lines(removed) if "format" in line}
    counts = [0, 0]
    for name, lines in groupby(_lines(removed), key=lambda line: line["file"]):
        try:
            if name not in ends:
                raise DataError("the removed file says nothing of its end: give it whole")
            outbox.send(_restore(cleaned, ends[name], lines, removed, folder))
            counts[0] += 1
        except (DataError, FileNotFoundError) as error:
            tell(f"{name}: {error}")
            counts[1] += 1
    return counts[0], counts[1]


def _lines(removed: Place) -> Iterator[Line]:
    with ExitStack() as stack:
        raw = stack.enter_context(removed.open("rb"))
        stream = stack.enter_context(compression.reader(raw, compression.of_name(removed)))
        for number, line in enumerate(stream, 1):
            try:
                yield json.loads(line)
            except ValueError as error:
                raise DataError(f"{removed}, line {number}: {error}: give the file as clean --removed wrote it") from None


def _restore(cleaned: Place, end: Line, lines: Iterator[Line], removed: Place, out: Path) -> Path:
    """Write one original below `out`; returns its path."""
    name = PurePosixPath(end["file"])
    if name.is_absolute() or ".." in name.parts:
        raise DataError("the name leads out of the folder: nothing is written there")
    if "unread" in end:
        raise DataError(f"could not be read when it was cleaned ({end['unread']}): its original was left where it stood")
    source = cleaned if cleaned.is_file() else cleaned / end.get("written", name)
    with atomic(out / name) as raw:
        sink = Checked(raw)
        if end["format"] == "parquet":
            _parquet(source, end, lines, originals(removed) / name, sink)
        else:
            _text(source, lines, raw, compression.of_name(Path(name)), sink)
        if (sink.size, sink.crc) != (end["bytes"], end["crc32"]):
            other = f", or pyarrow is not {end['pyarrow']}" if "pyarrow" in end else ""
            raise DataError(f"{source} is not as spamguard wrote it{other}: its original cannot be put together from it")
    return out / name


def _text(source: Place, lines: Iterator[Line], raw: IO[bytes], kind: str | None, sink: Checked) -> None:
    with ExitStack() as stack:
        packed = stack.enter_context(source.open("rb"))
        kept = _Kept(stack.enter_context(compression.reader(packed, compression.of_name(source))))
        if kind:
            sink.file = stack.enter_context(compression.writer(raw, kind))
        for line in lines:
            if "edits" in line:
                for at, new, old in line["edits"]:
                    kept.copy(sink, at)
                    kept.skip(new)
                    sink.write(unspell(old))
            elif "at" in line:
                kept.copy(sink, line["at"])
                sink.write(unspell(line.get("raw", line["text"])))
        kept.copy(sink, None)


def _parquet(source: Place, end: Line, lines: Iterator[Line], original: Place, sink: Checked) -> None:
    if "original" in end:
        with original.open("rb") as file:
            while block := file.read(BLOCK):
                sink.write(block)
        return
    cuts = (line for line in lines if "start" in line)
    with source.open("rb") as file:
        parquet.put_back(file, cuts, end["layout"], end["text"], end["report"], sink)


class _Kept:
    """The bytes of a cleaned file, in order."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._at = 0

    def copy(self, sink: Checked, until: int | None) -> None:
        """Hand on the bytes before `until`, or all that are left; fewer, if there are no more."""
        while until is None or self._at < until:
            block = self._stream.read(BLOCK if until is None else min(BLOCK, until - self._at))
            if not block:
                return
            self._at += len(block)
            sink.write(block)

    def skip(self, size: int) -> None:
        """Leave bytes out."""
        self._at += len(self._stream.read(size))
