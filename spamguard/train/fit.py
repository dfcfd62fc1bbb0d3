"""The whole training: from folders of texts to a model.

Sources are dealt to three folds. Documents are composed inside each fold, so clean text, spam and their sources never
cross. The n-gram tables are fitted on one fold and read on the other, so that the segment model learns from evidence as
it will meet it: on sources its tables have not seen. The third fold is not used before the end: the span model, its
calibration and the thresholds come from it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from spamguard import features, trim
from spamguard.batch import Batch
from spamguard.classify import LABEL_ORDERS, Model, span_columns
from spamguard.features import Learned, Text, View
from spamguard.features.learned import UNIT
from spamguard.hosts import find
from spamguard.segment import Segments, segment, split_at_evidence
from spamguard.train.boosting import fit_trees
from spamguard.train.compose import Composer, Document
from spamguard.train.corpus import TRADES, Corpus, Row
from spamguard.train.evidence import counts, fit_evidence, fit_hosts, fit_labels, fit_languages, fit_stubs
from spamguard.trees import Trees

FOLDS = (0.38, 0.38, 0.24)
CHUNK = 200
"""Documents a batch."""

OPERATING_POINTS = {"strict": 1.0, "balanced": 3.0, "eager": 20.0}
"""Clean documents of the third fold touched per 10,000 (fewer, where the fold is too small to tell), by name."""

Say = Callable[[str], None]


@dataclass
class Fold:
    """One third of the sources, and the documents composed from them."""

    corpus: Corpus
    documents: list[Document] = field(default_factory=list)


def train(corpus: Corpus, *, documents: int, seed: int, sources: Sequence[str], version: str, say: Say) -> Model:
    """Fit everything.

    Parameters
    ----------
    corpus : Corpus
        The ``train`` split.
    documents : int
        Documents to compose in all.
    seed : int
        The same corpus and seed give the same model, to the byte.
    sources : sequence of str
        Names of the training folders, for the model's description.
    version : str
        Version of the package, likewise.
    say : callable
        Receives one line a step.
    """
    folds = [Fold(part) for part in deal(corpus, seed)]
    for number, (fold, share) in enumerate(zip(folds, FOLDS, strict=True)):
        fold.documents = list(Composer(fold.corpus, seed + number).documents(int(documents * share)))
    say(f"composed {', '.join(str(len(fold.documents)) for fold in folds)} documents")

    learned = _common_tables(corpus)
    say(f"languages {len(learned.languages)}, hosts and comment forms fitted")
    halves = [_examples(fold.documents, learned) for fold in folds[:2]]
    tables = [_fit_spam(*half) for half in halves]
    both = tuple(part0 + part1 for part0, part1 in zip(*halves, strict=True))
    learned = replace(learned, spam=_fit_spam(*both))
    say(f"n-gram evidence fitted on {len(both[1])} batches")

    columns, labels, weights = [], [], []
    for fold, table in zip(folds[:2], reversed(tables), strict=True):
        for view, truth in views(fold.documents, replace(learned, spam=table)):
            columns.append(features.extract(view))
            labels.append(covered(view.segments, truth) > 0.5)
            weights.append(np.clip((view.segments.end - view.segments.start) / 80, 0.3, 3.0))
    x, y, w = np.concatenate(columns), np.concatenate(labels), np.concatenate(weights)
    segments = fit_trees(x, y, w, trees=140, depth=5, rate=0.1, seed=seed)
    say(f"segment model fitted on {len(y)} segments, {int(y.sum())} of them spam")

    label_rows, label_bias = _fit_trades(corpus.spam, learned)
    say("trades fitted")
    blank = Trees(np.zeros((1, 1), np.int16), np.zeros((1, 1), np.float32), np.zeros((1, 3), np.float32), 0.0)
    costs = trim.Costs(stretch=1.0, lean=0.0)
    model = Model(
        learned, segments, blank, costs, (1.0, 0.0), {}, TRADES, label_rows, label_bias,
        _about(corpus, sources, version, seed, documents),
    )  # fmt: skip
    return _fit_spans(model, folds[2].documents, seed, say)


def deal(corpus: Corpus, seed: int) -> list[Corpus]:
    """Deal a corpus to the folds by source, the largest first, each to the fold that is shortest of its share."""
    news, spam = _deal_rows(corpus.news), _deal_rows(corpus.spam)
    hard, comments, stubs = (_deal_rows(rows, each=True) for rows in (corpus.hard, corpus.comments, corpus.stubs))
    parts = []
    for number in range(len(FOLDS)):
        domains = {trade: names[number :: len(FOLDS)] for trade, names in corpus.domains.items()}
        parts.append(
            Corpus(
                news[number], spam[number], hard[number] or corpus.hard, comments[number] or corpus.comments,
                stubs[number] or corpus.stubs, domains, corpus.honest[number :: len(FOLDS)],
            )  # fmt: skip
        )
    return parts


def _deal_rows(rows: Sequence[Row], each: bool = False) -> list[list[Row]]:
    sizes = Counter(f"{number}" if each else row.group for number, row in enumerate(rows))
    filled = [0.0] * len(FOLDS)
    owner: dict[str, int] = {}
    for group, size in sorted(sizes.items(), key=lambda item: (-item[1], item[0])):
        fold = min(range(len(FOLDS)), key=lambda number: (filled[number] + size) / FOLDS[number])
        owner[group] = fold
        filled[fold] += size
    dealt: list[list[Row]] = [[] for _ in FOLDS]
    for number, row in enumerate(rows):
        dealt[owner[f"{number}" if each else row.group]].append(row)
    return dealt


def views(documents: Sequence[Document], learned: Learned) -> Iterator[tuple[View, list[tuple[int, int]]]]:
    """Batches of documents cut into segments, with the true spans as positions in the batch."""
    for at in range(0, len(documents), CHUNK):
        chunk = documents[at : at + CHUNK]
        batch = Batch.of([document.text for document in chunk])
        text = Text(batch, find(batch), learned)
        cut = split_at_evidence(batch, segment(batch, text.hosts), text.evidence, UNIT)
        truth = [
            (int(start + a), int(start + b))
            for start, document in zip(batch.doc_start, chunk, strict=True)
            for a, b, _ in document.spans
        ]
        yield View(text, cut), truth


def covered(segments: Segments, truth: list[tuple[int, int]]) -> NDArray[np.float64]:
    """Share of each segment that lies in a true span; the white space at its end does not count against it."""
    if not truth or not len(segments):
        return np.zeros(len(segments))
    start, end = np.array(truth).T

    def inside(at: NDArray[np.int64]) -> NDArray[np.int64]:
        """Characters of true spans before each position."""
        row = np.searchsorted(start, at, "right")
        whole = np.concatenate(([0], np.cumsum(end - start)))
        last = np.maximum(row - 1, 0)
        return whole[row] - np.where(row > 0, np.maximum(end[last] - at, 0), 0)

    return (inside(segments.end) - inside(segments.start)) / np.maximum(segments.end - segments.start, 1)


def _common_tables(corpus: Corpus) -> Learned:
    """Tables that hold no evidence of spam in text, fitted on the whole corpus."""
    rows = [row for row in corpus.news if len(row.lang) <= 8]
    names, points, columns, unit = fit_languages([row.text[:4000] for row in rows], [row.lang for row in rows])
    bad = [name for trade in sorted(corpus.domains) for name in corpus.domains[trade][:25000]]
    learned = Learned.empty()
    lines = [(line, True) for row in corpus.stubs if row.shape == "form" for line in (row.text, *row.text.split("\n"))]
    lines += [(row.text, False) for row in corpus.stubs if row.shape != "form"]
    lines += [(line, False) for row in corpus.news[:: max(len(corpus.news) // 4000, 1)] for line in row.text.split("\n")[:6]]
    lines += [(row.text[:300], False) for row in corpus.comments[:: max(len(corpus.comments) // 2000, 1)]]
    lines += [(row.text[:300], False) for row in corpus.spam[:: max(len(corpus.spam) // 2000, 1)]]
    texts = [line for line, _ in lines if line.strip()]
    labels = np.array([label for line, label in lines if line.strip()])
    stub = fit_stubs([_whole(texts, learned)], labels) if labels.any() else learned.stub
    return Learned(learned.spam, stub, fit_hosts(bad, corpus.honest), names, points, columns, unit)


def _whole(texts: Sequence[str], learned: Learned) -> View:
    """Each text as one segment."""
    batch = Batch.of(texts)
    return View(Text(batch, find(batch), learned), Segments.whole(batch))


_Examples = tuple[list[View], list[NDArray[np.bool_]], list[NDArray[np.float64]]]


def _examples(documents: Sequence[Document], learned: Learned) -> _Examples:
    """Segments with labels and weights for the n-gram table."""
    found: _Examples = ([], [], [])
    at = 0
    for view, truth in views(documents, learned):
        share = covered(view.segments, truth)
        docs = documents[at : at + len(view.batch.texts)]
        at += len(docs)
        label = share > 0.5
        clear = (share > 0.9) | (share < 0.1)
        length = np.clip((view.segments.end - view.segments.start) / 60, 0.2, 2.0)
        found[0].append(view)
        found[1].append(label)
        found[2].append(np.where(clear, length, 0.0))
    return found


def _fit_spam(parts: list[View], labels: list[NDArray[np.bool_]], weights: list[NDArray[np.float64]]) -> NDArray[np.int8]:
    y, w = np.concatenate(labels), np.concatenate(weights)
    w *= np.where(y, 0.5 / max(w[y].sum(), 1), 0.5 / max(w[~y].sum(), 1)) * len(w)
    matrix = counts(parts, 1 << 20, features.hashing.ORDERS)
    return fit_evidence(matrix, y, w, strength=0.02, steps=40)


def _fit_trades(spam: Sequence[Row], learned: Learned) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    rows: list[Row] = []
    seen: Counter[tuple[str, str]] = Counter()
    for row in spam:
        seen[row.category, row.file] += 1
        if seen[row.category, row.file] <= 400:
            rows.append(row)
    return fit_labels([_whole([row.text[:1500] for row in rows], learned)], [row.category for row in rows], TRADES, LABEL_ORDERS)


def _fit_spans(model: Model, documents: Sequence[Document], seed: int, say: Say) -> Model:
    """Span model, calibration and thresholds, from documents of sources nothing else was fitted on."""
    columns, overlap, owner = [], [], []
    at = 0
    for view, truth in views(documents, model.learned):
        scores = model.segments.score(features.extract(view))
        candidates = trim.decode(scores, view.segments.doc, model.costs)
        if len(candidates.first):
            _, _, found = span_columns(view, scores, candidates)
            spans = Segments(
                view.segments.start[candidates.first], view.segments.end[candidates.last - 1],
                view.segments.doc[candidates.first],
            )  # fmt: skip
            columns.append(found)
            overlap.append(covered(spans, truth))
            owner.append(spans.doc + at)
        at += len(view.batch.texts)
    x, share, doc = np.concatenate(columns), np.concatenate(overlap), np.concatenate(owner)
    y = share > 0.5
    say(f"{len(y)} candidate spans, {int(y.sum())} of them true")
    weights = np.ones(len(y))
    settings: dict[str, Any] = {"trees": 60, "depth": 4, "rate": 0.1, "seed": seed}
    held_out = np.zeros(len(y))
    for fit, rest in GroupKFold(5).split(x, y, doc):
        held_out[rest] = fit_trees(x[fit], y[fit], weights[fit], **settings).score(x[rest])
    spans = fit_trees(x, y, weights, **settings)
    platt = LogisticRegression(C=1.0).fit(held_out[:, None], y)
    calibration = (float(platt.coef_[0, 0]), float(platt.intercept_[0]))
    probability = 1 / (1 + np.exp(-(calibration[0] * held_out + calibration[1])))

    clean = np.array([not document.spans for document in documents])
    worst = np.zeros(len(documents))
    np.maximum.at(worst, doc, probability)
    ranked = np.sort(worst[clean])[::-1]
    thresholds = {}
    for name, rate in OPERATING_POINTS.items():
        allowed = int(rate * clean.sum() / 10_000)
        thresholds[name] = float(min(max(ranked[allowed] + 1e-6, 0.5), 0.999))
        found = np.count_nonzero(worst[~clean] > thresholds[name])
        say(f"{name}: threshold {thresholds[name]:.4f}, {allowed} of {clean.sum()} clean touched, {found} of {(~clean).sum()} found")
    about = model.about | {"calibration_documents": {"clean": int(clean.sum()), "contaminated": int((~clean).sum())}}
    return replace(model, spans=spans, calibration=calibration, thresholds=thresholds, about=about)


def _about(corpus: Corpus, sources: Sequence[str], version: str, seed: int, documents: int) -> dict[str, Any]:
    return {
        "version": version,
        "seed": seed,
        "documents": documents,
        "folders": list(sources),
        "news": dict(sorted(Counter(row.file for row in corpus.news).items())),
        "spam": dict(sorted(Counter(row.file for row in corpus.spam).items())),
        "hard_negatives": len(corpus.hard),
        "comments": len(corpus.comments),
        "stubs": len(corpus.stubs),
        "domains": {trade: len(names) for trade, names in sorted(corpus.domains.items())} | {"honest": len(corpus.honest)},
    }
