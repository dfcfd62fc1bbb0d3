"""Reads training folders.

The layout is described in ``data/README.md``: ``news/{train,dev}``, ``spam/{train,dev}``, ``hard_negatives/{train,dev}``,
``comments``, ``stubs`` hold JSON lines (``*.jsonl`` or ``*.jsonl.gz``), ``domains`` plain lists. Several folders add up.
"""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from spamguard.errors import CorpusError
from spamguard.io import compression
from spamguard.io.stores import Place

TRADES = (
    "gambling",
    "pharma",
    "adult",
    "loan",
    "crypto",
    "essay",
    "replica",
    "documents",
    "warez_stream",
    "followers",
    "fake_support",
    "seo",
    "other",
)
"""Labels a span can have."""

OTHER_NAMES = {
    "piracy": "warez_stream",
    "warez": "warez_stream",
    "seo_backlink": "seo",
    "seo_referrer_spam": "seo",
    "fakeshop_replica": "replica",
    "dating_escort": "adult",
    "crypto_scam": "crypto",
    "invoice": "documents",
}
"""Trades under the names that other collections use; what is in neither table is ``other``."""

NOT_INJECTED = ("promo",)
"""Categories left out: ordinary advertising by honest shops, neither news nor injected spam."""

MANY_LANGUAGES = 10
"""A file with more languages holds the same documents in each of them, and is split by document."""


@dataclass(frozen=True)
class Row:
    """One text of a training folder.

    Attributes
    ----------
    text, lang : str
    category : str
        Trade of a spam piece, kind of a hard negative; empty for news.
    shape : str
        How a spam piece is built (``welded_tail``, ``guide_prose``, …), kind of a stub; may be empty.
    group : str
        Texts of one group share a source and never stand on two sides of a split.
    file : str
        Name of the file without its endings.
    """

    text: str
    lang: str
    category: str
    shape: str
    group: str
    file: str


@dataclass
class Corpus:
    """All texts of one split (``train`` or ``dev``) of one or more training folders."""

    news: list[Row] = field(default_factory=list)
    spam: list[Row] = field(default_factory=list)
    hard: list[Row] = field(default_factory=list)
    comments: list[Row] = field(default_factory=list)
    stubs: list[Row] = field(default_factory=list)
    domains: dict[str, list[str]] = field(default_factory=dict)
    honest: list[str] = field(default_factory=list)


def load(folders: Sequence[Path], split: str) -> Corpus:
    """Read one split of training folders.

    Raises
    ------
    CorpusError
        If a folder is missing, a row is broken or lacks ``text`` or ``lang``, or there is no news or no spam.
    """
    corpus = Corpus()
    for folder in folders:
        if not folder.is_dir():
            raise CorpusError(f"{folder}: no such folder. Give --corpus a folder laid out as data/README.md describes.")
        corpus.news += _rows(folder / "news" / split)
        corpus.spam += _spam(_rows(folder / "spam" / split))
        corpus.hard += _rows(folder / "hard_negatives" / split)
        corpus.comments += _rows(folder / "comments" / split)
        corpus.comments += [row for row in _rows(folder / "comments") if side_of(row.text) == split]
        corpus.stubs += [row for row in _rows(folder / "stubs") if side_of(row.text) == split]
        for trade, names in _domains(folder / "domains"):
            mine = [name for name in names if side_of(name) == split]
            (corpus.honest if trade in HONEST else corpus.domains.setdefault(trade, [])).extend(mine)
    if not corpus.news or not corpus.spam:
        found = f"{len(corpus.news)} news articles and {len(corpus.spam)} spam pieces"
        where = ", ".join(map(str, folders))
        raise CorpusError(f"{where}: {found} in split {split!r}; training needs both. See data/README.md.")
    return corpus


def side_of(text: str) -> str:
    """``train`` for three in four texts of a folder that is not split by hand, ``dev`` for the others."""
    return "dev" if zlib.crc32(text.encode("utf-8", "surrogatepass")) % 4 == 0 else "train"


def _spam(rows: list[Row]) -> list[Row]:
    """Give trades their own names and leave out what is not injected spam."""
    return [
        Row(row.text, row.lang, trade_of(row.category), row.shape, row.group, row.file)
        for row in rows
        if row.category not in NOT_INJECTED
    ]


def trade_of(category: str) -> str:
    """The label that stands for a category of another collection."""
    name = OTHER_NAMES.get(category, category)
    return name if name in TRADES else "other"


def without(corpus: Corpus, names: Sequence[str]) -> Corpus:
    """The corpus without the spam in some languages or of some trades."""
    spam = [row for row in corpus.spam if row.lang not in names and row.category not in names]
    domains = {trade: list_ for trade, list_ in corpus.domains.items() if trade not in names}
    return replace(corpus, spam=spam, domains=domains)


@cache
def language(code: str) -> str:
    """One code a language, whatever a collection calls it: ``eng`` and ``en-GB`` are ``en``."""
    rows = (Path(__file__).parent / "languages.tsv").read_text(encoding="utf-8").split("\n")[1:]
    short = dict(row.split("\t") for row in rows if row)
    if code == "zh-Hant":
        return code
    plain = code.split("-")[0]
    return short.get(plain, plain)


def read_jsonl(path: Place) -> Iterator[tuple[int, dict[str, Any]]]:
    """Row number (from 1) and row of a JSON-lines file, compressed or not."""
    with path.open("rb") as raw, io.TextIOWrapper(compression.reader(raw, compression.of_name(path)), "utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise CorpusError(f"{path}, row {number}: not JSON ({error}). Mend or remove the row.") from None
            if not isinstance(row, dict) or not isinstance(row.get("text"), str):
                raise CorpusError(f"{path}, row {number}: wanted an object with a string field 'text'.")
            yield number, row


def _rows(folder: Path) -> list[Row]:
    found: list[Row] = []
    for path in sorted((*folder.glob("*.jsonl"), *folder.glob("*.jsonl.gz"))):
        name = path.name.split(".jsonl")[0]
        rows = [row for _, row in read_jsonl(path)]
        parallel = len({row.get("lang") for row in rows}) > MANY_LANGUAGES
        for number, row in enumerate(rows):
            text = row["text"].strip()
            if text:
                found.append(
                    Row(
                        text,
                        language(str(row.get("lang", "und"))),
                        str(row.get("category", "")),
                        str(row.get("shape", row.get("kind", ""))),
                        _group(name, number, row, parallel),
                        name,
                    )
                )
    return found


def _group(name: str, number: int, row: dict[str, Any], parallel: bool) -> str:
    """A row with no source stands for itself; a file of translations is split by document; else the file is the source."""
    if "source" not in row:
        return f"{name}#{row.get('id', number)}"
    if parallel:
        return f"{name}#{row['id'].rsplit('-', 1)[-1] if 'id' in row else row['source']}"
    return name


HONEST = ("reputable", "top_sites_noNC", "honest")
SKIPPED = ("gambling_consensus2", "gambling_legit_news", "brands")


def _domains(folder: Path) -> Iterator[tuple[str, list[str]]]:
    for path in sorted((*folder.glob("*.txt"), *folder.glob("*.txt.gz"))):
        name = path.name.split(".txt")[0]
        if name in SKIPPED:
            continue
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8") as lines:
            names = [line.split("\t")[0].strip().lower() for line in lines]
        trade = name if name in HONEST else trade_of(name)
        yield trade, [line for line in names if line and not line.startswith("#") and "." in line]
