"""Campaigns that nobody labelled are found among many documents, and what recurs honestly is not taken for one."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from spamguard import SpamGuard, classify
from spamguard.cli import main
from spamguard.train import adapt
from spamguard.train.compose import Document
from spamguard.train.corpus import load
from spamguard.train.evaluate import compare, read_gold

from .conftest import DATA
from .planted import AGENCY, COOKIES, Planted, plant, shuffled, with_boilerplate

CAMPAIGNS, COPIES = 10, 15


def clean_documents(count: int, seed: int) -> list[str]:
    by_language: dict[str, list[str]] = defaultdict(list)
    for row in (*load([DATA], "train").news, *load([DATA], "dev").news):
        by_language[row.lang].append(row.text)
    return shuffled(by_language, count, random.Random(seed))


def write(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def documents() -> list[Planted]:
    rng = random.Random(7)
    return plant(with_boilerplate(clean_documents(1500, 7), rng), CAMPAIGNS, COPIES, rng)


@pytest.fixture(scope="module")
def mined(documents: list[Planted], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mine")
    corpus = write(folder / "corpus.jsonl", ({"doc": {"body": document.text}} for document in documents))
    assert main(["mine", str(corpus), "--field", "doc.body", "--out", str(folder / "labels.jsonl")]) == 0
    return folder / "labels.jsonl"


def test_planted_campaigns_come_first_and_boilerplate_does_not(documents: list[Planted], mined: Path) -> None:
    planted = {document.text: document for document in documents}
    meant: dict[int, Counter[int]] = defaultdict(Counter)
    for row in read(mined):
        document = planted[row["text"]]
        for span in row["spans"]:
            inside = document.start <= span["start"] < span["end"] <= document.end
            meant[row["campaign"]][document.campaign if inside else -1] += 1
            assert COOKIES[:20] not in row["text"][span["start"] : span["end"]]
            assert AGENCY[:20] not in row["text"][span["start"] : span["end"]]
    most = [found.most_common(1)[0][0] for _, found in sorted(meant.items())][:20]
    assert len(set(most) - {-1}) >= 8
    assert most.count(-1) <= 2


def test_labels_teach_the_rest_of_the_campaigns(documents: list[Planted], mined: Path) -> None:
    chosen = {0, 1}
    wanted = {document.text: document.campaign in chosen for document in documents}
    labels = [document for document in read_gold(mined) if wanted[document.text]]
    honest = [Document(row.text, (), row.lang, "news") for row in load([DATA], "train").news]
    taught = SpamGuard(adapt.adapt(classify.load(), labels, honest, lambda line: None))
    rng = random.Random(8)
    others = [one for one in plant(clean_documents(150, 8), CAMPAIGNS, COPIES, rng) if one.campaign in chosen]
    found = [
        compare(Document(one.text, ((one.start, one.end, "other"),), "und", "tail"), taught.clean(one.text)).found
        for one in others
    ]
    assert sum(found) >= 0.9 * len(found)


def test_nothing_is_found_where_nothing_recurs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clean = write(tmp_path / "clean.jsonl", ({"text": row.text} for row in load([DATA], "train").news))
    assert main(["mine", str(clean), "--out", str(tmp_path / "labels.jsonl")]) == 0
    assert "no campaigns found" in capsys.readouterr().out
    assert read(tmp_path / "labels.jsonl") == []


def test_empty_inputs_and_texts_are_no_error(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_bytes(b"")
    rows = write(tmp_path / "rows.jsonl", [{"text": ""}, {"text": None}, {"text": " \n"}, {"text": "."}, {"text": "One"}])
    for path in (tmp_path / "empty.jsonl", rows):
        assert main(["mine", str(path), "--out", str(tmp_path / "labels.jsonl")]) == 0
        assert read(tmp_path / "labels.jsonl") == []


def test_rows_that_cannot_be_read_are_told_and_passed_over(
    documents: list[Planted], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").mkdir()
    few = [document for document in documents if document.campaign == 1]
    corpus = write(tmp_path / "in" / "part.jsonl", ({"text": document.text} for document in few))
    with corpus.open("a", encoding="utf-8") as file:
        file.write("{broken\n" * 12)
    (tmp_path / "in" / "table.csv").write_text('text\n"One, two."\n', encoding="utf-8")
    assert main(["mine", str(tmp_path / "in"), "--out", str(tmp_path / "in" / "labels.jsonl")]) == 1
    told = capsys.readouterr()
    assert "part.jsonl, row 16: " in told.err
    assert "and 2 more rows" in told.err
    assert {row["campaign"] for row in read(tmp_path / "in" / "labels.jsonl")} == {1}
    assert main(["mine", str(tmp_path / "in"), "--out", str(tmp_path / "in" / "labels.jsonl")]) == 1  # not read as an input


def test_boilerplate_of_one_site_is_no_campaign(tmp_path: Path, documents: list[Planted]) -> None:
    few = [document.text for document in documents if document.campaign == 3]
    for sites, number in ((1, 0), (5, 1)):
        rows = ({"text": text, "domain": f"site-{place % sites}.example"} for place, text in enumerate(few))
        corpus = write(tmp_path / f"{sites}.jsonl", rows)
        assert main(["mine", str(corpus), "--out", str(tmp_path / "labels.jsonl")]) == 0
        assert len({row["campaign"] for row in read(tmp_path / "labels.jsonl")}) == number


def test_standard_input_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mine", "-", "--out", str(tmp_path / "labels.jsonl")]) == 2
    assert "more than once" in capsys.readouterr().err
