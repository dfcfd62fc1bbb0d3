"""Times cleaning on one core, beside a bare numpy n-gram pass and ``json.loads`` over the same texts, in the same run.

    python -m tests.bench [--corpus DIR…] [--out FILE]

Absolute figures change with the machine; the ratios are what counts. Each throughput is the median of five runs, in
which the texts are cleaned, passed over bare and parsed in turn, so that all three meet the same load.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import time
from collections.abc import Callable, Sequence
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
MEGABYTES = 4.0
ARTICLE = 5000
"""Characters of the articles whose latency is taken."""
ARTICLES = 300
SIZES = (1, 2, 4, 8, 16)
"""Megabytes of the texts whose growth is taken."""
HOSTILE = {
    "one line of words": "lorem ipsum dolor sit amet ",
    "no spaces": "a",
    "only dots": ".",
    "only URLs": "https://www.example-shop.com/offers/7?ref=a ",
    "glued domains": "alobet.com",
    "combining marks": "a\u0301",
    "spam": "slot gacor88 ",
}


def seconds(work: Callable[[], Any]) -> float:
    """Time of one run."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def median_seconds(works: Sequence[Callable[[], Any]]) -> list[float]:
    """Median times of several jobs, run in turn after a warm-up of each."""
    for work in works:
        work()
    return [
        statistics.median(times) for times in zip(*([seconds(work) for work in works] for _ in range(RUNS)), strict=True)
    ]


def bare_pass(texts: list[str], weights: np.ndarray) -> float:
    """What any n-gram scorer must do at least: hash every byte 4-gram, look up a weight, sum."""
    total = 0.0
    for text in texts:
        raw = np.frombuffer(text.encode() + b"\0" * 8, np.uint8)
        grams = np.lib.stride_tricks.as_strided(raw[:4].view(np.uint32), (len(raw) - 4,), (1,))
        total += float(np.cumsum(weights[(grams * np.uint32(0x9E3779B1)) >> np.uint32(14)])[-1])
    return total


def sets(folders: Sequence[Path]) -> dict[str, list[str]]:
    """Texts to clean, about `MEGABYTES` of each kind."""
    corpus = load(folders, "train")
    composer = Composer(corpus, 1)
    news = [row for row in corpus.news if row.text]
    random.Random(1).shuffle(news)
    spoiled = [composer.contaminated().text for _ in range(1500)]
    english, all_news = [row.text for row in news if row.lang == "en"], [row.text for row in news]
    mixed = [spoiled[number // 20] if number % 20 == 0 else all_news[number % len(all_news)] for number in range(4000)]
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


def throughput(guard: SpamGuard, texts: list[str], weights: np.ndarray) -> dict[str, float]:
    """MB/s of cleaning, and how many times as long it takes as a bare pass and as parsing the same texts as JSON."""
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    lines = [json.dumps(text) for text in texts]
    clean, bare, parse = median_seconds(
        (lambda: guard.clean_many(texts), lambda: bare_pass(texts, weights), lambda: [json.loads(line) for line in lines])
    )
    return {
        "MB/s": megabytes / clean, "bare pass MB/s": megabytes / bare, "json.loads MB/s": megabytes / parse,
        "times bare pass": clean / bare, "times json.loads": clean / parse,
    }  # fmt: skip


def latency(guard: SpamGuard, texts: list[str]) -> dict[str, float]:
    """Median and 99th percentile of cleaning one article, in milliseconds."""
    joined = "\n\n".join(texts)
    articles = [joined[at * ARTICLE : (at + 1) * ARTICLE] for at in range(min(ARTICLES, len(joined) // ARTICLE))]
    times = sorted(1000 * seconds(lambda article=article: guard.clean(article)) for article in articles)
    return {"median ms": statistics.median(times), "99 % ms": times[int(0.99 * len(times))], "articles": len(articles)}


def growth(guard: SpamGuard, unit: str) -> dict[str, Any]:
    """Seconds for texts of `SIZES`, made of one piece over and over; the slope of their logarithms is 1 if linear."""
    times = []
    for size in SIZES:
        text = unit * int(size * 1e6 / len(unit.encode()))
        times.append(seconds(lambda text=text: guard.clean(text)))
    return {"seconds": times, "slope": float(np.polyfit(np.log(SIZES), np.log(times), 1)[0])}


def main() -> None:
    """Print the tables and write them."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--corpus", type=Path, nargs="+", default=[DATA], help="training folders to take texts from")
    options.add_argument("--out", type=Path, help="where to write the figures as JSON")
    given = options.parse_args()
    guard = SpamGuard()
    weights = np.random.default_rng(0).normal(size=1 << 18).astype(np.float32)
    kinds = sets(given.corpus)
    results: dict[str, Any] = {"throughput": {}, "growth": {}}
    print(f"{'texts':22}{'MB/s':>8}{'× bare pass':>13}{'× json.loads':>14}   (how many times their time)")
    for name, texts in kinds.items():
        found = results["throughput"][name] = throughput(guard, texts, weights)
        print(f"{name:22}{found['MB/s']:8.2f}{found['times bare pass']:13.1f}{found['times json.loads']:14.1f}")
    found = results["latency"] = latency(guard, kinds["clean English"])
    print(f"\none article of {ARTICLE:,} characters: median {found['median ms']:.1f} ms, 99 % {found['99 % ms']:.1f} ms")
    print(f"\n{f'{SIZES[0]} to {SIZES[-1]} MB':22}{'slope':>8}{'MB/s':>8}   (slope 1 is linear)")
    for name, unit in {"ordinary article": kinds["clean English"][0] + "\n\n", **HOSTILE}.items():
        found = results["growth"][name] = growth(guard, unit)
        print(f"{name:22}{found['slope']:8.2f}{SIZES[-1] / found['seconds'][-1]:8.2f}")
    if given.out:
        given.out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
