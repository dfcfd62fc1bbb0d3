"""`Options`: what a run does with the files."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spamguard.guard import SpamGuard
from spamguard.io.rows import Fields
from spamguard.io.stores import Place

CHUNK_BYTES = 1 << 21
"""Rows are read, cleaned, written and journaled by about so many bytes: a few seconds of work, a few dozen MB of memory."""

ON_ERROR = ("skip", "keep", "stop")


@dataclass(frozen=True)
class Options:
    """What `clean_files` does with the files.

    Attributes
    ----------
    fields : Fields
        Names of the text and id fields.
    format : str, optional
        Format of all inputs, a key of `formats.FORMATS`; by their names otherwise.
    nameless : str
        Format of inputs whose names tell none.
    on_error : {"skip", "keep", "stop"}
        What becomes of a row that cannot be read: left out of the output, kept as it is, or the end of the run. It is
        in the errors file in any case.
    report : {"field", "beside", "only"}
        Each row gains its report; the reports stand in a file beside the output; they are all that is written.
    removed : Path or Remote, optional
        Where everything that is cut goes, so that `restore` can put it back.
    work : Path, optional
        Working folder for what goes to a store; `outbox.default_work` otherwise.
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
    nameless: str = "text"
    on_error: str = "skip"
    report: str = "field"
    removed: Place | None = None
    work: Path | None = None
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

    def outcome(self, guard: SpamGuard) -> dict[str, Any]:
        """Everything that the outputs depend on: an interrupted run goes on only with the same."""
        return {
            "model": str(guard.model),
            "threshold": guard.threshold,
            "where": list(guard.where),
            "text": self.fields.text,
            "id": self.fields.id,
            "format": self.format or self.nameless,
            "on_error": self.on_error,
            "report": self.report,
            "removed": self.removed and str(self.removed.resolve()),
            "sample": self.sample,
        }
