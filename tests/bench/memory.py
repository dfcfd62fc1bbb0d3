"""Start-up and resident memory, each in a fresh process that tells of itself (Linux: ``/proc/self/status``)."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench.texts import fill
from tests.bench.timing import RUNS

START = "import time; began = time.perf_counter()"
LOAD = "from spamguard import SpamGuard; guard = SpamGuard()"
TIME = "import time; print(time.perf_counter() - began)"
PEAK = "print(next(int(line.split()[1]) / 1024 for line in open('/proc/self/status') if line.startswith('VmHWM')))"
CLEAN = "import json, sys; guard.clean_many(json.load(open(sys.argv[1])))"
COMMAND = "import sys; from spamguard.cli import main; began = time.perf_counter(); main(sys.argv[1:])"


def told(*statements: str, arguments: Sequence[str] = ()) -> list[float]:
    """The numbers that a fresh process prints."""
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(statements), *arguments], stdout=subprocess.PIPE, text=True, check=True
    )
    return [float(line) for line in done.stdout.split()]


def start() -> dict[str, float]:
    """Seconds to import the package and load the model (median, files read before), and memory then."""
    runs = [told(START, LOAD, TIME, PEAK) for _ in range(RUNS)]
    return {"seconds": statistics.median(run[0] for run in runs), "MB resident": statistics.median(run[1] for run in runs)}


def cleaning(texts: Sequence[str]) -> dict[str, float]:
    """Peak memory of a process that cleans some texts."""
    with tempfile.TemporaryDirectory() as folder:
        held = Path(folder) / "texts.json"
        held.write_text(json.dumps(texts), encoding="utf-8")
        return {"MB resident": told(LOAD, CLEAN, PEAK, arguments=[str(held)])[0]}


def command(texts: Sequence[str], megabytes: float) -> dict[str, Any]:
    """Peak memory and throughput of ``spamguard clean`` on JSON lines of a size, made of some texts over and over."""
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder) / "in.jsonl", Path(folder) / "out.jsonl"
        rows = [json.dumps({"id": number, "text": text}) + "\n" for number, text in enumerate(texts)]
        with source.open("w", encoding="utf-8") as lines:
            lines.writelines(fill(rows, megabytes))
        seconds, peak = told(START, COMMAND, TIME, PEAK, arguments=["clean", str(source), "--out", str(out)])
        size = source.stat().st_size / 1e6
    return {"MB": size, "MB/s": size / seconds, "MB resident": peak}
