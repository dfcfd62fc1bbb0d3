"""Ray Data: ``pip install 'spamguard[ray]'``.

>>> import ray
>>> from spamguard.engines import Cleaner
>>> from spamguard.engines.ray import clean
>>> news = ray.data.from_items([{"text": "All quiet."}, {"text": None}])
>>> sorted(row["verdict"] for row in clean(news, Cleaner()).take_all())
['clean', 'missing']
"""

from __future__ import annotations

from typing import Any

from spamguard.engines.cleaner import Cleaner, extra

with extra("ray"):
    import pyarrow as pa
    import ray.data

    from spamguard.engines.arrow import clean_table


class CleanBatch:
    """The actor class for ``map_batches(..., batch_format="pyarrow")``: one model each, loaded as it starts.

    Parameters
    ----------
    cleaner : Cleaner
        What to clean and how.
    """

    def __init__(self, cleaner: Cleaner) -> None:
        self.cleaner = cleaner
        cleaner.guard()

    def __call__(self, batch: pa.Table) -> pa.Table:
        """A batch with its text column cleaned and the three columns added."""
        return clean_table(batch, self.cleaner)


def clean(dataset: ray.data.Dataset, cleaner: Cleaner, **options: Any) -> ray.data.Dataset:
    """Clean a column of a dataset by a pool of actors; Ray restarts one that dies and repeats its batch.

    Parameters
    ----------
    dataset : ray.data.Dataset
    cleaner : Cleaner
        What to clean and how.
    **options
        For `ray.data.Dataset.map_batches`: ``compute=ActorPoolStrategy(size=8)``, ``batch_size``, ``memory``, …

    Returns
    -------
    ray.data.Dataset
    """
    return dataset.map_batches(CleanBatch, fn_constructor_args=(cleaner,), batch_format="pyarrow", **options)
