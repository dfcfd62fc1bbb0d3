"""The scale of columns that may be large or negative."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def signed_log(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithm that keeps the sign: small differences count near zero."""
    return np.sign(values) * np.log1p(np.abs(values))
