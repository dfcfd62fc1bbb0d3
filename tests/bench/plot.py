"""Draws how many times as fast spamguard is as each peer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure

from spamguard.report.plots import BAR, SETTINGS, WIDTH
from tests.bench.figures import rounded

INK, MARK = "#7d838c", "#3b82d0"
"""Both can be read on white and on black."""
ROOM = 30
"""For the number beyond a bar, as a factor."""


def draw(ratios: Mapping[str, float], path: Path) -> None:
    """Write a bar a peer as SVG; those to the right of 1 are slower than spamguard."""
    colours = {name: INK for name in SETTINGS if name.endswith("color") and SETTINGS[name] not in ("none",)}
    with rc_context(SETTINGS | colours | {"axes.grid": False}):
        figure = Figure(figsize=(WIDTH, 0.8 + BAR * len(ratios)), layout="constrained")
        axes = figure.add_subplot()
        bars = axes.barh(range(len(ratios)), [ratio - 1 for ratio in ratios.values()], 0.7, left=1, color=MARK)
        axes.bar_label(bars, [f"{rounded(ratio)}×" for ratio in ratios.values()], padding=3, color=INK)
        axes.set_yticks(range(len(ratios)), list(ratios))
        axes.invert_yaxis()
        axes.tick_params("y", length=0)
        axes.set_xscale("log")
        axes.set_xlim(min(ratios.values()) / ROOM, max(ratios.values()) * ROOM)
        axes.set_xticks([0.01, 0.1, 1, 10, 100], ["1/100", "1/10", "1", "10", "100"])
        axes.minorticks_off()
        axes.axvline(1, color=INK, linewidth=0.8)
        axes.set_xlabel("spamguard is so many times as fast")
        figure.savefig(path, format="svg", metadata={"Date": None})
