"""The whole training: from folders of texts to a model.

Sources of news and spam are dealt to five folds. Documents are composed inside each fold, so these sources never cross.
For each of the first four folds an n-gram table is fitted on the other three, so that the segment model learns from
evidence as it will meet it: on sources its tables have not seen; likewise the span model sees candidates of segment
models fitted on the other folds, in further documents too, as candidates are rare. The last fold is not used for them:
calibration and thresholds come from it. (The tables of languages, domain names, comment forms and trades, which hold no
evidence of spam in running text, are fitted on the whole corpus.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression

from spamguard import features, joints, lexicon, sieve, trim
from spamguard.classify import Model, span_columns
from spamguard.codepoints import Kind
from spamguard.errors import CorpusError
from spamguard.features import Learned, View
from spamguard.features.learned import FINE_UNIT, UNKNOWN
from spamguard.report.interval import upper_bound
from spamguard.scorer import Scorer
from spamguard.segment import Segments
from spamguard.sieve import Sieve
from spamguard.train.compose import Composer, Document
from spamguard.train.corpus import TRADES, Corpus, Row
from spamguard.train.evaluate import EXACT
from spamguard.train.evidence import (
    Sightings,
    counts,
    fit_evidence,
    fit_hosts,
    fit_labels,
    fit_languages,
    fit_stubs,
    fit_terms,
    ratio_scale,
)
from spamguard.train.scorers import OF_SIEVE, fit_nets, fit_scorer

FOLDS = (0.19, 0.19, 0.19, 0.19, 0.24)
"""Share of the sources in each fold; the last one is held out for calibration and thresholds."""
CHUNK = 200
"""Documents a batch."""
AT_ONCE = 10 * CHUNK
"""Documents held at once where only candidates are kept of them."""

RAW_STRETCHES = 4
"""Stretches taken of one long spam page."""

COSTS = (trim.Costs(stretch=0.2, lean=-0.5), trim.Costs(stretch=0.2, lean=0.5), trim.Costs(stretch=0.5, lean=2.0))
"""The decoder proposes generously; the span model turns down what is not spam, and picks among what overlaps."""

CLEAN_STEP = 2
"""Every second clean segment is used to fit the segment models."""

WHOLE_ARTICLES = 1.0
"""Articles added whole to a fold, to each composed document: what a cleaner mostly meets. The last fold has all."""

FURTHER = 2.0
"""Documents composed for the span model only, to each that the segment models see."""

HONEST_WEIGHT = 3.0
"""What a candidate in a whole article or comment counts for in the span model: cutting those is the worst error."""

SIFT_STEP = 4
"""Every fourth clean block is used to fit the sieve."""

SUSPECT_SHARE = 0.25
"""A block is suspicious when so much of it lies in candidates that are right."""

SUSPECT_WEIGHT, SUSPECT_POWER = 15.0, 0.7
"""Suspicious blocks of a document count so much, each the less the more there are: one is enough to give it away."""

SENT_HOME = 0.01
"""Share of the contaminated documents of the last fold found otherwise that the sieve may send home."""

COMMENTS_OF_A_FILE = 400
"""Genuine comments of one collection in a fold, evenly taken: none drowns the others."""

OPERATING_POINTS = {"strict": 1.5, "balanced": 4.0, "eager": 30.0}
"""Articles of the last fold that may be touched, per 10,000 (none, where the fold is too small to tell), by name."""

LEAST_PROBABILITY = 0.3
"""No threshold is lower, however few articles are touched at it."""

Say = Callable[[str], None]


@dataclass
class Fold:
    """Some of the sources, and the documents composed from them."""

    corpus: Corpus
    documents: list[Document] = field(default_factory=list)
    further: list[Document] = field(default_factory=list)  # for the span model only


def train(
    corpus: Corpus,
    *,
    documents: int,
    seed: int,
    sources: Sequence[str],
    version: str,
    say: Say,
    unknown: Sequence[str] = (),
) -> Model:
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
    unknown : sequence of str
        Languages and trades whose terms of the lexicon the model is not to know.
    """
    folds = compose_folds(corpus, documents, seed)
    say(f"composed {', '.join(str(len(fold.documents)) for fold in folds)} documents")
    read, tables, learned = read_folds(corpus, folds[:-1], seed, say, unknown)

    proposed: list[_Proposed] = []
    for number, (fold, fold_read, table) in enumerate(zip(folds, read, tables, strict=False)):
        fitted = _fit_segments([other for at, other in enumerate(read) if at != number], seed)
        found = [_propose(fold.documents, fold_read, fitted)]
        for at in range(0, len(fold.further), AT_ONCE):
            some = fold.further[at : at + AT_ONCE]
            found.append(_propose(some, read_documents(some, table), fitted, to_teach=False))
        proposed.append(_Proposed.joined(found))
        say(f"fold {number + 1}: candidates found, {len(fold.further)} further documents looked through")
    segments = _fit_segments(read, seed)
    say(f"segment model fitted on {sum(len(y) for part in read for y in part.labels)} segments")
    del read, tables

    blocks = _Sifted.joined([part.sifted for part in proposed])
    first_pass = Sieve(fit_nets(blocks.columns, blocks.labels, blocks.weights, OF_SIEVE, seed=seed), -np.inf)
    say(f"sieve fitted on {len(blocks.labels)} blocks, {int(blocks.labels.sum())} of them suspicious")
    del blocks

    described: list[NDArray[np.float32]] = []
    halves = proposed[: len(proposed) // 2], proposed[len(proposed) // 2 :]
    for mine, others in zip(halves, halves[::-1], strict=True):
        starts, stops = (_fit_joints(others, side, seed) for side in range(2))
        described += [part.described(starts, stops) for part in mine]
    starts, stops = (_fit_joints(proposed, side, seed) for side in range(2))
    say("joint models fitted")
    labels = np.concatenate([part.labels for part in proposed])
    weights = np.concatenate([part.weights for part in proposed])
    spans = fit_scorer(np.concatenate(described), labels, weights, trees=100, depth=4, seed=seed)
    say(f"span model fitted on {len(labels)} candidates, {int(labels.sum())} of them true")
    del proposed, described

    label_rows, label_terms, label_bias = _fit_trades(corpus.spam, learned)
    say("trades fitted")
    model = Model(
        learned, first_pass, segments, spans, starts, stops, COSTS, (1.0, 0.0), {}, np.zeros(0, np.int8), TRADES,
        label_rows, label_terms, label_bias, _about(corpus, sources, version, seed, documents),
    )  # fmt: skip
    return _calibrate(model, folds[-1].documents, say)


def compose_folds(corpus: Corpus, documents: int, seed: int) -> list[Fold]:
    """The folds with their documents: composed ones, whole articles, genuine comments.

    The further documents are composed ones and the articles left over.
    """
    folds = [Fold(part) for part in deal(corpus)]
    for number, (fold, share) in enumerate(zip(folds, FOLDS, strict=True)):
        fold.documents = list(Composer(fold.corpus, seed + number).documents(int(documents * share)))
        news = [Document(row.text[:8000], (), row.lang, "news", file=row.file) for row in fold.corpus.news]
        some = _thinned(fold.corpus.comments, COMMENTS_OF_A_FILE)
        comments = [Document(row.text, (), row.lang, "comment", file=row.file) for row in some]
        if number == len(folds) - 1:
            fold.documents += [*news, *comments]
            continue
        step = 1 + int(len(news) / (documents * share * WHOLE_ARTICLES))
        fold.documents += [*news[::step], *comments]
        composer = Composer(fold.corpus, seed + len(folds) + number)
        fold.further = list(composer.documents(int(documents * share * FURTHER)))
        fold.further += [document for at, document in enumerate(news) if at % step]
    return folds


def read_folds(
    corpus: Corpus, folds: Sequence[Fold], seed: int, say: Say, unknown: Sequence[str] = ()
) -> tuple[list[Read], list[Learned], Learned]:
    """Each fold as read with tables fitted on the others, those tables, and the tables fitted on all of them."""
    learned = _common_tables(corpus)
    if unknown:
        keywords = lexicon.keywords()
        hidden = np.array([word.language in unknown or word.category in unknown for word in keywords], np.bool_)
        learned.terms[hidden] = UNKNOWN

    def fitted_on(parts: Sequence[_Examples]) -> Learned:
        terms = np.where(learned.terms == UNKNOWN, np.int8(UNKNOWN), _fit_terms(parts))
        return replace(learned, spam=_fit_spam(parts), terms=terms)

    say(f"languages {len(learned.languages)}, hosts and comment forms fitted")
    examples = [_examples([*_raw(fold.corpus, seed), *fold.documents], learned) for fold in folds]
    read: list[Read] = []
    tables: list[Learned] = []
    for number, fold in enumerate(folds):
        tables.append(fitted_on([part for other, part in enumerate(examples) if other != number]))
        read.append(read_documents(fold.documents, tables[-1]))
        say(f"fold {number + 1}: evidence fitted on the others, {len(fold.documents)} documents read with it")
    whole = fitted_on(examples)
    say("n-gram evidence fitted on all folds")
    return read, tables, whole


def deal(corpus: Corpus) -> list[Corpus]:
    """Deal a corpus to the folds by source, the largest first, each to the fold that is shortest of its share."""
    news, spam = _deal_rows(corpus.news), _deal_rows(corpus.spam)
    hard, comments, stubs = (_deal_rows(rows, each=True) for rows in (corpus.hard, corpus.comments, corpus.stubs))
    parts = []
    for number in range(len(FOLDS)):
        domains = {trade: names[number :: len(FOLDS)] for trade, names in corpus.domains.items()}
        parts.append(
            Corpus(
                news[number],
                spam[number],
                hard[number] or corpus.hard,
                comments[number] or corpus.comments,
                stubs[number] or corpus.stubs,
                domains,
                corpus.honest[number :: len(FOLDS)],
            )
        )
    return parts


def _thinned(rows: Sequence[Row], most: int) -> list[Row]:
    """At most about `most` rows a file, evenly taken."""
    sizes, seen = Counter(row.file for row in rows), Counter[str]()
    kept = []
    for row in rows:
        if seen[row.file] * most // sizes[row.file] != (seen[row.file] - 1) * most // sizes[row.file]:
            kept.append(row)
        seen[row.file] += 1
    return kept


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
        view = View.of([document.text for document in chunk], learned)
        truth = [
            (int(start + a), int(start + b))
            for start, document in zip(view.batch.doc_start, chunk, strict=True)
            for a, b, _ in document.spans
        ]
        yield view, truth


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
    stub = fit_stubs([View.whole(texts, learned)], labels) if labels.any() else learned.stub
    hosts = fit_hosts(bad, corpus.honest)
    return Learned(learned.spam, stub, hosts, learned.terms, names, points, columns, unit)


@dataclass
class _Examples:
    """What a fold's segments hold: their n-grams and terms, with labels and weights."""

    ngrams: csr_matrix
    terms: Sightings
    labels: NDArray[np.bool_]
    weights: NDArray[np.float64]


def _raw(corpus: Corpus, seed: int) -> Iterator[Document]:
    """Stretches of the texts themselves: what composing draws by chance is here seen whole."""
    composer = Composer(corpus, seed)
    for row in corpus.spam:
        for _ in range(min(1 + len(row.text) // 800, RAW_STRETCHES)):
            text = composer.stretch(row.text)
            yield Document(text, ((0, len(text), row.category),), row.lang, "raw", file=row.file)
    for row in (*corpus.news, *corpus.hard, *_thinned(corpus.comments, COMMENTS_OF_A_FILE)):
        yield Document(composer.stretch(row.text), (), row.lang, "raw", file=row.file)


def _examples(documents: Sequence[Document], learned: Learned) -> _Examples:
    ngrams, labels, weights = [], [], []
    terms = Sightings.none()
    for view, truth in views(documents, learned):
        share = covered(view.segments, truth)
        clear = (share > 0.9) | (share < 0.1)
        length = np.clip((view.segments.end - view.segments.start) / 60, 0.2, 2.0)
        ngrams.append(counts([view], len(learned.spam), features.hashing.ORDERS, plain=True))
        terms += Sightings.of(view, share > 0.5)
        labels.append(share > 0.5)
        weights.append(np.where(clear, length, 0.0))
    return _Examples(vstack(ngrams, format="csr"), terms, np.concatenate(labels), np.concatenate(weights))


def _fit_spam(parts: Sequence[_Examples]) -> NDArray[np.int8]:
    y = np.concatenate([part.labels for part in parts])
    w = np.concatenate([part.weights for part in parts])
    w *= np.where(y, 0.5 / max(w[y].sum(), 1), 0.5 / max(w[~y].sum(), 1)) * len(w)
    matrix = vstack([part.ngrams for part in parts], format="csr")
    return fit_evidence(matrix, y, w, strength=0.02, unit=FINE_UNIT, scale=ratio_scale(matrix, y, w))


def _fit_terms(parts: Sequence[_Examples]) -> NDArray[np.int8]:
    return fit_terms(sum((part.terms for part in parts), Sightings.none()))


def _fit_trades(spam: Sequence[Row], learned: Learned) -> tuple[NDArray[np.int8], NDArray[np.float32], NDArray[np.float32]]:
    rows: list[Row] = []
    seen: Counter[tuple[str, str]] = Counter()
    for row in spam:
        seen[row.category, row.file] += 1
        if seen[row.category, row.file] <= 400:
            rows.append(row)
    return fit_labels(View.whole([row.text[:1500] for row in rows], learned), [row.category for row in rows], TRADES)


@dataclass
class Read:
    """A fold's documents as the segment model sees them, a list entry a batch."""

    views: list[View] = field(default_factory=list)
    truth: list[list[tuple[int, int]]] = field(default_factory=list)
    columns: list[NDArray[np.float32]] = field(default_factory=list)
    labels: list[NDArray[np.bool_]] = field(default_factory=list)
    weights: list[NDArray[np.float64]] = field(default_factory=list)


def read_documents(documents: Sequence[Document], learned: Learned) -> Read:
    """Cut documents into segments and describe them, with the true labels."""
    found = Read()
    for view, truth in views(documents, learned):
        found.views.append(view)
        found.truth.append(truth)
        found.columns.append(features.extract(view))
        found.labels.append(covered(view.segments, truth) > 0.5)
        found.weights.append(np.clip((view.segments.end - view.segments.start) / 80, 0.3, 3.0))
    return found


def _fit_segments(parts: Sequence[Read], seed: int) -> Scorer:
    x, y, w = (
        np.concatenate([array for part in parts for array in getattr(part, name)])
        for name in ("columns", "labels", "weights")
    )
    kept = y | (np.arange(len(y)) % CLEAN_STEP == 0)  # clean segments abound: some stand for all
    w = np.where(y, w, w * CLEAN_STEP)
    x, y, w = x[kept], y[kept], w[kept]
    return fit_scorer(x, y, w, trees=160, depth=5, seed=seed)


@dataclass
class _Near:
    """The joints near one end of some candidates.

    Attributes
    ----------
    allowed : bool array, shape (n_candidates, 2 * REACH + 1)
    columns : float32 array, shape (n_allowed, len(JOINT_NAMES))
    met : bool array, shape (n_allowed,)
        Whether a true span begins, or ends, there.
    """

    allowed: NDArray[np.bool_]
    columns: NDArray[np.float32]
    met: NDArray[np.bool_]


@dataclass
class _Sifted:
    """Blocks of some documents, as the sieve sees them; not all clean ones, and none of spam that no candidate meets.

    Attributes
    ----------
    columns : float32 array, shape (n_blocks, len(sieve.NAMES))
    labels : bool array
        Whether each is suspicious.
    weights : float64 array
    """

    columns: NDArray[np.float32]
    labels: NDArray[np.bool_]
    weights: NDArray[np.float64]

    @classmethod
    def joined(cls, parts: Sequence[_Sifted]) -> _Sifted:
        """Those of several sets of documents."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__annotations__))


@dataclass
class _Proposed:
    """Candidate spans of some documents, as the span model sees them, and the joints near their ends.

    Attributes
    ----------
    columns : float32 array, shape (n_candidates, len(SPAN_NAMES) - len(ENDS_NAMES))
    labels : bool array
        Whether more than half of each lies in true spans.
    weights : float64 array
    doc : int64 array
    candidates : Candidates
        Numbered, like `doc`, from the first of these documents on.
    length : int64 array
        Characters of each.
    teaches : bool array
        Whether the joint models learn from it.
    near : tuple of _Near
        At the starts, at the ends.
    sifted : _Sifted
    """

    columns: NDArray[np.float32]
    labels: NDArray[np.bool_]
    weights: NDArray[np.float64]
    doc: NDArray[np.int64]
    candidates: trim.Candidates
    length: NDArray[np.int64]
    teaches: NDArray[np.bool_]
    near: tuple[_Near, _Near]
    sifted: _Sifted

    @classmethod
    def joined(cls, parts: Sequence[_Proposed]) -> _Proposed:
        """Those of several sets of documents, each numbered by itself."""
        columns, labels, weights, doc, length, teaches = (
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("columns", "labels", "weights", "doc", "length", "teaches")
        )
        starts, stops = (
            _Near(*(np.concatenate([getattr(part.near[side], name) for part in parts]) for name in _Near.__annotations__))
            for side in range(2)
        )
        first, last = (np.concatenate([getattr(part.candidates, side) for part in parts]) for side in ("first", "last"))
        candidates, sifted = trim.Candidates(first, last), _Sifted.joined([part.sifted for part in parts])
        return cls(columns, labels, weights, doc, candidates, length, teaches, (starts, stops), sifted)

    def described(self, starts: Scorer, stops: Scorer) -> NDArray[np.float32]:
        """All columns of the span model, with the odds that joint models give, shape (n_candidates, len(SPAN_NAMES))."""
        odds = [
            joints.odds(model, near.allowed, near.columns) for model, near in zip((starts, stops), self.near, strict=True)
        ]
        return np.concatenate((self.columns, joints.clearness(*odds)), axis=1)


def _propose(documents: Sequence[Document], read: Read, segments: Scorer, to_teach: bool = True) -> _Proposed:
    """Candidates in documents as read; `to_teach` says whether joint models learn from those that are right."""
    found = []
    at = before = 0
    for view, truth, of_view in zip(read.views, read.truth, read.columns, strict=True):
        scores = segments.score(of_view)
        doc = view.segments.doc
        candidates = trim.propose(scores, doc, COSTS)
        start, end = view.segments.start[candidates.first], view.segments.end[candidates.last - 1]
        owner = doc[candidates.first]
        right = covered(Segments(start, end, owner), truth) > 0.5
        honest = np.array([documents[at + number].kind in ("news", "comment") for number in owner.tolist()], np.bool_)
        starts, stops = (_near(view, of_view, scores, candidates, truth, at_end) for at_end in (False, True))
        columns = span_columns(view, scores, candidates)
        weights = np.where(honest, HONEST_WEIGHT, 1.0)
        numbered = trim.Candidates(candidates.first + before, candidates.last + before)
        length = candidates.lengths(view.segments)
        sifted = _sift(view, truth, _united(start[right], end[right]))
        near, teaches = (starts, stops), right & to_teach
        found.append(_Proposed(columns, right, weights, owner + at, numbered, length, teaches, near, sifted))
        at += len(view.batch.texts)
        before += len(doc)
    return _Proposed.joined(found)


def _sift(view: View, truth: list[tuple[int, int]], right: list[tuple[int, int]]) -> _Sifted:
    """What the sieve learns from of a batch's blocks; `right` is where candidates are right."""
    columns, blocks = sieve.describe(view.text)
    stretches = Segments(view.batch.to_original(blocks.start), view.batch.to_original(blocks.end), blocks.doc)
    clean = covered(stretches, truth) == 0
    labels = covered(stretches, right) > SUSPECT_SHARE
    number = np.bincount(blocks.doc, labels)[blocks.doc]
    weights = np.where(labels, SUSPECT_WEIGHT / np.maximum(number, 1) ** SUSPECT_POWER, 1.0)
    kept = labels | (clean & (np.arange(len(clean)) % SIFT_STEP == 0))
    return _Sifted(columns[kept], labels[kept], weights[kept])


def _united(start: NDArray[np.int64], end: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Stretches that cover the same characters without overlap, in order."""
    united: list[tuple[int, int]] = []
    for a, b in sorted(zip(start.tolist(), end.tolist(), strict=True)):
        if united and a <= united[-1][1]:
            united[-1] = united[-1][0], max(b, united[-1][1])
        else:
            united.append((a, b))
    return united


def _near(
    view: View,
    columns: NDArray[np.float32],
    scores: NDArray[np.float64],
    candidates: trim.Candidates,
    truth: list[tuple[int, int]],
    at_end: bool,
) -> _Near:
    """Joints near one end of the candidates, and at which of them the true span that it meets begins or ends."""
    doc, segments = view.segments.doc, view.segments
    begin, finish = (np.array([span[side] for span in truth], np.int64) for side in range(2))
    if at_end:
        span = np.searchsorted(begin, segments.end[candidates.last - 1], "left") - 1
        true = np.append(finish, -1)[span]  # none before: the last one, which is not there
    else:
        true = np.append(begin, -1)[np.searchsorted(finish, segments.start[candidates.first], "right")]
    joint, allowed, described = joints.describe_near(columns, scores, doc, candidates, at_end)
    owner = np.nonzero(allowed)[0]
    place = segments.end[joint[allowed] - 1] if at_end else segments.start[joint[allowed]]
    solid = np.concatenate(([0], np.cumsum((view.batch.kind != Kind.SPACE) & (view.batch.kind != Kind.NEWLINE))))
    met = (np.abs(solid[place] - solid[true[owner]]) <= EXACT) & (true[owner] >= 0)
    return _Near(allowed, described, met)


def _fit_joints(parts: Sequence[_Proposed], side: int, seed: int) -> Scorer:
    taught = [np.nonzero(part.near[side].allowed)[0] for part in parts]
    chosen = [part.teaches[owner] for part, owner in zip(parts, taught, strict=True)]
    x = np.concatenate([part.near[side].columns[some] for part, some in zip(parts, chosen, strict=True)])
    y = np.concatenate([part.near[side].met[some] for part, some in zip(parts, chosen, strict=True)])
    return fit_scorer(x, y, np.ones(len(y)), trees=100, depth=4, seed=seed)


def _calibrate(model: Model, documents: Sequence[Document], say: Say) -> Model:
    """Calibration and thresholds, from documents of sources nothing was fitted on."""
    read = read_documents(documents, model.learned)
    found = _propose(documents, read, model.segments)
    raw = model.spans.score(found.described(model.starts, model.stops))
    chosen = trim.choose(found.candidates, found.length, 1 / (1 + np.exp(-raw)), 0.0)
    platt = LogisticRegression(C=1.0).fit(raw[chosen, None], found.labels[chosen])
    calibration = (float(platt.coef_[0, 0]), float(platt.intercept_[0]))
    clean = np.array([document.kind == "news" for document in documents])
    spoiled = np.array([bool(document.spans) for document in documents])
    worst = np.zeros(len(documents))
    np.maximum.at(worst, found.doc, platt.predict_proba(raw[:, None])[:, 1])
    sifted = np.concatenate([model.sieve.score(view.text) for view in read.views])
    meant = np.sort(sifted[spoiled & (worst >= LEAST_PROBABILITY)])
    limit = float(meant[int(SENT_HOME * len(meant))]) if len(meant) else 0.0
    model = replace(model, calibration=calibration, sieve=replace(model.sieve, limit=limit))
    worst[sifted < limit] = 0
    home = np.count_nonzero(sifted[clean] < limit)
    say(f"sieve: {home} of {clean.sum()} clean articles sent home")
    if not clean.any():
        raise CorpusError("no clean article is left for the thresholds: training needs at least five sources of news")
    ranked = np.sort(worst[clean])[::-1]
    thresholds, points = {}, {}
    for name, rate in OPERATING_POINTS.items():
        allowed = min(int(rate * clean.sum() / 10_000), len(ranked) - 1)
        thresholds[name] = float(min(max(ranked[allowed] + 1e-6, LEAST_PROBABILITY), 0.999))
        hit = np.count_nonzero(worst[spoiled] >= thresholds[name])
        touched = int(np.count_nonzero(worst[clean] >= thresholds[name]))
        bound = round(10_000 * float(upper_bound(touched, int(clean.sum()))), 1)
        points[name] = {"touched": touched, "bound": bound, "found": int(hit)}
        line = f"{name}: threshold {thresholds[name]:.4f}, {touched} of {clean.sum()} clean touched"
        say(f"{line}, {hit} of {spoiled.sum()} found")
    counts = {"clean": int(clean.sum()), "contaminated": int(spoiled.sum())}
    about = model.about | {"calibration_documents": counts, "operating_points": points, "sent_home": int(home)}
    return replace(model, thresholds=thresholds, about=about)


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
