"""Hugging Face datasets: ``pip install 'spamguard[datasets]'``.

>>> from datasets import Dataset
>>> from spamguard.engines import Cleaner
>>> from spamguard.engines.datasets import CleanBatch, clean
>>> news = Dataset.from_dict({"id": [1, 2], "text": ["All quiet.", None]})
>>> clean(news, Cleaner())["verdict"][:]
['clean', 'missing']

In a `map` of your own, and for datasets that stream:

>>> stream = news.to_iterable_dataset().map(CleanBatch(Cleaner(threshold="strict")), batched=True)
>>> [row["verdict"] for row in stream]
['clean', 'missing']
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spamguard.engines.cleaner import Cleaner, extra

with extra("datasets"):
    from datasets import Dataset, Features

    from spamguard.engines.arrow import cleaned_schema


@dataclass(frozen=True)
class CleanBatch:
    """The function for ``map(..., batched=True)``.

    Parameters
    ----------
    cleaner : Cleaner
        What to clean and how.
    """

    cleaner: Cleaner

    def __call__(self, batch: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
        """The columns to replace and to add."""
        return self.cleaner.columns(batch[self.cleaner.column])


def clean(dataset: Dataset, cleaner: Cleaner, **options: Any) -> Dataset:
    """Clean a column of a dataset.

    Parameters
    ----------
    dataset : datasets.Dataset
    cleaner : Cleaner
        What to clean and how.
    **options
        For `datasets.Dataset.map`: ``num_proc``, ``batch_size``, …

    Returns
    -------
    datasets.Dataset
    """
    features = Features.from_arrow_schema(cleaned_schema(dataset.features.arrow_schema))
    return dataset.map(CleanBatch(cleaner), batched=True, features=features, **options)
