"""Files that are not on this machine: object stores and servers, by fsspec, which only this module knows.

A `Remote` has the part of the face of `pathlib.Path` that reading takes, so that whatever reads takes either.
"""

from __future__ import annotations

import errno
import io
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO, Any, TypeAlias, cast

from spamguard.errors import DataError, SpamguardError

READ_AHEAD = 4 << 20
"""Bytes asked of a store at a time."""

OBJECT_STORES = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oss", "oci"})
"""Protocols of stores that have no folders, and show an upload when it is whole. Elsewhere a renaming has to do that."""

STAMPS = ("ETag", "etag", "md5Hash", "LastModified", "last_modified", "mtime", "modified", "created")
"""Under which of these names a store tells that a file changed, the surest first."""


@dataclass(frozen=True)
class Remote:
    """A file or folder of a store.

    Attributes
    ----------
    store : fsspec.AbstractFileSystem
    path : str
        As the store spells it.
    prefix : str
        What stands before the path in its address.
    known : mapping, optional
        What a listing told of it.
    """

    store: Any
    path: str
    prefix: str
    known: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        address = self.prefix + self.path
        return address.partition("?")[0] if address.startswith("http") else address  # a query may hold a secret

    def __truediv__(self, name: str | PurePosixPath) -> Remote:
        path = f"{self.path.rstrip('/')}/{name}" if self.path else str(name)
        return Remote(self.store, path, self.prefix)

    @property
    def anchor(self) -> str:
        """The protocol, as ``s3://``."""
        return self.parts[0]

    @property
    def parts(self) -> tuple[str, ...]:
        """The protocol and the names below."""
        protocol, _, path = str(self).partition("://")
        return f"{protocol}://", *filter(None, path.split("/"))

    @property
    def name(self) -> str:
        """The last name."""
        return self.parts[-1]

    @property
    def suffix(self) -> str:
        """The ending of the name."""
        return PurePosixPath(self.name).suffix

    @property
    def parent(self) -> Remote:
        """The folder it stands in."""
        head, slash, _ = self.path.partition("?")[0].rstrip("/").rpartition("/")
        return Remote(self.store, head or slash, self.prefix)

    @property
    def parents(self) -> list[Remote]:
        """The folders above, up to the bucket or host."""
        found = []
        above, top = self, 1 if self.path.startswith("/") else 2
        while len(above.parts) > top:
            above = above.parent
            found.append(above)
        return found

    def with_name(self, name: str) -> Remote:
        """Another name in the same folder."""
        return self.parent / name

    def resolve(self) -> Remote:
        """Itself, less a slash at the end; there are no links."""
        return replace(self, path=self.path.rstrip("/") or self.path)

    def absolute(self) -> Remote:
        """Itself."""
        return self

    def exists(self) -> bool:
        """Whether there is a file or folder."""
        try:
            return bool(self.info)
        except FileNotFoundError:
            return False

    def is_dir(self) -> bool:
        """Whether it is a folder; an address that ends in a slash is taken for one."""
        return self.path.endswith("/") or (self.exists() and self.info["type"] == "directory")

    def is_file(self) -> bool:
        """Whether it is a file that one may read."""
        try:
            return self.info["type"] == "file" and not self.path.endswith("/")
        except OSError:
            return False

    def rglob(self, pattern: str) -> list[Remote]:
        """All files below that match."""
        with _plainly(self):
            found = self.store.find(self.path, detail=True)
        return [file for file in self._listed(found) if PurePosixPath(file.name).match(pattern)]

    def glob(self, pattern: str) -> list[Remote]:
        """What matches a pattern told from here."""
        with _plainly(self):
            found = self.store.glob((self / pattern).path, detail=True)
        return self._listed(found)

    def open(self, mode: str = "rb") -> IO[bytes]:
        """Open for reading."""
        with _plainly(self):
            if "http" in self.store.protocol:
                return self._fetched()
            return io.BufferedReader(
                _Reading(self.store.open(self.path, mode, block_size=READ_AHEAD), self), READ_AHEAD // 4
            )

    def put(self, source: Path) -> None:
        """Write a file of this machine here; it appears under its name when it is whole."""
        protocols = self.store.protocol
        with _plainly(self):
            if OBJECT_STORES.intersection([protocols] if isinstance(protocols, str) else protocols):
                self.store.put_file(str(source), self.path)
            else:
                growing = self.with_name(f".{self.name}.part")
                self.store.makedirs(self.parent.path, exist_ok=True)
                self.store.put_file(str(source), growing.path)
                self.store.mv(growing.path, self.path)

    def unlink(self, missing_ok: bool = False) -> None:
        """Remove the file."""
        if missing_ok and not self.exists():
            return
        with _plainly(self):
            self.store.rm_file(self.path)

    def stamp(self) -> list[Any]:
        """Size and what else tells a file from a changed one."""
        return [self.info.get("size"), next((str(self.info[name]) for name in STAMPS if self.info.get(name)), None)]

    def _fetched(self) -> IO[bytes]:
        """The file fetched whole: not every web server reads on from a place, or waits until rows are cleaned."""
        with ExitStack() as stack:
            copy = stack.enter_context(tempfile.TemporaryFile())
            self.store.get_file(self.path, copy)
            copy.seek(0)
            stack.pop_all()
            return copy

    @cached_property
    def info(self) -> Mapping[str, Any]:
        """What the store tells of it, asked once."""
        if self.known:
            return self.known
        with _plainly(self):
            return cast(Mapping[str, Any], self.store.info(self.path))

    def _listed(self, found: Mapping[str, Mapping[str, Any]]) -> list[Remote]:
        return [Remote(self.store, path, self.prefix, info) for path, info in found.items()]


Place: TypeAlias = Path | Remote


def locate(given: str) -> Place:
    """The place that a path or an address names.

    Raises
    ------
    DataError
        If no store goes by the address.
    SpamguardError
        If a package is missing.
    """
    protocol, mark, rest = given.partition("://")
    if not mark:
        return Path(given)
    if protocol in ("file", "local"):
        return Path(rest)
    try:
        from fsspec.core import url_to_fs  # an extra
    except ImportError:
        raise SpamguardError(f"{protocol}:// needs fsspec: pip install 'spamguard[remote]'") from None
    try:
        store, path = url_to_fs(given)
    except ImportError as error:  # fsspec says which package the protocol needs
        extra = ": pip install 'spamguard[s3]'" if protocol in ("s3", "s3a") else ""
        raise SpamguardError(f"{given}: {error}{extra}") from None
    except ValueError as error:
        raise DataError(f"{given}: {error}: check the address") from None
    store.invalidate_cache()  # what another run of this process listed
    if "http" in store.protocol:
        from aiohttp import ClientTimeout  # it carries this protocol; its own limit is five minutes a file

        store.client_kwargs.setdefault("timeout", ClientTimeout(total=None, sock_connect=60, sock_read=60))
    bare = given.rstrip("/")
    prefix = bare[: -len(path)] if path and bare.endswith(path) else f"{protocol.rpartition(':')[2]}://"
    prefix = "" if path.startswith(prefix) else re.sub("//[^/@]*@", "//", prefix)
    return Remote(store, path + "/" * (given.endswith("/") and not path.endswith("/")), prefix)


def stamp(place: Place) -> list[Any]:
    """What tells whether a file changed: its size, and when or to what.

    Raises
    ------
    OSError
        If it is not there.
    """
    if isinstance(place, Remote):
        return place.stamp()
    stat = place.stat()
    return [stat.st_size, stat.st_mtime_ns]


class _Reading(io.RawIOBase):
    """A file of a store, its errors as those of a file here."""

    def __init__(self, file: Any, place: Remote) -> None:
        self._file = file
        self._place = place

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return bool(self._file.seekable())

    def readinto(self, buffer: Any) -> int:
        with _plainly(self._place):
            data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        with _plainly(self._place):
            return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def close(self) -> None:
        self._file.close()
        super().close()


@contextmanager
def _plainly(place: Remote) -> Iterator[None]:
    """Errors of a store, each of whose libraries has exceptions of its own, as errors of a file here."""
    try:
        yield
    except Exception as error:
        reason = getattr(error, "strerror", None) or str(error)
        if isinstance(error, FileNotFoundError):
            number = errno.ENOENT
            if reason.strip("/") in str(place):  # the store names the file and no more
                cause = error.__cause__
                reason = "No such file or folder" + (f" ({type(cause).__name__})" if cause else "")
        elif isinstance(error, PermissionError):
            number = errno.EACCES
        else:
            number = errno.EIO
            reason = f"{type(error).__name__}: {reason}"
        raise OSError(number, reason, str(place)) from error
