"""Measures cleaning: throughput beside peers, latency, workers, start-up, memory, growth, and where the time goes.

    python -m tests.bench [--corpus DIR…] [--only NAME…] [--jsonl-mb N] [--out FILE.json] [--plot FILE.svg]

Absolute figures change with the machine; the ratios of one run are what counts. Peers need the extra ``bench``.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

from spamguard import SpamGuard  # noqa: E402  (after the number of threads is settled)
from tests.bench import memory, throughput  # noqa: E402
from tests.bench.growth import growth  # noqa: E402
from tests.bench.peers import FLOORS, PEERS  # noqa: E402
from tests.bench.stages import stages  # noqa: E402
from tests.bench.texts import DATA, ENGLISH, HOSTILE, MIXED, fill, sets  # noqa: E402

PEER_MEGABYTES = 1.0
"""Clean English that all peers are timed on: some are slow."""


def measures(kinds: dict[str, list[str]], jsonl_megabytes: float) -> dict[str, Callable[[], Any] | dict[str, Any]]:
    """What can be measured: a job, or jobs by name."""
    guard, english = SpamGuard(), kinds[ENGLISH]
    units = {"ordinary article": english[0] + "\n\n", **HOSTILE}
    return {
        "throughput": {name: lambda texts=texts: throughput.beside(guard, texts, FLOORS) for name, texts in kinds.items()},
        "peers": lambda: throughput.beside(guard, fill(english, PEER_MEGABYTES), PEERS),
        "workers": lambda: throughput.workers(guard, english),
        "latency": lambda: throughput.latency(guard, english),
        "start": memory.start,
        "memory": lambda: memory.cleaning(english),
        "command": lambda: memory.command(kinds[MIXED], jsonl_megabytes),
        "stages": lambda: stages(guard, english),
        "growth": {name: lambda unit=unit: growth(unit) for name, unit in units.items()},
    }


def told(name: str, found: Any) -> Any:
    """Print what was found as soon as it is."""
    shown = json.dumps(found, ensure_ascii=False, indent=1, default=float)
    print(f"{name}: {shown}", flush=True)
    return found


def main() -> None:
    """Measure, print, write and draw."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--corpus", type=Path, nargs="+", default=[DATA], help="training folders to take texts from")
    options.add_argument("--only", nargs="+", metavar="NAME", help="measure these only: throughput, peers, growth …")
    options.add_argument("--jsonl-mb", type=float, default=20, help="size of the command's input (default: %(default)s)")
    options.add_argument("--out", type=Path, help="where to write the figures as JSON")
    options.add_argument("--plot", type=Path, help="where to draw the peers as SVG")
    given = options.parse_args()
    jobs = measures(sets(given.corpus), given.jsonl_mb)
    chosen = given.only or list(jobs)
    if unknown := set(chosen) - set(jobs):
        options.error(f"--only: wanted some of {', '.join(jobs)}, got {', '.join(sorted(unknown))}")
    results: dict[str, Any] = {}
    for name in chosen:
        job = jobs[name]
        if isinstance(job, dict):
            results[name] = {case: told(f"{name}, {case}", work()) for case, work in job.items()}
        else:
            results[name] = told(name, job())
    if given.out:
        given.out.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if given.plot:
        from tests.bench.plot import draw  # needs matplotlib

        draw(results["peers"]["times as fast"], given.plot)


if __name__ == "__main__":
    main()
