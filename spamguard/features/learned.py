"""The learned tables that feature families look their scores up in.

All are whole numbers. Sums of whole numbers do not depend on their order, so a document's features are the same to the
last bit whether it is scored alone or in a batch of any size.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from spamguard import lexicon
from spamguard.features.lanes import pack

UNIT = 1 / 16
"""Natural log-odds of one unit of evidence of a term, a comment form or a domain name: an int8 reaches from -8 to 8."""

FINE_UNIT = 1 / 64
"""The same for the n-grams of running text, which are many and weak: from -2 to 2."""

UNKNOWN = -128
"""Marks a term of the lexicon that a model was trained without."""


@dataclass(frozen=True)
class Learned:
    """Tables a model brings along; all n-gram tables are addressed by the top bits of one hash.

    Evidence is in units of 1/16 of a natural log-odds (`UNIT`), that of `spam` in units of 1/64 (`FINE_UNIT`).

    Attributes
    ----------
    spam : int8 array, shape (2**20,)
        Evidence of each hashed n-gram of running text for spam.
    stub : int8 array, shape (2**15,)
        Evidence of each hashed n-gram for a comment form.
    host : int8 array, shape (2**16,)
        Evidence of each hashed n-gram of a domain name for an advertised site.
    terms : int8 array, shape (n_keywords,)
        Evidence of each term of the lexicon for spam; `UNKNOWN` where the model does not know the term.
    languages : tuple of str
        ISO 639 codes of the languages told apart.
    language_rows : int8 array, shape (2**13, k)
        Each hashed trigram as a point in a space of `k` dimensions …
    language_columns : int16 array, shape (k, n_languages)
        … in which this gives its log-likelihood in each language, in units of `language_unit`.
    language_unit : float
        Natural log-likelihood of one unit.
    """

    spam: NDArray[np.int8]
    stub: NDArray[np.int8]
    host: NDArray[np.int8]
    terms: NDArray[np.int8]
    languages: tuple[str, ...]
    language_rows: NDArray[np.int8]
    language_columns: NDArray[np.int16]
    language_unit: float

    @cached_property
    def language_lanes(self) -> NDArray[np.uint64]:
        """`language_rows` and a row of zeros packed for adding, see `lanes.pack`."""
        return pack(np.concatenate((self.language_rows, np.zeros_like(self.language_rows[:1]))))

    @classmethod
    def empty(cls) -> Learned:
        """All scores zero: what training starts from."""
        return cls(
            np.zeros(1 << 20, np.int8), np.zeros(1 << 15, np.int8), np.zeros(1 << 16, np.int8),
            np.zeros(len(lexicon.keywords()), np.int8),
            ("und",), np.zeros((1 << 13, 1), np.int8), np.zeros((1, 1), np.int16), 1.0,
        )  # fmt: skip
