"""The inputs as chunks of rows, read one after the other, bounded by bytes."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

from spamguard.errors import DataError
from spamguard.io import compression
from spamguard.io.formats import Source
from spamguard.io.journal import cleaned_before
from spamguard.io.rows import Fields, Row

REMEMBERED_IDS = 1_000_000
"""Ids of a file that are remembered to find duplicates, so that memory stays bounded (about 100 MB)."""


MOST_ROWS = 50_000
"""Rows of a chunk: records of an archive that pass by hold no bytes."""

TOGETHER = 100
"""Small inputs that are cleaned together, so that the files open at a time stay few."""


@dataclass
class Chunk:
    """Some rows of one input.

    Attributes
    ----------
    source : Source
    format : a reader and writer of `formats`
    rows : list of Row
    notes : list of (Row, str)
        What is worth telling of rows that are cleaned all the same.
    read : int
        Rows of the input read up to here, those of an interrupted run included.
    size, crc : int
        Bytes of the input up to here, decompressed, and their CRC-32.
    held : int
        Bytes of its rows.
    stored : int
        Bytes of the input as stored, read for this chunk.
    end : bool
        The input ends here.
    problem : str or None
        Why it ends early.
    """

    source: Source
    format: Any
    rows: list[Row] = field(default_factory=list)
    notes: list[tuple[Row, str]] = field(default_factory=list)
    read: int = 0
    size: int = 0
    crc: int = 0
    held: int = 0
    stored: int = 0
    end: bool = False
    problem: str | None = None


def chunks(
    source: Source, fields: Fields, report: bool, *, chunk_bytes: int, skip: int = 0, sample: int | None = None
) -> Iterator[Chunk]:
    """One input, in chunks; the last has `end` set.

    Parameters
    ----------
    source : Source
    fields : Fields
    report : bool
        Whether rows gain their report as a field.
    chunk_bytes : int
        A chunk holds about so many.
    skip : int, default 0
        Rows that an interrupted run has done. They are read again, which is quick beside cleaning, and left out.
    sample : int, optional
        Documents after which reading stops.
    """
    form = source.reader(fields, report)
    chunk = Chunk(source, form)
    seen: dict[int, int] = {}
    documents = stored = 0
    with ExitStack() as stack:
        try:
            if source.format == "parquet" and source.compression:
                raise DataError("Parquet is compressed inside: decompress the file first")
            earlier = source.path is not None and source.format != "parquet" and _cleaned_before(source)
            raw = stack.enter_context(source.path.open("rb")) if source.path else sys.stdin.buffer
            stream = stack.enter_context(compression.reader(raw, source.compression)) if source.path else raw
            for row in form.rows(stream):
                if earlier and row.text is not None:
                    row = replace(row, text=None, earlier=True)
                chunk.read += 1
                if isinstance(row.raw, bytes):
                    chunk.size += len(row.raw)
                    chunk.crc = zlib.crc32(row.raw, chunk.crc)
                note = _duplicate(row, seen)
                if chunk.read <= skip:
                    continue
                chunk.rows.append(row)
                if note:
                    chunk.notes.append((row, note))
                chunk.held += len(row.raw) if isinstance(row.raw, bytes) else row.raw.nbytes
                chunk.held += sum(len(block.text) for block in row.hidden or ())
                documents += row.text is not None
                if documents == sample:
                    break
                if chunk.held >= chunk_bytes or len(chunk.rows) == MOST_ROWS:
                    if source.path:
                        chunk.stored, stored = raw.tell() - stored, raw.tell()
                    yield chunk
                    chunk = Chunk(source, form, read=chunk.read, size=chunk.size, crc=chunk.crc)
        except DataError as error:
            chunk.problem = str(error)
        except OSError as error:  # not there, no permission, a bad disk, a broken connection
            chunk.problem = f"{error.strerror or error}: check the file and your way there, and clean it again"
        chunk.end = True
        yield chunk


def gather(found: Iterable[Chunk], chunk_bytes: int) -> Iterator[list[Chunk]]:
    """Chunks of small inputs together, so that there is enough to clean at once."""
    unit: list[Chunk] = []
    size = 0
    for chunk in found:
        unit.append(chunk)
        size += chunk.held
        if size >= chunk_bytes // 2 or len(unit) == TOGETHER:
            yield unit
            unit, size = [], 0
    if unit:
        yield unit


def _cleaned_before(source: Source) -> bool:
    """Whether a run wrote the file, and it is still as that run wrote it."""
    noted = cleaned_before(source.path) if source.path else None
    if noted is None or source.path is None:
        return False
    crc = 0
    with source.path.open("rb") as raw, compression.reader(raw, source.compression) as stream:
        for block in compression.blocks(stream):
            crc = zlib.crc32(block, crc)
    return crc == noted


def _duplicate(row: Row, seen: dict[int, int]) -> str | None:
    """Whether the id of the row stood in the file before."""
    if row.id is None:
        return None
    key = hash(row.id)
    if key in seen:
        return (
            f"the id {row.id!r} stood in row {seen[key]} before: both rows are cleaned and told apart by their row numbers;"
            " give each document an id of its own"
        )
    if len(seen) < REMEMBERED_IDS:
        seen[key] = row.number
    return None
