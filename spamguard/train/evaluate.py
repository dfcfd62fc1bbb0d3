"""Measures a model on documents with known spans: the table of ``spamguard evaluate``.

Counts stand beside every rate. White space never counts: it belongs to whoever takes it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spamguard.errors import CorpusError, SpamguardError
from spamguard.guard import SpamGuard
from spamguard.io.stores import Place
from spamguard.report.interval import upper_bound
from spamguard.result import Result
from spamguard.train import baselines
from spamguard.train.compose import Composer, Document
from spamguard.train.corpus import Corpus, load, read_jsonl
from spamguard.train.examine import PREVALENCE, THRESHOLDS, at, confusion, faithful, first_pass, precision_at, reliability
from spamguard.train.trials import trials

AS_THEY_ARE = ("article", "hard_negative", "comments")
"""Kinds of composed clean documents left out: each such text is measured once, as it is."""

EXACT = 2
"""The first cut is exact when so few characters, white space apart, lie between it and the true one."""


@dataclass(frozen=True)
class Outcome:
    """One document, cleaned.

    Attributes
    ----------
    true, cut, both : int
        Characters that should be cut, that were, and that rightly were; white space apart.
    found : bool
        Whether at least half of one of its true spans was cut.
    exact : bool
        Whether the first cut begins where it should.
    label_right : bool
        Whether a span that overlaps a true one has its label.
    """

    document: Document
    true: int
    cut: int
    both: int
    found: bool
    exact: bool
    label_right: bool


def dev_documents(corpus: Corpus, contaminated: int, seed: int) -> list[Document]:
    """All clean news, hard negatives and comments of a split as they are, and documents composed from it."""
    clean = [Document(row.text, (), row.lang, "news", file=row.file) for row in corpus.news]
    clean += [Document(row.text, (), row.lang, "hard_negative", category=row.category, file=row.file) for row in corpus.hard]
    clean += [Document(row.text, (), row.lang, "comment", file=row.file) for row in corpus.comments]
    composer = Composer(corpus, seed)
    twins = [composer.clean() for _ in range(contaminated // 2)]
    return clean + [document for document in twins if document.kind not in AS_THEY_ARE] + [
        composer.contaminated() for _ in range(contaminated)
    ]  # fmt: skip


def run(
    guard: SpamGuard,
    gold: Sequence[Place],
    corpus: Sequence[Path],
    *,
    composed: int,
    trial: int,
    seed: int,
    least: int,
    out: Path | None,
    html: Path | None,
) -> int:
    """What ``spamguard evaluate`` does: one table for the dev split of training folders, one for each gold file.

    With training folders also the trials (`trial` documents each), the trivial baselines, other thresholds, the
    calibration and the faithfulness of the reasons. `out` gets all of it as JSON, `html` as a page with plots.
    """
    if not gold and not corpus:
        raise ValueError("nothing to measure on: give --gold FILES or --corpus FOLDERS")
    page = _page() if html else None
    tables: dict[str, Any] = {}
    found: dict[str, Any] = {"guard": repr(guard), "threshold": guard.threshold, "tables": tables}
    if corpus:
        dev = load(corpus, "dev")
        documents = dev_documents(dev, composed, seed)
        results = guard.clean_many(document.text for document in documents)
        tables["dev"] = report([compare(document, result) for document, result in zip(documents, results, strict=True)])
        if trial:
            groups = trials(dev, trial, seed)
            found["trials"] = {name: spam_row(outcomes(guard, group)) for name, group in groups.items() if group}
            found |= _behind_the_cuts(guard, documents, results)
    for path in gold:
        tables[path.name] = report(outcomes(guard, read_gold(path)))
    found["tables"] = tables = {name: drop_small(table, least) for name, table in tables.items()}
    for name, table in tables.items():
        print(f"== {name} ==\n{format_tables(table)}\n")
    for name in ("trials", "baselines", "thresholds"):
        if name in found:
            print(f"== {name} ==\n{format_tables({name: {'': found[name]}})}\n")
    for name in ("first pass", "reliability", "faithful", "confusion"):
        if name in found:
            print(f"== {name} ==\n{json.dumps(found[name])}\n")
    if out:
        out.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if html and page:
        html.write_text(page(found), encoding="utf-8")
    return 0


def _page() -> Callable[[Mapping[str, Any]], str]:
    """What draws the page; asked for before hours of measuring.

    Raises
    ------
    SpamguardError
        If a package that only the page needs is missing.
    """
    try:
        from spamguard.report.page import page  # jinja2 and matplotlib are needed here only
    except ImportError as error:
        raise SpamguardError(f"--html needs {error.name}: pip install 'spamguard[report]'") from None
    return page


def _behind_the_cuts(guard: SpamGuard, documents: Sequence[Document], results: Sequence[Result]) -> dict[str, Any]:
    """Baselines, thresholds, calibration, reasons and labels on the documents of the dev table, as `guard` cleaned them."""
    spoiled = [document for document in documents if document.spans]
    cut = [result for document, result in zip(documents, results, strict=True) if document.spans]
    news = [n for n, document in enumerate(documents) if document.kind == "news" and not document.spans]
    clean, uncut = [documents[n] for n in news], [results[n] for n in news]
    proposing = SpamGuard(guard._model, threshold=0.0, where=guard.where)
    texts = [document.text for document in (*clean, *spoiled)]
    proposed = proposing.clean_many(texts)
    of_clean, of_spoiled = proposed[: len(clean)], proposed[len(clean) :]

    def row(threshold: float) -> dict[str, float | int]:
        kept = [compare(document, at(result, threshold)) for document, result in zip(spoiled, of_spoiled, strict=True)]
        touched = sum(bool(at(result, threshold).spans) for result in of_clean)
        per_found = spam_row(kept)
        share = precision_at(PREVALENCE, float(per_found["found share"]), touched / max(len(clean), 1))
        return {"clean": len(clean), "touched": touched} | per_found | {"precision of trimmed": round(share, 4)}

    rules = baselines.clean([document.text for document in spoiled], guard._model.learned)
    best = {
        name: spam_row([compare(document, result) for document, result in zip(spoiled, by_rule, strict=True)])
        for name, by_rule in rules.items()
    }
    return {
        "prevalence": PREVALENCE,
        "baselines": best,
        "thresholds": {f"{threshold:.4g}": row(threshold) for threshold in (*THRESHOLDS, guard.threshold)},
        "first pass": first_pass(guard, (*clean, *spoiled), (*uncut, *cut)),
        "reliability": reliability((*clean, *spoiled), proposed),
        "faithful": faithful(guard, proposing, cut[:500]),
        "confusion": confusion(spoiled, cut),
    }


def read_gold(path: Place) -> list[Document]:
    """Documents with known spans: JSON lines with ``text`` and ``spans`` (objects with ``start``, ``end``, ``label``).

    ``spam_spans`` is read where there is no ``spans``; ``lang``, ``kind``, ``category`` and ``source`` name groups.

    Raises
    ------
    CorpusError
        If a row is broken or a span does not lie in its text.
    """
    documents = []
    for number, row in read_jsonl(path):
        spans = []
        for span in row.get("spans", row.get("spam_spans", [])):
            start, end, label = span["start"], span["end"], span.get("label", "other")
            if not 0 <= start < end <= len(row["text"]):
                raise CorpusError(f"{path}, row {number}: span {start}-{end} does not lie in a text of {len(row['text'])}")
            spans.append((start, end, label))
        about = {key: str(row.get(key, "")) for key in ("lang", "kind", "spam_lang", "category", "shape")}
        documents.append(Document(row["text"], tuple(spans), file=path.name, **about))
    return documents


def outcomes(guard: SpamGuard, documents: Sequence[Document]) -> list[Outcome]:
    """Clean every document and compare with what should be cut."""
    results = guard.clean_many(document.text for document in documents)
    return [compare(document, result) for document, result in zip(documents, results, strict=True)]


def compare(document: Document, result: Result) -> Outcome:
    """Count characters and look at the first cut."""
    solid = np.array([not char.isspace() for char in document.text], np.bool_)
    true = _mask(len(solid), [(start, end) for start, end, _ in document.spans]) & solid
    cut = _mask(len(solid), [(span.start, span.end) for span in result.spans]) & solid
    first_true, first_cut = (int(np.argmax(mask)) if mask.any() else -1 for mask in (true, cut))
    low, high = sorted((first_true, first_cut))
    exact = low >= 0 and int(solid[low:high].sum()) <= EXACT
    halves = [0 < int(true[start:end].sum()) <= 2 * int((true & cut)[start:end].sum()) for start, end, _ in document.spans]
    right = any(
        span.label == label
        for start, end, label in document.spans
        for span in result.spans
        if span.start < end and start < span.end
    )
    both = int((true & cut).sum())
    return Outcome(document, int(true.sum()), int(cut.sum()), both, any(halves), exact, right)


def _mask(length: int, spans: Iterable[tuple[int, int]]) -> NDArray[np.bool_]:
    mask = np.zeros(length, np.bool_)
    for start, end in spans:
        mask[start:end] = True
    return mask


def report(found: Sequence[Outcome]) -> dict[str, Any]:
    """All tables as JSON-ready rows."""
    clean = [outcome for outcome in found if not outcome.document.spans]
    spam = [outcome for outcome in found if outcome.document.spans]
    tables: dict[str, Any] = {"clean": {}, "contaminated": {}}
    groupings: list[tuple[str, Callable[[Outcome], str]]] = [
        ("kind", lambda outcome: outcome.document.kind),
        ("language", lambda outcome: outcome.document.lang),
        ("source", lambda outcome: outcome.document.file),
    ]
    tables["clean"]["all"] = clean_row(clean)
    for name, key in groupings:
        tables["clean"][f"by {name}"] = {group: clean_row(rows) for group, rows in _grouped(clean, key)}
    tables["contaminated"]["all"] = spam_row(spam)
    groupings = [
        ("placement", lambda outcome: outcome.document.kind),
        ("category", lambda outcome: outcome.document.category),
        ("spam language", lambda outcome: outcome.document.spam_lang),
        ("shape", lambda outcome: outcome.document.shape),
        ("source", lambda outcome: outcome.document.file),
    ]
    for name, key in groupings:
        tables["contaminated"][f"by {name}"] = {group: spam_row(rows) for group, rows in _grouped(spam, key)}
    return tables


def _grouped(rows: Iterable[Outcome], key: Callable[[Outcome], str]) -> list[tuple[str, list[Outcome]]]:
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for row in rows:
        groups[key(row) or "-"].append(row)
    return sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))


def clean_row(rows: Sequence[Outcome]) -> dict[str, float | int]:
    """False trims among clean documents, with the exact one-sided 95 % upper bound (Clopper and Pearson 1934)."""
    n, touched = len(rows), sum(row.cut > 0 for row in rows)
    bound = float(upper_bound(touched, n))
    return {
        "documents": n,
        "touched": touched,
        "per 10,000": round(10_000 * touched / max(n, 1), 2),
        "upper bound": round(10_000 * bound, 2),
        "characters lost": sum(row.cut for row in rows),
    }


def spam_row(rows: Sequence[Outcome]) -> dict[str, float | int]:
    """Detection, first cuts and characters of contaminated documents."""
    n, found = len(rows), sum(row.found for row in rows)
    true, cut, both = (sum(getattr(row, name) for row in rows) for name in ("true", "cut", "both"))
    precision, recall = both / max(cut, 1), both / max(true, 1)
    return {
        "documents": n,
        "found": found,
        "found share": round(found / max(n, 1), 4),
        "first cut exact": round(sum(row.exact for row in rows) / max(n, 1), 4),
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "F1": round(2 * precision * recall / max(precision + recall, 1e-9), 4),
        "label right": round(sum(row.label_right for row in rows) / max(n, 1), 4),
    }


def drop_small(tables: dict[str, Any], least: int) -> dict[str, Any]:
    """The tables without groups of fewer than `least` documents."""
    return {
        part: {
            name: rows if name == "all" else {group: row for group, row in rows.items() if row["documents"] >= least}
            for name, rows in groups.items()
        }
        for part, groups in tables.items()
    }


def format_tables(tables: dict[str, Any]) -> str:
    """The tables as text."""
    lines: list[str] = []
    for part, groups in tables.items():
        head: list[str] | None = None
        for name, rows in groups.items():
            table = {"all": rows} if name == "all" else rows
            for group, row in table.items():
                if head is None:
                    head = list(row)
                    lines += ["", f"{part:28}" + "".join(f"{title:>17}" for title in head)]
                label = group if name == "all" else f"  {name.removeprefix('by ')} {group}"
                lines.append(f"{label[:27]:28}" + "".join(f"{row[title]:>17,}" for title in head))
    return "\n".join(lines).lstrip("\n")
