"""The guard rail: stops a run that cuts more than its user finds believable, and shows where."""

from __future__ import annotations

import heapq

from spamguard.errors import SpamguardError
from spamguard.io.rows import Row
from spamguard.io.tally import Tally
from spamguard.result import Result

JUDGED_FROM = 100
"""Documents from which a share is judged before the end: of fewer, one dirty page would stop the run."""

EXAMPLES = 5
SHOWN = 100  # characters of an example


class CutLimitError(SpamguardError):
    """The share of cut characters or touched documents passed ``--max-cut``."""


class GuardRail:
    """Watches the share of characters cut and of documents touched.

    Parameters
    ----------
    share : float or None
        The most that is believable, from 0 to 1; None for no limit.
    """

    def __init__(self, share: float | None) -> None:
        if share is not None and not 0 <= share <= 1:
            raise ValueError(f"max_cut: wanted a share from 0 to 1, got {share}")
        self.share = share
        self._worst: list[tuple[float, int, str]] = []

    def watch(self, name: str, row: Row, result: Result) -> None:
        """Remember a document if it is among the most cut."""
        if self.share is None or not result.spans:
            return
        cut = sum(span.end - span.start for span in result.spans)
        span, text = max(zip(result.spans, result.removed, strict=True), key=lambda pair: len(pair[1]))
        where = f"{name}, row {row.number}" + (f", id {row.id}" if row.id else "")
        text = " ".join(text.split())
        text = text if len(text) <= SHOWN else text[:SHOWN] + "…"
        shown = f"  {where}: {cut / len(result.original):.0%} cut, {span.label} {span.score:.2f}: {printable(text)}"
        keep = heapq.heappush if len(self._worst) < EXAMPLES else heapq.heappushpop
        keep(self._worst, (cut / len(result.original), cut, shown))

    def check(self, tally: Tally, last: bool) -> None:
        """Look at the shares so far.

        Raises
        ------
        CutLimitError
            If one is passed, from `JUDGED_FROM` documents on or at the `last` look.
        """
        if self.share is None or not tally.documents or (tally.documents < JUDGED_FROM and not last):
            return
        characters = tally.characters_cut / max(tally.characters, 1)
        documents = tally.touched / tally.documents
        if max(characters, documents) > self.share:
            examples = "\n".join(shown for *_, shown in sorted(self._worst, reverse=True))
            raise CutLimitError(
                f"stopped by --max-cut {self.share:g}: {characters:.1%} of {tally.characters} characters and"
                f" {documents:.1%} of {tally.documents} documents are cut. Look at the examples, then go on with --resume"
                f" and a higher --max-cut, or clean with --threshold strict.\n{examples}"
            )


def printable(text: str) -> str:
    """The text without characters that would steer a terminal."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
