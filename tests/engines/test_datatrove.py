"""datatrove, run by its local executor over two tasks."""

from __future__ import annotations

import doctest
import gzip
import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spamguard.engines import Cleaner
from spamguard.engines.cleaner import ADDED

from .conftest import RECIPES, assert_same, samples

pytest.importorskip("datatrove", reason="needs the extra: pip install 'spamguard[datatrove]'")

from datatrove.data import Document
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter

from spamguard.engines import datatrove
from spamguard.engines.datatrove import SpamFilter, SpamFormatter

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def wanted(records: Rows, expected: Rows) -> Rows:
    """Readers of datatrove pass over rows whose text is missing or empty."""
    return [row for record, row in zip(records, expected, strict=True) if record["text"]]


@pytest.fixture(scope="module")
def run(records: Rows, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folder of a finished run, and the statistics of its two steps."""
    folder = tmp_path_factory.mktemp("trove")
    (folder / "in").mkdir()
    for half in (0, 1):
        lines = [json.dumps(row | {"id": str(row["id"])}) for row in records[half::2]]
        (folder / "in" / f"{half}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    LocalPipelineExecutor(
        pipeline=[
            JsonlReader(str(folder / "in")),
            SpamFormatter(Cleaner(), exclusion_writer=writer(folder / "trimmed")),
            SpamFilter(Cleaner(), exclusion_writer=writer(folder / "dropped")),
            writer(folder / "out"),
        ],
        tasks=2,
        workers=2,
        logging_dir=str(folder / "logs"),
    ).run()
    steps = json.loads((folder / "logs" / "stats.json").read_text(encoding="utf-8"))
    return folder, {step["name"].split(":")[0][-6:]: step["stats"] for step in steps if "spamguard" in step["name"]}


def test_kept_and_dropped_are_as_by_one_call(run: tuple[Path, dict[str, Any]], wanted: Rows) -> None:
    folder, _ = run
    kept, dropped = written(folder / "out"), written(folder / "dropped")
    assert_same([flat(document) for document in kept + dropped], wanted)
    assert {flat(document)["verdict"] for document in dropped} == {"spam"}
    assert all(document["metadata"]["filter_reason"] for document in dropped)


def test_what_was_cut_can_be_put_back(run: tuple[Path, dict[str, Any]], records: Rows, wanted: Rows) -> None:
    folder, _ = run
    originals = {int(document["id"]): document["text"] for document in written(folder / "trimmed")}
    assert originals == {row["id"]: records[row["id"]]["text"] for row in wanted if row["spans"]}


def test_the_statistics_add_up(run: tuple[Path, dict[str, Any]], records: Rows, wanted: Rows) -> None:
    _, stats = run
    trimming, dropping = stats["FORMAT"], stats["FILTER"]
    spans = [span for row in wanted for span in row["spans"]]
    assert total(trimming["total"]) == total(dropping["total"]) == len(wanted)
    for verdict in ("clean", "trimmed", "spam"):
        assert total(trimming[verdict]) == sum(row["verdict"] == verdict for row in wanted)
    assert sum(total(trimming[f"cut_{label}"]) for label in {span["label"] for span in spans}) == len(spans)
    assert sum(total(count) for name, count in trimming.items() if name.startswith("cut_by_")) == len(spans)
    assert total(trimming["characters_cut"]) == sum(span["end"] - span["start"] for span in spans)
    assert total(dropping["dropped"]) == total(trimming["spam"])


def test_the_filter_alone_judges_and_changes_nothing(contaminated: str) -> None:
    def documents() -> list[Document]:
        return [Document("All quiet.", "a"), Document(contaminated, "b"), Document("slot gacor hari ini depozbet.com", "c")]

    assert [doc.text for doc in SpamFilter(Cleaner())(documents())] == ["All quiet.", contaminated]
    assert [doc.id for doc in SpamFilter(Cleaner(), drop=("spam", "trimmed"))(documents())] == ["a"]
    with pytest.raises(ValueError, match="drop"):
        SpamFilter(Cleaner(), drop=("clean",))
    assert SpamFormatter(Cleaner()).format("All quiet.") == "All quiet."


def test_the_example_runs() -> None:
    assert doctest.testmod(datatrove).failed == 0


def test_the_example_of_an_executor_runs(run_recipe: Callable[[str], Path], tmp_path: Path, contaminated: str) -> None:
    (tmp_path / "crawl").mkdir()
    texts = ["All quiet.", contaminated, "slot gacor hari ini depozbet.com"]
    lines = (json.dumps({"id": str(number), "text": text}) for number, text in enumerate(texts))
    (tmp_path / "crawl" / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    imports = """
        from datatrove.executor import LocalPipelineExecutor
        from datatrove.pipeline.readers import JsonlReader
        from datatrove.pipeline.writers import JsonlWriter
        from spamguard.engines import Cleaner
        from spamguard.engines.datatrove import SpamFilter, SpamFormatter
    """
    example = (datatrove.__doc__ or "").partition("::\n\n")[2]
    run_recipe(textwrap.dedent(imports) + textwrap.dedent(example))
    kept, trimmed = packed(tmp_path / "clean"), packed(tmp_path / "trimmed")
    assert [document["text"] for document in kept] == ["All quiet.", Cleaner().guard().clean(contaminated).text]
    assert [document["text"] for document in trimmed] == texts[1:]


def test_the_snippet_of_the_readme_runs(run_recipe: Callable[[str], Path], cleaned_samples: Rows) -> None:
    folder = run_recipe(RECIPES["datatrove"])
    kept = packed(folder / "cleaned")
    found = [
        {"id": int(row["id"]), **row["metadata"], "text": row["text"], "verdict": row["metadata"]["spamguard"]["verdict"]}
        for row in kept
    ]
    assert samples(found) == cleaned_samples
    assert [row["id"] for row in packed(folder / "trimmed")] == [1]


def writer(folder: Path) -> JsonlWriter:
    return JsonlWriter(str(folder), compression=None)


def written(folder: Path) -> Rows:
    return [
        json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines()
    ]


def packed(folder: Path) -> Rows:
    """What a writer wrote by its own settings."""
    return [
        json.loads(line) for path in sorted(folder.glob("*.gz")) for line in gzip.decompress(path.read_bytes()).splitlines()
    ]


def flat(document: dict[str, Any]) -> dict[str, Any]:
    """A written document as a row; an empty text is not written."""
    report = document["metadata"]["spamguard"]
    assert report["labels"] == sorted({span["label"] for span in report["spans"]})
    return {"id": int(document["id"]), "text": document.get("text", "")} | {name: report[name] for name in ADDED}


def total(stat: Any) -> int:
    return stat["total"] if isinstance(stat, dict) else stat
