"""`clean_files`: files in, files out, nothing lost.

Chunks of rows are read ahead, cleaned (by worker processes if asked for), and written in order to part files. When a
chunk stands there, the journal says so; when an input is at its end, its part files get their names. So a kill at any
moment leaves whole files, part files, and a journal that tells how much of them counts.
"""

from __future__ import annotations

import errno
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Any

import spamguard
from spamguard.errors import DataError, SpamguardError
from spamguard.guard import SpamGuard
from spamguard.io import compression, parquet
from spamguard.io.destination import ERRORS, REPORTS, Destination
from spamguard.io.formats import Source, sources
from spamguard.io.guardrail import GuardRail
from spamguard.io.journal import Journal, State
from spamguard.io.jsonl import dump
from spamguard.io.parts import Output, Part, StandardOutput, atomic, part_path, publish
from spamguard.io.reading import Chunk, chunks, gather
from spamguard.io.removed import lines_of, originals
from spamguard.io.rows import Fields, Item, Row
from spamguard.io.tally import Tally
from spamguard.io.workers import Pool
from spamguard.result import Result

CHUNK_BYTES = 1 << 21
"""Rows are read, cleaned, written and journaled by about so many bytes: a few seconds of work, a few dozen MB of memory."""

TOLD = 3
"""Problems of a file that are told one by one; all of them are in its errors file."""

ON_ERROR = ("skip", "keep", "stop")
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class Options:
    """What `clean_files` does with the files.

    Attributes
    ----------
    fields : Fields
        Names of the text and id fields.
    format : str, optional
        Format of all inputs, a key of `formats.FORMATS`; by their names otherwise.
    on_error : {"skip", "keep", "stop"}
        What becomes of a row that cannot be read: left out of the output, kept as it is, or the end of the run. It is
        in the errors file in any case.
    report : {"field", "beside", "only"}
        Each row gains its report; the reports stand in a file beside the output; they are all that is written.
    removed : Path, optional
        Where everything that is cut goes, so that `restore` can put it back.
    workers : int
        Processes; -1 takes all cores.
    sample : int, optional
        Clean only so many documents of each file, the first.
    max_cut : float, optional
        Share of characters or documents from which the run stops.
    dry_run : bool
        Count only.
    resume : bool
        Go on with an interrupted run.
    chunk_bytes : int
    """

    fields: Fields = field(default_factory=Fields)
    format: str | None = None
    on_error: str = "skip"
    report: str = "field"
    removed: Path | None = None
    workers: int = 1
    sample: int | None = None
    max_cut: float | None = None
    dry_run: bool = False
    resume: bool = False
    chunk_bytes: int = CHUNK_BYTES

    def check(self) -> None:
        """Refuse what does not go together."""
        if self.removed and (self.sample or self.dry_run or self.report == "only"):
            raise ValueError(
                "--removed keeps what is cut of whole outputs: it goes with none of --sample, --dry-run, --report-only"
            )
        if self.sample is not None and self.sample < 1:
            raise ValueError(f"--sample: wanted a positive number of documents, got {self.sample}")


@dataclass(frozen=True)
class Step:
    """What a chunk did, for a progress display: bytes of the input, as stored, and counts."""

    stored: int
    tally: Tally


def clean_files(
    inputs: Sequence[str],
    out: str | None,
    guard: SpamGuard,
    options: Options,
    tell: Callable[[str], None] = lambda message: None,
    start: Callable[[Sequence[Source]], None] = lambda found: None,
    step: Callable[[Step], None] = lambda step: None,
) -> Tally:
    """Clean files.

    Parameters
    ----------
    inputs : sequence of str
        Files, folders, patterns, or ``-`` for standard input.
    out : str or None
        A folder, a file (for one input), or None or ``-`` for standard output.
    guard : SpamGuard
    options : Options
    tell : callable, optional
        Takes messages for a person.
    start : callable, optional
        Is told of the inputs.
    step : callable, optional
        Is told of every chunk.

    Returns
    -------
    Tally
        Of the whole run, the part before a `resume` included.

    Raises
    ------
    DataError
        If nothing can be read, or an input is in the way of an output.
    CutLimitError
        If the guard rail stops the run.
    SpamguardError
        If the disk is full or a worker dies; what was finished is kept for `resume`.
    """
    options.check()
    found = sources(inputs, options.format, Path(out) if out and out != "-" else None)
    where = Destination() if options.dry_run else Destination.of(out, found, only_reports=options.report == "only")
    start(found)
    try:
        with ExitStack() as stack:
            return _Run(found, where, guard, options, tell, step, stack).work()
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        raise SpamguardError(
            f"no room to write ({error.strerror}): what stands under its own name is whole; make room, go on with --resume"
        ) from None


class _Run:
    """One run: the journal, the file of removed stretches, and the target in hand."""

    def __init__(
        self,
        found: Sequence[Source],
        where: Destination,
        guard: SpamGuard,
        options: Options,
        tell: Callable[[str], None],
        step: Callable[[Step], None],
        stack: ExitStack,
    ) -> None:
        self.found, self.where, self.options, self.tell, self.step = found, where, options, tell, step
        self.rail = GuardRail(options.max_cut)
        self.journal = self._journal(guard)
        self.state = self.journal.state if self.journal else State()
        if self.journal:
            stack.callback(self.journal.close)
        self.tally = self.state.tally
        self.removed: Part | None = None
        if options.removed and not self.state.ended:
            self.removed = Part(options.removed, self.state.removed)
            stack.callback(self.removed.close)
        self.pool = stack.enter_context(Pool(guard, options.workers))
        self.target: _Target | None = None
        stack.callback(self.close)
        self.settings = {"spamguard": spamguard.__version__, "model": str(guard.model), "threshold": guard.threshold}

    def work(self) -> Tally:
        """Everything, from the first chunk to the summary."""
        new = [source.name for source in self.found if not self.state.of(source.name).done]
        if self.state.ended and new:
            raise DataError(
                f"the run was finished, but {new[0]} was not there then: clean new files to a folder of their own"
            )
        if self.state.finished:
            self.tell("nothing is left to do: the run was finished")
            return self.tally
        units = gather(self._chunks(), self.options.chunk_bytes)
        for unit, results in self.pool.clean(units, _texts):
            left = iter(results)
            for chunk in unit:
                self.target = self.target or _Target(self, chunk)
                self._chunk(self.target, chunk, left)
                if chunk.end:
                    self.target = None
        self._finish()
        return self.tally

    def close(self) -> None:
        """Close what an error left open."""
        if self.target:
            self.target.close()

    def _journal(self, guard: SpamGuard) -> Journal | None:
        if self.where.journal is None or self.options.dry_run:
            if self.options.resume:
                raise DataError("--resume goes on with files: it needs --out, and no --dry-run")
            return None
        same = {
            "spamguard": spamguard.__version__,
            "model": str(guard.model),
            "threshold": guard.threshold,
            "where": list(guard.where),
            "text": self.options.fields.text,
            "id": self.options.fields.id,
            "format": self.options.format,
            "on_error": self.options.on_error,
            "report": self.options.report,
            "removed": self.options.removed and str(self.options.removed.resolve()),
            "sample": self.options.sample,
        }
        return Journal(self.where.journal, same, self.options.resume)

    def _chunks(self) -> Iterator[Chunk]:
        for source in self.found:
            progress = self.state.of(source.name)
            if progress.done:
                continue
            last = progress.last
            if last and last["input"] != _stamp(source):
                raise DataError(f"{source.path} changed since the interrupted run: start over, without --resume")
            form_report = self.options.report == "field"
            if last and last["end"]:
                yield Chunk(source, source.reader(self.options.fields, form_report), read=last["rows"], end=True)
                continue
            yield from chunks(
                source,
                self.options.fields,
                form_report,
                chunk_bytes=self.options.chunk_bytes,
                skip=last["rows"] if last else 0,
                sample=self.options.sample,
            )

    def _chunk(self, target: _Target, chunk: Chunk, results: Iterator[Result]) -> None:
        ended_before = bool(target.last and target.last["end"])
        if not ended_before:
            tally = target.take(chunk, results)
            self.tally.add(tally)
            if self.journal:
                target.sync()
                self.journal.chunk(
                    {
                        "file": chunk.source.name,
                        "input": _stamp(chunk.source),
                        "rows": chunk.read,
                        "sizes": {**target.sizes, "removed": self.removed.size if self.removed else 0},
                        "crc": target.crc,
                        "end": chunk.end,
                        "whole": target.whole,
                        "tally": tally.to_dict(),
                    }
                )
            self.step(Step(chunk.stored or chunk.size, tally))
        self.rail.check(self.tally, last=chunk.end and chunk.source == self.found[-1])
        if chunk.end:
            target.publish()
            if self.journal:
                self.journal.done(chunk.source.name, target.crc if chunk.source.format != "parquet" else None)

    def _finish(self) -> None:
        if self.journal and not self.state.ended:
            self.journal.end()
        if self.removed:
            self.removed.close()
        if self.options.removed:
            size = self.removed.size if self.removed else self.state.removed
            publish(self.options.removed, size, _packer(self.options.removed), empty=True)
        if self.where.summary and not self.options.dry_run:
            with atomic(self.where.summary) as summary:
                summary.write(dump({**self.settings, **self.tally.to_dict()}).encode() + b"\n")
        if self.journal:
            self.journal.finish()
            if self.where.file:
                self.journal.path.unlink()


class _Target:
    """The outputs of one input."""

    def __init__(self, run: _Run, chunk: Chunk) -> None:
        self.run, self.source = run, chunk.source
        self.options = run.options
        self.last = run.state.of(chunk.source.name).last
        self.sizes: dict[str, int] = dict(self.last["sizes"]) if self.last else {"main": 0, "errors": 0, "reports": 0}
        self.sizes.pop("removed", None)
        self.crc: int = self.last["crc"] if self.last else 0  # of what was cleaned
        self.whole: bool = self.last["whole"] if self.last else True  # something of the input could be read
        self.told = 0
        self.outputs: dict[str, Output] = {}
        if not (self.last and self.last["end"]):
            self._open()

    def paths(self) -> dict[str, Path | None]:
        """The final names; None for standard output."""
        where, source = self.run.where, self.source
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
            if row.problem:
                errors.append(self._problem(row, row.problem, with_row=True))
                tally.errors += not row.continued
            elif result is not None:
                tally.count(row, result)
                self.run.rail.watch(self.source.name, row, result)
                reports.append({"row": row.number, "id": row.id, **result.to_dict()})
            elif row.document:
                tally.verdicts["earlier" if row.earlier else "missing"] += 1
            items.append(Item(row, result, dropped=bool(row.problem) and self.options.on_error == "skip"))
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
        for output in (*self.outputs.values(), self.run.removed):
            if output:
                output.sync()

    def publish(self) -> None:
        """Give the outputs their names."""
        self.close()
        if self.options.dry_run:
            return
        for kind, path in self.paths().items():
            if path is None:
                continue
            packer = _packer(path)
            if kind == "main" and self.source.format == "parquet" and self.source.path:
                packer = partial(_pack_parquet, self.source.path, self.options.report == "field", path)
            publish(path, self.sizes[kind], packer, empty=kind != "errors" and self.whole)
        if self.sizes["errors"]:
            self.run.tell(f"rows in error are in {self.paths()['errors']}")

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
        removed = self.run.removed
        if removed:
            removed.write(lines_of(self.source.name, self.sizes["main"], written))
        self._write("main", written.data)
        self.crc = zlib.crc32(written.data, self.crc)
        if removed and chunk.end:
            removed.write((dump(self._end_line(chunk)) + "\n").encode())

    def _end_line(self, chunk: Chunk) -> dict[str, Any]:
        """The line of the removed file that ends an input."""
        line: dict[str, Any] = {"file": self.source.name, "format": self.source.format}
        main = self.run.where.file
        if main and main.name != self.source.name:
            line["written"] = main.name
        if not self.whole:
            return {**line, "unread": chunk.problem}
        if self.source.format == "parquet" and self.source.path and self.options.removed:
            keep = originals(self.options.removed) / self.source.name
            line |= {"text": self.options.fields.text, "report": chunk.format.adds_report}
            return {**line, **parquet.way_back(self.source.path, self.sizes["errors"] > 0, keep)}
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
        self.whole = chunk.read > 0
        if self.options.on_error == "stop" or (len(self.run.found) == 1 and not self.whole):
            raise DataError(told)
        self._tell(told)
        errors.append({"file": self._name, "row": chunk.read + 1, "reason": chunk.problem})

    def _tell(self, message: str) -> None:
        self.told += 1
        if self.told <= TOLD:
            self.run.tell(message)

    @property
    def _name(self) -> str:
        return str(self.source.path or "standard input")


def _texts(unit: Sequence[Chunk]) -> list[str]:
    return [row.text for chunk in unit for row in chunk.rows if row.text is not None]


def _lines(contents: Sequence[dict[str, Any]]) -> bytes:
    return "".join(dump(content) + "\n" for content in contents).encode()


def _stamp(source: Source) -> list[int] | None:
    """What tells whether an input changed."""
    if source.path is None or not source.path.exists():
        return None
    stat = source.path.stat()
    return [stat.st_size, stat.st_mtime_ns]


def _packer(path: Path) -> Callable[[Path, IO[bytes]], None] | None:
    kind = compression.of_name(path)
    return None if kind is None else partial(_compress, kind)


def _compress(kind: str, part: Path, sink: IO[bytes]) -> None:
    compression.compress(part, sink, kind)


def _pack_parquet(original: Path, report: bool, final: Path, part: Path, sink: IO[bytes]) -> None:
    parquet.pack(part, original, sink, report)
