"""spamguard in other people's pipelines: a module an engine, each an extra of the package.

| engine | extra | functions |
| --- | --- | --- |
| Hugging Face datasets | ``spamguard[datasets]`` | `spamguard.engines.datasets`: ``clean``, ``CleanBatch`` |
| Dask | ``spamguard[dask]`` | `spamguard.engines.dask`: ``clean_frame``, ``clean_bag`` |
| datatrove | ``spamguard[datatrove]`` | `spamguard.engines.datatrove`: ``SpamFormatter``, ``SpamFilter`` |
| Ray Data | ``spamguard[ray]`` | `spamguard.engines.ray`: ``clean``, ``CleanBatch`` |
| Spark | ``spamguard[spark]`` | `spamguard.engines.spark`: ``clean``, ``clean_udf`` |
| Apache Beam | ``spamguard[beam]`` | `spamguard.engines.beam`: ``Clean`` |

All do the same: the text column is cleaned in place, and ``verdict``, ``score`` and ``spans`` are added, equal to what
`SpamGuard.clean_many` gives; a missing value passes through with the verdict ``"missing"``. What travels to the workers is
a `Cleaner`, a few settings; each worker process loads the model once. Retries, spilling and scheduling are the engine's.
"""

from spamguard.engines.cleaner import Cleaner

__all__ = ["Cleaner"]
