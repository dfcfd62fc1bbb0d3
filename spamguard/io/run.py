"""`clean_files`: files in, files out, nothing lost.

Chunks of rows are read ahead, cleaned (by worker processes if asked for), and written in order to part files. When a
chunk stands there, the journal says so; when an input is at its end, its part files get their names. So a kill at any
moment leaves whole files, part files, and a journal that tells how much of them counts.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import spamguard
from spamguard.errors import DataError, SpamguardError
from spamguard.guard import SpamGuard
from spamguard.io.destination import Destination
from spamguard.io.formats import Source, sources
from spamguard.io.guardrail import GuardRail
from spamguard.io.journal import Journal, State
from spamguard.io.jsonl import dump
from spamguard.io.options import Options
from spamguard.io.parts import Part, atomic, publish, sync_folder
from spamguard.io.reading import Chunk, chunks, gather
from spamguard.io.stores import locate, stamp
from spamguard.io.tally import Tally
from spamguard.io.target import Target
from spamguard.io.workers import Pool
from spamguard.result import Result

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


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
        Files, folders, patterns, each a path or an address of a store, or ``-`` for standard input.
    out : str or None
        A folder, a file (for one input), either here or in a store, or None or ``-`` for standard output.
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
        If the disk is full, a store does not take an output, or a worker dies; what was finished is kept for `resume`.
    """
    options.check()
    target = locate(out) if out and out != "-" else None
    found = sources(inputs, options.format, options.nameless, target, options.removed)
    if options.dry_run:
        where = Destination()
    else:
        where = Destination.of(out, found, options.report == "only", options.removed, options.work)
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
        if where.removed and not self.state.ended:
            self.removed = Part(where.removed, self.state.removed)
            stack.callback(self.removed.close)
        self.pool = stack.enter_context(Pool(guard, options.workers))
        self.target: Target | None = None  # the input in hand
        self.held: list[Target] = []  # it, and those before it that have no names yet
        self.noted = False
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
            self._commit(unit, iter(results))
        self._finish()
        return self.tally

    def close(self) -> None:
        """Close what an error left open."""
        for target in self.held:
            target.close()

    def _journal(self, guard: SpamGuard) -> Journal | None:
        if self.where.journal is None or self.options.dry_run:
            if self.options.resume:
                raise DataError("--resume goes on with files: it needs --out, and no --dry-run")
            return None
        same = {"spamguard": spamguard.__version__, **self.options.outcome(guard)}
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

    def _commit(self, unit: Sequence[Chunk], results: Iterator[Result]) -> None:
        """Write the chunks of a unit, then note them, then give the outputs that are whole their names."""
        lines = []
        ended = []
        for chunk in unit:
            if self.target is None:
                self.target = self._target(chunk)
                self.held.append(self.target)
            if not self.target.ended:
                tally = self.target.take(chunk, results)
                self.tally.add(tally)
                lines.append(self._line(self.target, chunk, tally))
                self.step(Step(chunk.stored or chunk.size, tally))
            if chunk.end:
                ended.append(self.target)
                self.target = None
        if self.journal and lines:
            self._sync()
            self.journal.note(lines)
            if not self.noted:  # a store that takes no outputs says so before hours of work
                self.where.outbox.send(self.journal.path, keep=True)
            self.noted = True
        self.rail.check(self.tally, last=unit[-1].end and unit[-1].source == self.found[-1])
        for folder in {folder for target in ended for folder in target.publish()}:
            sync_folder(folder)
        if self.journal and ended:
            self.journal.note([target.done() for target in ended])
        self.held = [self.target] if self.target else []

    def _sync(self) -> None:
        for target in self.held:
            target.sync()
        if self.removed:
            self.removed.sync()

    def _target(self, chunk: Chunk) -> Target:
        if chunk.problem and not chunk.read and len(self.found) == 1:
            raise DataError(f"{chunk.source.path}: {chunk.problem}")
        last = self.state.of(chunk.source.name).last
        return Target(chunk.source, self.where, self.options, last, self.removed, self.rail, self.tell)

    def _line(self, target: Target, chunk: Chunk, tally: Tally) -> dict[str, Any]:
        """What the journal says of a chunk."""
        return {
            "file": chunk.source.name,
            "input": _stamp(chunk.source),
            "rows": chunk.read,
            "sizes": {**target.sizes, "removed": self.removed.size if self.removed else 0},
            "crc": target.crc,
            "whole": target.whole,
            "exact": target.exact,
            "end": chunk.end,
            "tally": tally.to_dict(),
        }

    def _finish(self) -> None:
        if self.journal and not self.state.ended:
            self.journal.note([{"ended": True}])
        if self.removed:
            self.removed.close()
        if self.where.removed:
            size = self.removed.size if self.removed else self.state.removed
            publish(self.where.removed, size, empty=True)
            self.where.outbox.send(self.where.removed)
            sync_folder(self.where.removed.absolute().parent)
        if self.where.summary and not self.options.dry_run:
            with atomic(self.where.summary) as summary:
                summary.write(dump({**self.settings, **self.tally.to_dict()}).encode() + b"\n")
            self.where.outbox.send(self.where.summary)
        if self.journal:
            self.where.outbox.send(self.journal.path, keep=True)
            self.journal.note([{"finished": True}])
            if self.where.file:
                self.where.outbox.withdraw(self.journal.path)


def _texts(unit: Sequence[Chunk]) -> list[str]:
    """The text of each row, with those of the blocks it hides behind it."""
    rows = (row for chunk in unit for row in chunk.rows if row.text is not None)
    return [text for row in rows for text in (row.text or "", *(block.text for block in row.hidden or ()))]


def _stamp(source: Source) -> list[Any] | None:
    """What tells whether an input changed."""
    try:
        return stamp(source.path) if source.path else None
    except FileNotFoundError:
        return None
