"""The benchmarks' figures stand where they are shown, and taking time by stage changes nothing. Nothing is timed here."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from spamguard import SpamGuard
from spamguard.batch import Batch
from spamguard.features import Text

from .bench import pages
from .bench.figures import growing, rounded, summary, where_time_goes, workers
from .bench.peers import FLOORS
from .bench.stages import REST, STAGES, watching
from .bench.texts import fill, in_megabytes
from .bench.throughput import beside
from .conftest import ROOT

BENCH = ROOT / "tests" / "bench"
MEASURED = json.loads((BENCH / "measured.json").read_text(encoding="utf-8"))


def shown(path: Path, name: str) -> str:
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- end -->", path.read_text(encoding="utf-8"), re.S)
    assert found
    return found.group(1).strip()


def test_the_figures_shown_are_the_measured_ones() -> None:
    assert shown(ROOT / "README.md", "speed") == summary(MEASURED)
    assert shown(BENCH / "README.md", "workers") == workers(MEASURED)
    assert shown(BENCH / "README.md", "stages") == where_time_goes(MEASURED)
    assert shown(BENCH / "README.md", "growth") == growing(MEASURED)
    assert MEASURED["peers"]["missing"] == {}


def test_the_plot_shows_the_measured_ratios() -> None:
    drawn = (BENCH / "throughput.svg").read_text(encoding="utf-8")
    for name, ratio in MEASURED["peers"]["times as fast"].items():
        assert f">{name}<" in drawn
        assert f">{rounded(ratio)}×<" in drawn


@pytest.mark.parametrize(("number", "text"), [(0.00951, "0.0095"), (2.04, "2"), (9.96, "10"), (30.9, "31"), (456.7, "457")])
def test_two_digits_are_enough(number: float, text: str) -> None:
    assert rounded(number) == text


def test_a_watch_changes_no_result_and_is_taken_off(guard: SpamGuard, contaminated: str) -> None:
    before, work = guard.clean(contaminated), vars(Text)["hashes"].func
    with watching() as watch:
        assert guard.clean(contaminated) == before
        assert vars(Text)["hashes"].func is not work
    assert vars(Text)["hashes"].func is work
    assert isinstance(vars(Batch)["of"], classmethod)
    assert set(watch.spent) <= {*STAGES, REST}
    assert {"hashes", "trees", "judging suspects"} <= set(watch.spent)


def test_a_peer_that_is_not_installed_is_named(guard: SpamGuard) -> None:
    def absent(texts: object) -> None:
        raise ImportError("No module named 'absent'")

    found = beside(guard, ["All quiet."], {**FLOORS, "absent": absent})
    assert found["missing"] == {"absent": "No module named 'absent'"}
    assert set(found["times as fast"]) == set(FLOORS)


def test_texts_fill_a_size() -> None:
    texts = fill(["é" * 500, "b"], 0.01)
    assert 0.01 <= in_megabytes(texts) < 0.012
    assert texts[2] == texts[0]


def test_the_share_of_a_text_that_comes_through() -> None:
    assert pages.share("The ferry sails on.", "Menu. The ferry\nsails on. Contact") == 1.0
    assert pages.share("The ferry sails on.", "The ferry is late.") == pytest.approx(1 / 8)
    assert pages.share("", "Menu") == 1.0
