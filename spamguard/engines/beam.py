"""Apache Beam: ``pip install 'spamguard[beam]'``.

>>> import apache_beam as beam
>>> from spamguard.engines import Cleaner
>>> from spamguard.engines.beam import Clean
>>> with beam.Pipeline(runner="FnApiRunner") as pipeline:
...     news = pipeline | beam.Create([{"text": "All quiet."}])
...     _ = news | Clean(Cleaner()) | beam.Map(lambda row: print(row["verdict"]))
clean
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from spamguard.engines.cleaner import Cleaner, extra

with extra("beam"):
    import apache_beam as beam

BATCH_SIZE = 256
"""Most records cleaned at once; Beam finds the best number up to it by measuring."""


class Clean(beam.PTransform):
    """Cleans a field of each record, a dict, and adds ``verdict``, ``score`` and ``spans`` to it.

    Parameters
    ----------
    cleaner : Cleaner
        What to clean and how. A record without the field is taken as one whose text is missing.
    """

    def __init__(self, cleaner: Cleaner) -> None:
        super().__init__()
        self.cleaner = cleaner

    def expand(self, pcoll: beam.PCollection) -> beam.PCollection:
        """The records in, the cleaned records out."""
        return pcoll | beam.BatchElements(max_batch_size=BATCH_SIZE) | beam.ParDo(_CleanBatch(self.cleaner))


class _CleanBatch(beam.DoFn):
    def __init__(self, cleaner: Cleaner) -> None:
        self.cleaner = cleaner

    def setup(self) -> None:
        self.cleaner.guard()

    def process(self, element: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        yield from self.cleaner.records(element)
