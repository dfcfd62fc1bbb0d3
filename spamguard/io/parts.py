"""Files that grow under a temporary name in their own folder, and appear under their name when they are whole."""

from __future__ import annotations

import io
import os
import sys
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO, Any, Protocol

from spamguard.errors import DataError
from spamguard.io import compression


class Output(Protocol):
    """Where bytes go."""

    size: int

    def write(self, data: bytes) -> None:
        """Append bytes."""

    def sync(self) -> None:
        """See that all bytes so far outlive a crash."""

    def close(self) -> None:
        """No more bytes come."""


class Part:
    """A growing file.

    Parameters
    ----------
    final : Path
        Its name when it is whole.
    kept : int, default 0
        Bytes of an interrupted run to go on from; what stands behind them is cut off.

    Raises
    ------
    DataError
        If the part file of the interrupted run is gone.
    """

    def __init__(self, final: Path, kept: int = 0) -> None:
        self.path = part_path(final)
        self.size = kept
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if kept and (not self.path.is_file() or self.path.stat().st_size < kept):
            raise DataError(f"{self.path}: the first {kept} bytes of this file are gone: start over, without --resume")
        # Unbuffered: on a full disk nothing is left over that closing would try to write again.
        self._file = open(self.path, "r+b" if kept else "wb", buffering=0)  # noqa: SIM115 - open as long as it grows
        self._file.truncate(kept)
        self._file.seek(kept)

    def write(self, data: bytes) -> None:
        """Append bytes."""
        write_all(self._file, data)
        self.size += len(data)

    def sync(self) -> None:
        """See that all bytes so far outlive a crash."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """No more bytes come."""
        self._file.close()


class StandardOutput:
    """The same face for standard output, which nothing can be taken back from."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, data: bytes) -> None:
        """Append bytes."""
        sys.stdout.buffer.write(data)
        self.size += len(data)

    def sync(self) -> None:
        """Let the reader have what there is."""
        sys.stdout.buffer.flush()

    def close(self) -> None:
        """Standard output stays open."""
        sys.stdout.buffer.flush()


class Checked:
    """A binary file that sums up what is written to it; without a file below, it only sums up.

    Attributes
    ----------
    size, crc : int
        Bytes written so far, and their CRC-32.
    """

    closed = False

    def __init__(self, file: IO[bytes] | None = None) -> None:
        self.file = file
        self.size = self.crc = 0

    def write(self, data: Any) -> int:
        """Sum up bytes and hand them on."""
        data = bytes(data)
        if self.file:
            self.file.write(data)
        self.crc = zlib.crc32(data, self.crc)
        self.size += len(data)
        return len(data)

    def tell(self) -> int:
        """Bytes so far."""
        return self.size

    def flush(self) -> None:
        """Nothing is held back here."""

    def close(self) -> None:
        """Its owner closes the file below."""


def write_all(file: io.FileIO, data: bytes) -> None:
    """Write all bytes to an unbuffered file."""
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def part_path(final: Path) -> Path:
    """Where a file grows."""
    return final.with_name(f".{final.name}.part")


def publish(final: Path, size: int, pack: Callable[[Path, IO[bytes]], None] | None = None, empty: bool = False) -> bool:
    """Give a part file its name; of one that was published before, nothing is left to do.

    Parameters
    ----------
    final : Path
    size : int
        Bytes of the part.
    pack : callable, optional
        Writes the part file, given by its path, to a stream in its final form; compression by the name is done here.
    empty : bool, default False
        Whether an empty file is worth having; otherwise it is removed.

    Returns
    -------
    bool
        Whether there is a file.
    """
    part = part_path(final)
    if size == 0 and not empty:
        part.unlink(missing_ok=True)
        return False
    if not part.exists():
        return True
    kind = compression.of_name(final)
    if pack is None and kind is not None:
        pack = partial(compression.compress, kind)
    if pack is None:
        part.replace(final)
    else:
        with atomic(final) as packed:
            pack(part, packed)
        part.unlink()
    return True


class atomic:  # noqa: N801 - reads as a verb at its place of use
    """A binary file that appears under its name when the block ends without an error."""

    def __init__(self, final: Path) -> None:
        self.final = final
        self._path = final.with_name(f".{final.name}.packing")

    def __enter__(self) -> IO[bytes]:
        self.final.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(self._path, "wb")
        return self._file

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._file.flush()
                os.fsync(self._file.fileno())
                self._file.close()
                self._path.replace(self.final)
        finally:
            with suppress(OSError):  # what a full disk did not take in
                self._file.close()
            self._path.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """See that the names in a folder outlive a crash (where the system can)."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
