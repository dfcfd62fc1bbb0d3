"""How far a run is, on a terminal: documents and bytes per second, cuts so far. Quiet in a pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from spamguard.io.formats import Source
from spamguard.io.run import Step
from spamguard.io.stores import stamp
from spamguard.io.tally import Tally


class Progress(AbstractContextManager["Progress"]):
    """A progress bar over the bytes of the inputs, if tqdm is there and standard error is a terminal."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.started = time.monotonic()
        self._bar: Any = None

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def start(self, found: Sequence[Source]) -> None:
        """The inputs are known."""
        if sys.stderr.isatty():
            try:
                from tqdm import tqdm  # an extra
            except ImportError:
                return
            sizes = [stamp(source.path)[0] or 0 for source in found if source.path and source.path.exists()]
            self._bar = tqdm(total=sum(sizes) or None, unit="B", unit_scale=True, dynamic_ncols=True)

    def step(self, step: Step) -> None:
        """Take in a chunk."""
        self.tally.add(step.tally)
        if self._bar is not None:
            speed = self.tally.documents / max(time.monotonic() - self.started, 1e-9)
            self._bar.set_postfix_str(f"{speed:.0f} documents/s, {self.tally.touched} cut", refresh=False)
            self._bar.update(step.stored)

    def tell(self, message: str) -> None:
        """A message above the bar."""
        if self._bar is not None:
            self._bar.clear()
        print(f"spamguard: {message}", file=sys.stderr)

    def speed(self) -> str:
        """Documents and characters per second of this run."""
        seconds = max(time.monotonic() - self.started, 1e-9)
        megabytes = self.tally.characters / 1e6 / seconds
        return f"{self.tally.documents / seconds:.0f} documents/s, {megabytes:.2f} million characters/s"
