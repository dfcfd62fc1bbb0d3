"""How time is taken: jobs in turn, so that all meet the same load, and the median of each."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

RUNS = 5


def seconds(work: Callable[[], Any], clock: Callable[[], float] = time.perf_counter) -> float:
    """Time of one run."""
    began = clock()
    work()
    return clock() - began


def median_seconds(works: Mapping[str, Callable[[], Any]]) -> dict[str, float]:
    """Median times of several jobs over `RUNS` runs in turn, after a warm-up of each."""
    for work in works.values():
        work()
    times = [[seconds(work) for work in works.values()] for _ in range(RUNS)]
    return dict(zip(works, map(statistics.median, zip(*times, strict=True)), strict=True))
