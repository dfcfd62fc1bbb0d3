"""The measured figures as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def rounded(number: float) -> str:
    """Two significant digits, whole from 10 on."""
    return f"{float(f'{number:.2g}'):g}" if number < 10 else f"{number:.0f}"


def summary(found: Mapping[str, Any]) -> str:
    """What the project's README shows: ratios to peers and, as they vary, a few plain figures."""
    peers, command, latency, start = (found[name] for name in ("peers", "command", "latency", "start"))
    kinds = ", ".join(f"{name} {rounded(row['MB/s']['spamguard'])}" for name, row in found["throughput"].items())
    ratios = _table(
        ("beside", "spamguard is so many times as fast"),
        ((name, rounded(ratio)) for name, ratio in peers["times as fast"].items()),
    )
    sentences = (
        f"On the machine of that run, in MB/s: {kinds}.",
        f"An article of 5,000 characters took {latency['median ms']:.1f} ms (99 %: {latency['99 % ms']:.1f} ms);",
        f"import and model {start['seconds']:.2f} s and {start['MB resident']:.0f} MB of memory;",
        f"the command, on {command['MB']:,.0f} MB of JSON lines, {command['MB resident']:.0f} MB of memory.",
        "These vary with machine and load, the ratios less.",
    )
    return "\n".join((ratios, "", *sentences))


def workers(found: Mapping[str, Any]) -> str:
    """What a second worker brought."""
    return f"Two workers were {found['workers']['times as fast']:.2f} times as fast as one."


def where_time_goes(found: Mapping[str, Any]) -> str:
    """Share of each stage, and what that implies."""
    shares = found["stages"]["per cent"]
    table = _table(("stage", "per cent"), ((stage, f"{share:.1f}") for stage, share in shares.items()))
    bound = rounded(found["stages"]["bound"])
    return f"{table}\n\nIf only the evidence of n-grams remained, cleaning would be {bound} times as fast, and no faster."


def growing(found: Mapping[str, Any]) -> str:
    """Slopes, and time and memory per megabyte at each size."""
    rows = []
    for name, row in found["growth"].items():
        first = row["seconds"][0] / row["MB"][0]
        times = " · ".join(rounded(time / size / first) for size, time in zip(row["MB"], row["seconds"], strict=True))
        rows.append((name, f"{row['slope']:.2f}", times, str(row["MB"][-1]), f"{row['MB resident'] / row['MB'][-1]:.0f}"))
    return _table(
        ("text", "slope", "time per MB at 1 · 4 · 16 · 64 MB, that at 1 MB as 1", "largest, MB", "memory per MB of it, MB"),
        rows,
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows))
