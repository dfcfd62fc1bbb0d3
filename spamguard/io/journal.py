"""What a run has done so far, so that `--resume` can go on from there.

A line is appended when a chunk stands in the part files, and when the files of an input have their names. A line that a
kill cut off does not count: its chunk is done again, and what of it stands in the part files is cut off.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

from spamguard.errors import DataError
from spamguard.io.parts import write_all
from spamguard.io.stores import Place, locate, stamp
from spamguard.io.tally import Tally

NAME = ".spamguard.journal"
"""The journal in the folder of a run. It stays there: by it a later run knows files without a report as cleaned."""

Line = dict[str, Any]


@dataclass
class Progress:
    """What the journal says of one input.

    Attributes
    ----------
    last : dict or None
        The line of its last chunk.
    done : bool
        Its outputs have their names.
    """

    last: Line | None = None
    done: bool = False


@dataclass
class State:
    """What an interrupted run has done.

    Attributes
    ----------
    files : dict
        By name of the input.
    tally : Tally
        Of all its chunks.
    removed : int
        Bytes of the file of removed stretches.
    ended, finished : bool
        All inputs are done; and everything has its name.
    """

    files: dict[str, Progress] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    removed: int = 0
    ended: bool = False
    finished: bool = False

    def of(self, name: str) -> Progress:
        """What is done of one input."""
        return self.files.get(name) or Progress()


class Journal:
    """The journal of a run.

    Parameters
    ----------
    path : Path
    options : dict
        Everything that the outputs depend on; a run goes on only with the same.
    resume : bool
        Go on from what the file says; otherwise it starts anew.

    Raises
    ------
    DataError
        If the interrupted run had other options.
    """

    def __init__(self, path: Path, options: Line, resume: bool) -> None:
        self.path = path
        self.state = State()
        path.parent.mkdir(parents=True, exist_ok=True)
        size = 0
        for line, length in _lines(path) if resume else ():
            if size == 0:
                _check(line, options)
            else:
                self._take(line)
            size += length
        self._file = open(path, "ab", buffering=0)  # noqa: SIM115 - open as long as the run
        self._worth = size > 0
        try:
            _lock(self._file, path)
            self._file.truncate(size)
            if size == 0:
                self._append([{"options": options}])
        except BaseException:  # a file left open would keep the lock
            self._file.close()
            raise

    def note(self, lines: Sequence[Line]) -> None:
        """Append lines: of chunks, of inputs that are done, of the end."""
        self._worth = True
        self._append(lines)

    def close(self) -> None:
        """Close the file; one that says nothing but the options is not kept."""
        self._file.close()
        if not self._worth:
            self.path.unlink()

    def _append(self, lines: Sequence[Line]) -> None:
        write_all(self._file, b"".join(json.dumps(line).encode() + b"\n" for line in lines))
        os.fsync(self._file.fileno())

    def _take(self, line: Line) -> None:
        if "file" not in line:
            self.state.ended |= line.get("ended", False)
            self.state.finished |= line.get("finished", False)
            return
        progress = self.state.files.setdefault(line["file"], Progress())
        if line.get("done"):
            progress.done = True
            return
        progress.last = line
        self.state.tally.add(Tally.of(line["tally"]))
        self.state.removed = line["sizes"]["removed"]


def _lock(file: io.FileIO, path: Path) -> None:
    """Keep the journal for this run, where the system can; a run that is killed lets go of it."""
    if fcntl is None:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise DataError(f"{path.parent}: another run writes here: wait for its end, or name another --out") from None


def cleaned_before(path: Place) -> int | None:
    """The CRC-32 that a run noted of a file it wrote, in the journal of a folder above; None if no run wrote it."""
    for folder in path.resolve().parents:
        journal = folder / NAME
        if journal.is_file():
            name = "/".join(path.resolve().parts[len(folder.parts) :])
            return _noted(journal, *stamp(journal)).get(name)
    return None


def removed_by(folder: Place) -> Place | None:
    """The file of removed stretches of the run that wrote a folder, if any."""
    first = next((line for line, _ in _lines(folder / NAME)), None)
    named = first and first["options"]["removed"]
    return locate(named) if named else None


@lru_cache(maxsize=8)
def _noted(journal: Place, *changed: Any) -> dict[str, int | None]:
    return {line["file"]: line["crc"] for line, _ in _lines(journal) if line.get("done")}


def _lines(path: Place) -> Iterator[tuple[Line, int]]:
    """The lines of a journal up to the first that is cut off, each with its bytes."""
    if not path.is_file():
        return
    with path.open("rb") as file:
        for raw in file:
            if not raw.endswith(b"\n"):
                return
            try:
                yield json.loads(raw), len(raw)
            except ValueError:
                return


def _check(first: Line, options: Line) -> None:
    before = first["options"]
    changed = [name for name in options if before.get(name) != options[name]]
    if changed:
        told = "; ".join(f"{name}: {before.get(name)!r}, now {options[name]!r}" for name in changed)
        raise DataError(f"--resume: the interrupted run had other options ({told}): give the same, or start over without it")
