"""Where the outputs of each input go: a folder, a file, or standard output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from spamguard.errors import DataError
from spamguard.io.formats import RAW, Source, format_of
from spamguard.io.journal import NAME
from spamguard.io.outbox import Outbox
from spamguard.io.stores import Place, locate

ERRORS = ".errors.jsonl"
REPORTS = ".spamguard.jsonl"


@dataclass(frozen=True)
class Destination:
    """A folder, a file, or standard output (neither).

    Attributes
    ----------
    folder, file : Path or None
        Where the outputs are written.
    removed : Path or None
        Where the removed stretches are written.
    outbox : Outbox
        Brings what belongs elsewhere there.
    """

    folder: Path | None = None
    file: Path | None = None
    removed: Path | None = None
    outbox: Outbox = field(default_factory=Outbox)

    @classmethod
    def of(
        cls,
        out: str | None,
        found: Sequence[Source],
        only_reports: bool = False,
        removed: Place | None = None,
        work: Path | None = None,
    ) -> Destination:
        """What `out` means for these inputs.

        A folder if it is one, ends in a slash, has no suffix, or several inputs go there; otherwise a file; standard
        output if it is None or ``-``. With `only_reports`, a file need not have the format of the input.

        Raises
        ------
        DataError
            If an output cannot go there.
        """
        outbox = Outbox(work)
        kept = None if removed is None else outbox.place(removed)
        if out is None or out == "-":
            if len(found) > 1:
                raise DataError(f"{len(found)} inputs cannot share standard output: name a folder with --out")
            if found[0].format == "parquet" and not only_reports:
                raise DataError("Parquet cannot be written to standard output: name a file or folder with --out")
            return cls(None, None, kept, outbox)
        path = locate(out)
        if len(found) == 1 and path.suffix and not path.is_dir() and not out.endswith("/"):
            if format_of(path) not in (None, found[0].written) and not only_reports:
                of_input = "of raw pages is JSON lines" if found[0].format in RAW else "keeps the format of the input"
                raise DataError(f"{out}: the output {of_input}, {found[0].written}: name it so")
            where = cls(None, outbox.place(path), kept, outbox)
        elif path.exists() and not path.is_dir():
            raise DataError(f"{out} is a file, wanted a folder for {len(found)} inputs")
        else:
            where = cls(outbox.place(path), None, kept, outbox)
        for source in found:
            main = where.main(source)
            if main and source.path and outbox.address(main).resolve() == source.path.resolve():
                raise DataError(
                    f"{source.path} is an input: the outputs need a folder of their own, so that nothing is lost"
                )
        return where

    def main(self, source: Source) -> Path | None:
        """Where the cleaned file goes; None for standard output."""
        return self.folder / source.name if self.folder else self.file

    def beside(self, source: Source, suffix: str) -> Path:
        """Where a file goes that belongs to the cleaned one; beside the input if that goes to standard output."""
        path = self.main(source) or source.here
        return path.with_name(path.name + suffix)

    @property
    def journal(self) -> Path | None:
        """Where the journal of the run stands."""
        if self.folder:
            return self.folder / NAME
        return self.file and self.file.with_name(f".{self.file.name}.journal")

    @property
    def summary(self) -> Path | None:
        """Where the summary goes; a single file has none but the printed one."""
        return self.folder and self.folder / "summary.json"
