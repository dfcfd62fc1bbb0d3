"""How sure a share is that was seen on so many cases."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import beta

Z = 1.959964
"""Two-sided 95 % of the normal distribution."""


def wilson(seen: int, cases: int) -> tuple[float, float]:
    """The 95 % score interval of Wilson (1927): it keeps within 0 and 1, and is honest about few cases.

    Examples
    --------
    >>> [round(bound, 3) for bound in wilson(9, 10)]
    [0.596, 0.982]
    >>> wilson(0, 0)
    (0.0, 1.0)
    """
    if not cases:
        return 0.0, 1.0
    share, spread = seen / cases, Z * Z / cases
    middle = share + spread / 2
    half = Z * math.sqrt(share * (1 - share) / cases + spread / (4 * cases))
    return max((middle - half) / (1 + spread), 0.0), min((middle + half) / (1 + spread), 1.0)


def upper_bound(seen: ArrayLike, cases: int, confidence: float = 0.95) -> NDArray[np.float64]:
    """The exact one-sided upper bound of a share (Clopper and Pearson 1934), for one or many counts of what was seen.

    Examples
    --------
    >>> round(float(upper_bound(0, 1000)), 6)
    0.002991
    """
    count = np.asarray(seen)
    return np.where(count >= cases, 1.0, beta.ppf(confidence, count + 1, np.maximum(cases - count, 1)))
