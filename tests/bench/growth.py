"""How time and memory grow with the size of one text: a fresh process for each kind of text."""

from __future__ import annotations

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from spamguard import SpamGuard
from tests.bench.timing import seconds

SIZES = (1, 4, 16, 64)
"""Megabytes."""
BEST_OF = {1: 5, 4: 3}
"""How often the small ones are taken, as a short time is noisy: the best counts."""
SPARE = 0.7
"""A size that would take more than this share of the free memory, by the one before, is left out."""


def growth(unit: str) -> dict[str, Any]:
    """Processor time for texts made of one piece over and over, at each size that memory allows, and peak memory.

    The slope of time against size, in logarithms, is 1 if linear.
    """
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
        return fresh.submit(_growth, unit).result()


def _growth(unit: str) -> dict[str, Any]:
    guard = SpamGuard()
    guard.clean(unit)
    sizes: list[int] = []
    times: list[float] = []
    for size in SIZES:
        if sizes and _status("self/status", "VmHWM") * size / sizes[-1] > SPARE * _status("meminfo", "MemAvailable"):
            break
        text = unit * int(size * 1e6 / len(unit.encode()))
        runs = range(BEST_OF.get(size, 1))
        times.append(min(seconds(lambda text=text: guard.clean(text), time.process_time) for _ in runs))
        sizes.append(size)
    slope = float(np.polyfit(np.log(sizes), np.log(times), 1)[0])
    return {"MB": sizes, "seconds": times, "slope": slope, "MB resident": _status("self/status", "VmHWM")}


def _status(file: str, name: str) -> float:
    """Megabytes that a file of ``/proc`` tells under a name."""
    rows = (Path("/proc") / file).read_text(encoding="ascii").splitlines()
    return next(int(row.split()[1]) / 1024 for row in rows if row.startswith(name))
