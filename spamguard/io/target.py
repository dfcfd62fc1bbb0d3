"""The outputs of one input: rows, reports and errors, under temporary names until the input is at its end."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from spamguard.errors import DataError
from spamguard.io import parquet
from spamguard.io.destination import ERRORS, REPORTS, Destination
from spamguard.io.formats import Source
from spamguard.io.guardrail import GuardRail
from spamguard.io.jsonl import dump
from spamguard.io.options import Options
from spamguard.io.pages import PageResult
from spamguard.io.parts import Output, Part, StandardOutput, part_path, publish
from spamguard.io.reading import Chunk
from spamguard.io.removed import lines_of, originals
from spamguard.io.rows import Item, Row
from spamguard.io.tally import Tally
from spamguard.result import Result

TOLD = 3
"""Problems of a file that are told one by one; all of them are in its errors file."""


class Target:
    """The outputs of one input.

    Parameters
    ----------
    source : Source
    where : Destination
    options : Options
    last : dict or None
        The journal's line of the last chunk, in a run that goes on.
    removed : Part or None
        The file of removed stretches.
    rail : GuardRail
    tell : callable
        Takes messages for a person.

    Attributes
    ----------
    sizes : dict
        Bytes so far of ``main``, ``errors`` and ``reports``.
    crc : int
        CRC-32 of the bytes of ``main``.
    whole : bool
        Something of the input could be read.
    exact : bool
        No row was left out.
    ended : bool
        All chunks are written.
    """

    def __init__(
        self,
        source: Source,
        where: Destination,
        options: Options,
        last: dict[str, Any] | None,
        removed: Part | None,
        rail: GuardRail,
        tell: Callable[[str], None],
    ) -> None:
        self.source, self.where, self.options = source, where, options
        self.removed, self.rail, self.tell = removed, rail, tell
        self.sizes: dict[str, int] = dict.fromkeys(("main", "errors", "reports"), 0)
        self.crc = 0
        self.whole = self.exact = True
        self.ended = False
        if last:
            self.sizes = {kind: last["sizes"][kind] for kind in self.sizes}
            self.crc, self.whole, self.exact, self.ended = last["crc"], last["whole"], last["exact"], last["end"]
        self.told = 0
        self.outputs: dict[str, Output] = {}
        if not self.ended:
            self._open()

    def paths(self) -> dict[str, Path | None]:
        """The final names; None for standard output."""
        where, source = self.where, self.source
        paths: dict[str, Path | None] = {"errors": where.beside(source, ERRORS)}
        if self.options.report == "only":
            paths["reports"] = where.beside(source, REPORTS) if where.folder else where.file
        else:
            paths["main"] = where.main(source)
            if self.options.report == "beside":
                paths["reports"] = where.beside(source, REPORTS)
        return paths

    def take(self, chunk: Chunk, results: Iterator[Result]) -> Tally:
        """Write a chunk; returns its counts."""
        tally = Tally()
        items = []
        reports, errors = [], []
        for row in chunk.rows:
            result = next(results) if row.text is not None else None
            if result and row.hidden is not None:
                result = PageResult(result.original, result.spans, tuple(zip(row.hidden, results, strict=False)))
            if row.problem:
                errors.append(self._problem(row, row.problem, with_row=True))
                tally.errors += not row.continued
            elif result is not None:
                tally.count(row, result)
                self.rail.watch(self.source.name, row, result)
                reports.append({"row": row.number, "id": row.id, **result.to_dict()})
            elif row.document:
                tally.verdicts["earlier" if row.earlier else "other" if row.other else "missing"] += 1
            dropped = bool(row.problem) and self.options.on_error == "skip"
            self.exact &= not dropped
            items.append(Item(row, result, dropped))
        for row, note in chunk.notes:
            errors.append(self._problem(row, note, with_row=False))
            tally.errors += 1
        if chunk.problem:
            tally.errors += 1
            self._break_off(chunk, errors)
        self._write("reports", _lines(reports))
        self._write("errors", _lines(errors))
        self._write_rows(chunk, items)
        return tally

    def sync(self) -> None:
        """See that what was written outlives a crash."""
        for output in self.outputs.values():
            output.sync()

    def publish(self) -> set[Path]:
        """Give the outputs their names; returns the folders they stand in."""
        self.close()
        if self.options.dry_run:
            return set()
        for kind, path in self.paths().items():
            if path is None:
                continue
            pack = None
            if kind == "main" and self.source.format == "parquet" and self.source.path:
                pack = partial(parquet.pack, self.source.path, self.options.report == "field")
            if publish(path, self.sizes[kind], pack, empty=kind != "errors" and self.whole):
                self.where.outbox.send(path)
        errors = self.where.beside(self.source, ERRORS)
        if self.sizes["errors"]:
            self.tell(f"rows in error are in {self.where.outbox.address(errors)}")
        else:
            self.where.outbox.withdraw(errors)  # of an earlier run
        return {path.absolute().parent for path in self.paths().values() if path}

    def done(self) -> dict[str, Any]:
        """What the journal says when the outputs have their names; by the CRC-32 a later run knows them again."""
        return {"file": self.source.name, "done": True, "crc": self.crc if self.source.format != "parquet" else None}

    def close(self) -> None:
        """No more rows come."""
        for output in self.outputs.values():
            output.close()

    def _open(self) -> None:
        if self.options.dry_run:
            return
        for kind, path in self.paths().items():
            if path is None:
                self.outputs[kind] = StandardOutput()
            elif kind != "errors" or self.sizes[kind]:
                self.outputs[kind] = Part(path, self.sizes[kind])
            else:
                part_path(path).unlink(missing_ok=True)

    def _write(self, kind: str, data: bytes) -> None:
        if self.options.dry_run or kind not in (paths := self.paths()) or not data:
            return
        path = paths[kind]
        if kind not in self.outputs and path is not None:
            self.outputs[kind] = Part(path)  # an errors file is there only if there are errors
        self.outputs[kind].write(data)
        self.sizes[kind] = self.outputs[kind].size

    def _write_rows(self, chunk: Chunk, items: list[Item]) -> None:
        if self.options.dry_run or self.options.report == "only":
            return
        written = chunk.format.write(items)
        removed = self.removed
        if removed:
            removed.write(lines_of(self.source.name, self.sizes["main"], written))
        self._write("main", written.data)
        self.crc = zlib.crc32(written.data, self.crc)
        if removed and chunk.end:
            removed.write((dump(self._end_line(chunk)) + "\n").encode())

    def _end_line(self, chunk: Chunk) -> dict[str, Any]:
        """The line of the removed file that ends an input."""
        line: dict[str, Any] = {"file": self.source.name, "format": self.source.format}
        main = self.where.file
        if main and main.name != self.source.name:
            line["written"] = main.name
        if not self.whole:
            return {**line, "unread": chunk.problem}
        if self.source.format == "parquet" and self.source.path and self.where.removed:
            keep = originals(self.where.removed) / self.source.name
            line |= {"text": self.options.fields.text, "report": chunk.format.adds_report}
            line |= parquet.way_back(self.source.path, not self.exact, keep)
            if "original" in line:
                self.where.outbox.send(keep)
            return line
        return {**line, "bytes": chunk.size, "crc32": chunk.crc}

    def _problem(self, row: Row, reason: str, with_row: bool) -> dict[str, Any]:
        if self.options.on_error == "stop" and with_row:
            raise DataError(f"{self._name}, row {row.number}: {reason}. Stopped by --on-error stop")
        if not row.continued:
            self._tell(f"{self._name}, row {row.number}: {reason}")
        problem = {"file": self._name, "row": row.number, "reason": reason}
        if with_row and isinstance(row.raw, bytes):
            problem["line"] = row.raw.decode("utf-8", "backslashreplace").rstrip("\r\n")
        return problem

    def _break_off(self, chunk: Chunk, errors: list[dict[str, Any]]) -> None:
        """Note that the input ends early."""
        after = f" after {chunk.read} rows" if chunk.read else ""
        told = f"{self._name}{after}: {chunk.problem}"
        self.whole, self.exact = chunk.read > 0, False
        if self.options.on_error == "stop":
            raise DataError(f"{told}. Stopped by --on-error stop")
        self._tell(told)
        errors.append({"file": self._name, "row": chunk.read + 1, "reason": chunk.problem})

    def _tell(self, message: str) -> None:
        self.told += 1
        if self.told <= TOLD:
            self.tell(message)

    @property
    def _name(self) -> str:
        return str(self.source.path or "standard input")


def _lines(contents: Sequence[dict[str, Any]]) -> bytes:
    return "".join(dump(content) + "\n" for content in contents).encode()
