"""datatrove, a formatter and a filter: ``pip install 'spamguard[datatrove]'``.

>>> from datatrove.data import Document
>>> from spamguard.engines import Cleaner
>>> from spamguard.engines.datatrove import SpamFilter, SpamFormatter
>>> news = [Document("All quiet.", "1"), Document("slot gacor hari ini depozbet.com", "2")]
>>> [document.id for document in SpamFilter(Cleaner())(SpamFormatter(Cleaner())(news))]
['1']

In an executor, keeping all that is taken out::

    LocalPipelineExecutor(
        pipeline=[
            JsonlReader("crawl/"),
            SpamFormatter(Cleaner(), exclusion_writer=JsonlWriter("trimmed/")),
            SpamFilter(Cleaner()),
            JsonlWriter("clean/"),
        ],
        tasks=8,
    ).run()
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from typing import Any

from spamguard.engines.cleaner import Cleaner, extra
from spamguard.result import Result

with extra("datatrove"):
    from datatrove.data import Document
    from datatrove.pipeline.filters.base_filter import BaseFilter
    from datatrove.pipeline.formatters.base import BaseFormatter
    from datatrove.pipeline.writers.disk_base import DiskWriter
    from datatrove.utils.batching import batched
    from datatrove.utils.typeshelper import StatHints

REPORT = "spamguard"
"""Where a document's metadata tell its verdict, score and spans, as `Result.to_dict` does."""

BATCH_SIZE = 256
"""Documents cleaned at once: some batches of the guard's, and no more in memory than that."""


class SpamFormatter(BaseFormatter):
    """Cuts injected spam out of documents; one that is nothing but spam goes on empty.

    The metadata of every document gain a report under ``"spamguard"``. Its statistics count the documents by verdict,
    the cuts by label (``cut_gambling``) and by their heaviest reason (``cut_by_domains``), and the characters cut.

    Parameters
    ----------
    cleaner : Cleaner
        What to clean and how; its column is not used.
    exclusion_writer : DiskWriter, optional
        Gets each document that lost something, as it came, with its report: enough to put back what was cut.
    """

    name = "🧹 spamguard"

    def __init__(self, cleaner: Cleaner, exclusion_writer: DiskWriter | None = None) -> None:
        super().__init__()
        self.cleaner = cleaner
        self.exclusion_writer = exclusion_writer

    def format(self, text: str) -> str:
        """Clean one text."""
        return self.cleaner.guard().clean(text).text

    def run(self, data: Iterable[Document], rank: int = 0, world_size: int = 1) -> Iterator[Document]:
        """Clean the documents, many at once."""
        with self.exclusion_writer or nullcontext() as writer:
            for batch in batched(data, BATCH_SIZE):
                with self.track_time("batch"):
                    results = self.cleaner.guard().clean_many(document.text for document in batch)
                for document, result in zip(batch, results, strict=True):
                    self._count(result)
                    document.metadata[REPORT] = result.to_dict()
                    if writer and result.spans:
                        writer.write(document, rank)
                    document.text = result.text
                    yield document

    def _count(self, result: Result) -> None:
        self.stat_update(StatHints.total, result.verdict)
        for span in result.spans:
            self.stat_update(f"cut_{span.label}", *(f"cut_by_{reason.kind}" for reason in span.reasons[:1]))
        if result.spans:
            self.stat_update("characters_cut", value=sum(map(len, result.removed)))


class SpamFilter(BaseFilter):
    """Drops documents that are nothing but spam, with the trade of the surest span as the reason.

    A document that `SpamFormatter` reported on is taken at its word; any other is examined and left as it is, but for the
    report in its metadata.

    Parameters
    ----------
    cleaner : Cleaner
        What to clean and how; its column is not used.
    exclusion_writer : DiskWriter, optional
        Gets the dropped documents.
    drop : tuple of str, default ``("spam",)``
        Verdicts to drop: with ``("spam", "trimmed")`` any document with injected spam goes.

    Raises
    ------
    ValueError
        If `drop` names another verdict.
    """

    name = "🧹 spamguard"

    def __init__(
        self, cleaner: Cleaner, exclusion_writer: DiskWriter | None = None, drop: tuple[str, ...] = ("spam",)
    ) -> None:
        super().__init__(exclusion_writer, batch_size=BATCH_SIZE)
        if not set(drop) <= {"spam", "trimmed"}:
            raise ValueError(f'drop: wanted verdicts among ("spam", "trimmed"), got {drop!r}')
        self.cleaner = cleaner
        self.drop = drop

    def filter(self, doc: Document) -> bool | tuple[bool, str]:
        """Judge one document."""
        return self.filter_batch([doc])[0]

    def filter_batch(self, batch: list[Document]) -> list[bool | tuple[bool, str]]:
        """Judge many at once."""
        fresh = [document for document in batch if REPORT not in document.metadata]
        for document, result in zip(fresh, self.cleaner.guard().clean_many(doc.text for doc in fresh), strict=True):
            document.metadata[REPORT] = result.to_dict()
        return [self._judge(document.metadata[REPORT]) for document in batch]

    def _judge(self, report: dict[str, Any]) -> bool | tuple[bool, str]:
        if report["verdict"] not in self.drop:
            return True
        surest = max(report["spans"], key=lambda span: span["score"])
        return False, surest["label"]
