"""Throughput by kind of text, beside peers, by one and two workers; latency of one article."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from spamguard import SpamGuard
from tests.bench.peers import Job
from tests.bench.texts import in_megabytes
from tests.bench.timing import median_seconds, seconds

ARTICLE = 5000
"""Characters of the articles whose latency is taken."""
ARTICLES = 300


def beside(guard: SpamGuard, texts: Sequence[str], peers: Mapping[str, Callable[[Sequence[str]], Job]]) -> dict[str, Any]:
    """MB/s of cleaning and of peers over the same texts in turn, and how many times each peer's time is cleaning's.

    A peer whose package is not installed stands under ``missing``, with what was wrong.
    """
    jobs: dict[str, Job] = {"spamguard": lambda: guard.clean_many(texts)}
    missing = {}
    for name, peer in peers.items():
        try:
            jobs[name] = peer(texts)
        except ImportError as error:
            missing[name] = str(error)
    times, megabytes = median_seconds(jobs), in_megabytes(texts)
    return {
        "MB": megabytes,
        "MB/s": {name: megabytes / time for name, time in times.items()},
        "times as fast": {name: time / times["spamguard"] for name, time in times.items() if name != "spamguard"},
        "missing": missing,
    }


def workers(guard: SpamGuard, texts: Sequence[str]) -> dict[str, float]:
    """How many times as fast two workers are as one; the processes have started before."""
    times = median_seconds({str(n): lambda n=n: guard.clean_many(texts, n_jobs=n) for n in (1, 2)})
    return {"times as fast": times["1"] / times["2"]}


def latency(guard: SpamGuard, texts: Sequence[str]) -> dict[str, float]:
    """Median and 99th percentile of cleaning one article, in milliseconds."""
    joined = "\n\n".join(texts)
    articles = [joined[at * ARTICLE : (at + 1) * ARTICLE] for at in range(min(ARTICLES, len(joined) // ARTICLE))]
    times = sorted(1000 * seconds(lambda article=article: guard.clean(article)) for article in articles)
    return {"median ms": statistics.median(times), "99 % ms": times[int(0.99 * len(times))], "articles": len(articles)}
