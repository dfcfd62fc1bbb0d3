"""How sure a share is that was seen on so many cases."""

from __future__ import annotations

import math

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
