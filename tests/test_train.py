"""Training from a copy of the project's own data, end to end."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from spamguard import SpamGuard, lexicon
from spamguard.batch import Batch
from spamguard.cli import main
from spamguard.errors import CorpusError
from spamguard.features import Learned, Text
from spamguard.features.learned import UNKNOWN
from spamguard.hosts import find
from spamguard.train import corpus
from spamguard.train.compose import Composer, _Draft
from spamguard.train.corpus import language
from spamguard.train.fit import deal
from spamguard.train.obfuscate import TRICKS

from .conftest import DATA

SMALL = ["--documents", "400", "--seed", "3"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("train")
    shutil.copytree(DATA, folder / "data")
    assert main(["train", "--corpus", str(folder / "data"), "--out", str(folder / "model"), *SMALL]) == 0
    return folder


def test_a_model_from_our_own_data_trims_the_sample(trained: Path, contaminated: str) -> None:
    result = SpamGuard(model=trained / "model", threshold="eager").clean(contaminated)
    assert result.verdict == "trimmed"
    assert contaminated[: contaminated.index("Leave a Reply")].rstrip() in result.text
    assert "volkabahis" not in result.text


def test_the_same_seed_gives_the_same_bytes(trained: Path) -> None:
    assert main(["train", "--corpus", str(trained / "data"), "--out", str(trained / "again"), *SMALL]) == 0
    for name in ("arrays.npz", "model.json", "card.md"):
        assert (trained / "again" / name).read_bytes() == (trained / "model" / name).read_bytes(), name


def test_the_card_names_what_it_stands_on(trained: Path) -> None:
    card = (trained / "model" / "card.md").read_text(encoding="utf-8")
    assert "Operating points" in card
    assert "| articles |" in card


def test_composing_marks_what_it_put_in() -> None:
    composer = Composer(corpus.load([DATA], "train"), seed=5)
    documents = list(composer.documents(400))
    assert documents == list(Composer(corpus.load([DATA], "train"), seed=5).documents(400))
    spoiled = [document for document in documents if document.spans]
    assert {document.kind for document in spoiled} == set(composer.mixture["placements"])
    for document in documents:
        edges = [edge for start, end, _ in document.spans for edge in (start, end)]
        assert edges == sorted(edges)
        for start, end, label in document.spans:
            assert document.text[start:end].strip() == document.text[start:end] != ""
            assert label in corpus.TRADES
    assert 0.3 < len(spoiled) / len(documents) < 0.7


def test_sources_never_stand_on_two_sides() -> None:
    whole = corpus.load([DATA], "train")
    folds = deal(whole)
    for name in ("news", "spam"):
        groups = [{row.group for row in getattr(fold, name)} for fold in folds]
        assert sum(map(len, groups)) == len(set().union(*groups))
        assert sum(len(getattr(fold, name)) for fold in folds) == len(getattr(whole, name))


@pytest.mark.parametrize("trick", sorted(TRICKS))
def test_tricks_change_the_text(trick: str) -> None:
    import random

    plain = "slot gacor casino bonus"
    assert TRICKS[trick](plain * 5, random.Random(1)) != plain * 5


@pytest.mark.parametrize(
    ("line", "message"),
    [("{broken", "row 2: not JSON"), ('{"lang": "en"}', "row 2: wanted an object"), ("[1]", "row 2: wanted an object")],
)
def test_broken_rows_are_named(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "news" / "train").mkdir(parents=True)
    (tmp_path / "news" / "train" / "a.jsonl").write_text('{"text": "x", "lang": "en"}\n' + line + "\n")
    with pytest.raises(CorpusError, match=message):
        corpus.load([tmp_path], "train")


def test_a_corpus_without_spam_is_refused(tmp_path: Path) -> None:
    (tmp_path / "news" / "train").mkdir(parents=True)
    (tmp_path / "news" / "train" / "a.jsonl").write_text(json.dumps({"text": "x", "lang": "en"}) + "\n")
    with pytest.raises(CorpusError, match="0 spam pieces"):
        corpus.load([tmp_path], "train")


@pytest.mark.parametrize(
    ("code", "short"),
    [("eng", "en"), ("en-GB", "en"), ("nb", "no"), ("zh-Hant", "zh-Hant"), ("aze-Latn", "az"), ("yue", "yue")],
)
def test_a_language_has_one_code(code: str, short: str) -> None:
    assert language(code) == short


def test_spans_that_touch_take_the_label_of_most_characters() -> None:
    draft = _Draft()
    draft.add("News. ")
    draft.add("short ad\n", "loan")
    draft.add("a much longer advert", "crypto")
    draft.add("\n\nMore news.")
    document = draft.finish(lang="en", kind="middle")
    assert [(document.text[start:end], label) for start, end, label in document.spans] == [
        ("short ad\na much longer advert", "crypto")
    ]


def test_what_a_model_is_trained_without_is_gone() -> None:
    whole = corpus.load([DATA], "train")
    some = corpus.without(whole, ["tr", "pharma"])
    assert {row.lang for row in some.spam} == {row.lang for row in whole.spam} - {"tr"}
    assert {row.category for row in some.spam} == {row.category for row in whole.spam} - {"pharma"}
    assert some.news == whole.news


def test_terms_a_model_does_not_know_are_not_seen() -> None:
    batch = Batch.of(["slot gacor and viagra online, viagra online"])
    learned = Learned.empty()
    terms = [word.term for word in lexicon.keywords()]
    seen = [terms[number] for number in Text(batch, find(batch), learned).matches.term]
    learned.terms[[number for number, word in enumerate(lexicon.keywords()) if word.category == "pharma"]] = UNKNOWN
    known = [terms[number] for number in Text(batch, find(batch), learned).matches.term]
    assert known
    assert len(known) < len(seen)
    assert all("viagra" not in term for term in known)
