"""Compressed files: read as what they hold, written in one piece, and named when they are cut short."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import IO, Any

from spamguard.errors import DataError, SpamguardError
from spamguard.io.stores import Remote

SUFFIXES = {".gz": "gzip", ".bz2": "bz2", ".xz": "xz", ".zst": "zstd"}
BLOCK = 1 << 20
BROKEN = (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile)


def of_name(path: PurePath | Remote) -> str | None:
    """The compression a file name tells, or None."""
    return SUFFIXES.get(path.suffix.lower())


def bare_name(path: PurePath) -> PurePath:
    """The name without the suffix of its compression."""
    return path.with_suffix("") if of_name(path) else path


def reader(raw: IO[bytes], compression: str | None) -> IO[bytes]:
    """What a compressed stream holds."""
    if compression == "gzip":
        return gzip.GzipFile(fileobj=raw)  # type: ignore[return-value]
    if compression == "bz2":
        return bz2.BZ2File(raw)
    if compression == "xz":
        return lzma.LZMAFile(raw)
    if compression == "zstd":
        return io.BufferedReader(_ZstdReader(raw))
    return raw


def writer(raw: IO[bytes], compression: str | None) -> IO[bytes]:
    """A stream that compresses into `raw`; closing it ends the compressed stream and leaves `raw` open."""
    if compression == "gzip":  # no time stamp: equal runs, equal bytes
        return gzip.GzipFile(fileobj=raw, mode="wb", filename="", mtime=0)  # type: ignore[return-value]
    if compression == "bz2":
        return bz2.BZ2File(raw, "wb")
    if compression == "xz":
        return lzma.LZMAFile(raw, "wb")
    if compression == "zstd":
        return _zstandard().ZstdCompressor().stream_writer(raw, closefd=False)  # type: ignore[no-any-return]
    raise ValueError(f"no compression {compression!r}")


def compress(compression: str, source: Path, raw: IO[bytes]) -> None:
    """Write what `source` holds to `raw`, compressed."""
    with open(source, "rb") as plain, writer(raw, compression) as packed:
        shutil.copyfileobj(plain, packed, BLOCK)


class Blocks:
    """The `blocks` of a stream for a reader that has more to give when it breaks off: `broken` then says why."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.broken: DataError | None = None
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from blocks(self._stream)
        except DataError as error:
            self.broken = error


def blocks(stream: IO[bytes]) -> Iterator[bytes]:
    """A stream, block by block, up to the place where it breaks.

    Raises
    ------
    DataError
        If the compressed stream is cut short or damaged; everything before that place has been yielded.
    """
    read = getattr(stream, "read1", stream.read)
    while True:
        try:
            block = read(BLOCK)
        except BROKEN as error:
            raise DataError(_damaged(error)) from None
        except OSError as error:
            if error.errno is None:  # bz2 says "Invalid data stream" this way; a real read error has a number
                raise DataError(_damaged(error)) from None
            raise
        if not block:
            return
        yield block


def _damaged(error: Exception) -> str:
    return f"the compressed file is cut short or damaged ({error}): fetch it again; what could be read was cleaned"


class _ZstdReader(io.RawIOBase):
    """All frames of a zstd file. The library's own reader takes a cut-off frame for the end of the file."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw = raw
        self._library = _zstandard()
        self._frame: Any = None
        self._held = b""
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._held:
            packed = self._rest or self._raw.read(BLOCK >> 3)
            if not packed:
                if self._frame is not None:
                    raise EOFError("the last zstd frame has no end")
                return 0
            self._rest = b""
            self._frame = self._frame or self._library.ZstdDecompressor().decompressobj()
            try:
                self._held = self._frame.decompress(packed)
            except self._library.ZstdError as error:
                raise EOFError(str(error)) from None
            if self._frame.eof:
                self._rest, self._frame = self._frame.unused_data, None
        count = min(len(buffer), len(self._held))
        buffer[:count] = self._held[:count]
        self._held = self._held[count:]
        return count


def _zstandard() -> Any:
    try:
        import zstandard  # an extra
    except ImportError:
        raise SpamguardError("reading and writing .zst needs zstandard: pip install 'spamguard[zstd]'") from None
    return zstandard
