"""The feature extractor: every segment of a batch as one row of named columns, a file a family.

`domains`, `keywords`, `languages`, `ngrams` and `shape` look at the segment itself, `context` at what stands around it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spamguard.features import context, domains, keywords, languages, ngrams, shape
from spamguard.features.learned import Learned
from spamguard.features.view import Text, View

FAMILIES = {
    "domains": domains.NAMES,
    "languages": languages.NAMES,
    "keywords": keywords.NAMES,
    "shape": shape.NAMES,
    "ngrams": ngrams.NAMES,
    "context": context.NAMES,
}
"""Column names of each family, in the order of the columns."""

NAMES: tuple[str, ...] = tuple(name for names in FAMILIES.values() for name in names)
"""All column names."""

FAMILY_OF: tuple[str, ...] = tuple(family for family, names in FAMILIES.items() for _ in names)
"""Family of each column."""

__all__ = ["FAMILIES", "FAMILY_OF", "NAMES", "Learned", "Text", "View", "extract"]


def extract(view: View) -> NDArray[np.float32]:
    """All columns for each segment of a batch.

    Returns
    -------
    float32 array, shape (n_segments, len(NAMES))
    """
    if not len(view.segments):
        return np.zeros((0, len(NAMES)), np.float32)
    d, w, k, s, g = (
        domains.extract(view),
        languages.extract(view),
        keywords.extract(view),
        shape.extract(view),
        ngrams.extract(view),
    )
    return np.concatenate((d, w, k, s, g, context.extract(view, g, d, k, w)), axis=1)
