"""Times cleaning on one core, beside a bare numpy n-gram pass and ``json.loads`` over the same texts, in the same run.

    python -m tests.bench [--out FILE]

Absolute figures change with the machine; the ratios are what counts. Each figure is the median of five runs.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np  # noqa: E402  (after the number of threads is settled)

from spamguard import SpamGuard  # noqa: E402
from spamguard.train.compose import Composer  # noqa: E402
from spamguard.train.corpus import load  # noqa: E402

DATA = Path(__file__).resolve().parent.parent.parent / "data"
RUNS = 5
MEGABYTES = 2.0
HOSTILE = {
    "one line of words": "lorem ipsum dolor sit amet ",
    "no spaces": "a",
    "only dots": ".",
    "glued domains": "alobet.com",
    "combining marks": "a\u0301",
    "spam": "slot gacor88 ",
}


def median_seconds(work: Callable[[], Any]) -> float:
    """Median time of several runs after a warm-up."""
    work()
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def bare_pass(texts: list[str], weights: np.ndarray) -> float:
    """What any n-gram scorer must do at least: hash every byte 4-gram, look up a weight, sum."""
    total = 0.0
    for text in texts:
        raw = np.frombuffer(text.encode() + b"\0" * 8, np.uint8)
        grams = np.lib.stride_tricks.as_strided(raw[:4].view(np.uint32), (len(raw) - 4,), (1,))
        total += float(np.cumsum(weights[(grams * np.uint32(0x9E3779B1)) >> np.uint32(14)])[-1])
    return total


def sets() -> dict[str, list[str]]:
    """Texts to clean, about `MEGABYTES` of each kind."""
    corpus = load([DATA], "train")
    composer = Composer(corpus, 1)
    news = [row for row in corpus.news if row.text]
    spoiled = [composer.contaminated().text for _ in range(1500)]
    english, all_news = [row.text for row in news if row.lang == "en"], [row.text for row in news]
    mixed = [spoiled[number] if number % 20 == 0 else all_news[number % len(all_news)] for number in range(1500)]
    kinds = {
        "clean English": english,
        "clean multilingual": all_news,
        "5 % contaminated": mixed,
        "all contaminated": spoiled,
    }
    return {name: fill(texts) for name, texts in kinds.items()}


def fill(texts: list[str]) -> list[str]:
    """Repeat texts up to `MEGABYTES`."""
    found: list[str] = []
    size = 0
    while size < MEGABYTES * 1e6:
        for text in texts:
            found.append(text)
            size += len(text.encode())
            if size >= MEGABYTES * 1e6:
                break
    return found


def main() -> None:
    """Print the tables and write them."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--out", type=Path)
    out = options.parse_args().out
    guard = SpamGuard()
    weights = np.random.default_rng(0).normal(size=1 << 18).astype(np.float32)
    results: dict[str, Any] = {"throughput": {}, "growth": {}}
    print(f"{'texts':22}{'MB/s':>8}{'× bare pass':>13}{'× json.loads':>14}   (how many times their time)")
    for name, texts in sets().items():
        megabytes = sum(len(text.encode()) for text in texts) / 1e6
        lines = [json.dumps(text) for text in texts]
        seconds = median_seconds(lambda texts=texts: guard.clean_many(texts))
        bare = median_seconds(lambda texts=texts: bare_pass(texts, weights))
        parse = median_seconds(lambda lines=lines: [json.loads(line) for line in lines])
        results["throughput"][name] = {
            "MB/s": megabytes / seconds, "times bare pass": seconds / bare, "times json.loads": seconds / parse,
        }  # fmt: skip
        print(f"{name:22}{megabytes / seconds:8.2f}{seconds / bare:13.1f}{seconds / parse:14.1f}")
    text = fill([row.text for row in load([DATA], "train").news])
    article = "\n\n".join(text)[:5000]
    results["latency ms"] = 1000 * median_seconds(lambda: guard.clean(article))
    print(f"\none article of 5,000 characters: {results['latency ms']:.1f} ms")
    print(f"\n{'growth from 1 to 8 MB':22}{'slope':>8}   (1 is linear)")
    for name, unit in HOSTILE.items():
        sizes = [1, 2, 4, 8]
        seconds = []
        for size in sizes:
            long = unit * int(size * 1e6 / len(unit.encode()))
            began = time.perf_counter()
            guard.clean(long)
            seconds.append(time.perf_counter() - began)
        slope = float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])
        results["growth"][name] = {"seconds": seconds, "slope": slope}
        print(f"{name:22}{slope:8.2f}")
    if out:
        out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
