"""Outputs that belong to a store: they grow and are finished in a working folder here, and are sent when they are whole."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from spamguard.errors import SpamguardError
from spamguard.io.stores import Place, Remote


def default_work() -> Path:
    """The working folder where none is given: the same one again, for `--resume`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "spamguard"


class Outbox:
    """Where outputs stand while they are written, and where they belong. For a path of this machine both are the same.

    Parameters
    ----------
    work : Path, optional
        The working folder; each address has a folder of its own in it.
    """

    def __init__(self, work: Path | None = None) -> None:
        self.work = work or default_work()
        self._homes: dict[Path, Remote] = {}

    def place(self, address: Place) -> Path:
        """Where an output is written; what is written beside it or below belongs beside or below its address."""
        if isinstance(address, Path):
            return address
        home = self.work.absolute() / hashlib.sha256(str(address).rstrip("/").encode()).hexdigest()[:16]
        self._homes[home] = address.parent
        return home / address.name

    def address(self, path: Path) -> Place:
        """Where a file that is written here belongs."""
        home = next((home for home in self._homes if home in path.parents), None)
        return self._homes[home] / path.relative_to(home).as_posix() if home else path

    def send(self, path: Path, keep: bool = False) -> None:
        """Bring a whole file to where it belongs; of one that was sent before, nothing is left to do.

        Parameters
        ----------
        path : Path
        keep : bool, default False
            Whether it also stays here.

        Raises
        ------
        SpamguardError
            If the store does not take it.
        """
        address = self.address(path)
        if isinstance(address, Path) or not path.exists():
            return
        try:
            address.put(path)
        except OSError as error:
            raise SpamguardError(
                f"{address}: cannot be written ({error.strerror}): check address, rights, credentials and network; what is"
                f" finished waits in {self.work}: go on with --resume"
            ) from None
        if not keep:
            path.unlink()

    def withdraw(self, path: Path) -> None:
        """Remove a file, if there is one."""
        path.unlink(missing_ok=True)
        self.address(path).unlink(missing_ok=True)
