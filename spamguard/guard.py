"""`SpamGuard`: finds injected advertising in a text, cuts it out, and says why.

The way of a text, top to bottom: laid out with others as a batch and sifted; if that holds it back, cut into segments,
described by features, scored, decoded to candidate spans, judged as spans, and cut. Nothing is normalised, re-encoded or
reordered: what is kept and what is cut add up to the original.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from spamguard import classify, features, joints, trim
from spamguard.explain import reasons
from spamguard.features import Text, View
from spamguard.result import Result, Span
from spamguard.segment import Segments

if TYPE_CHECKING:
    import pandas

Item = TypeVar("Item")

PLACES = ("head", "body", "tail")
DEFAULT_POINT = "balanced"

BATCH_CHARACTERS = 1 << 17
"""Documents are worked on in batches of about so many characters: enough to keep numpy busy, few enough for the cache."""

LOT_CHARACTERS = 4 * BATCH_CHARACTERS
"""Batches are sifted so many at a time: what the sieve holds back of them fills a batch of its own."""

CLOSE = 2
"""Where at least half of a batch must be looked at closely it is, as it stands; otherwise what must is laid out anew."""

FEW = 4
"""What follows the decoding looks at all of a batch. When at most a quarter of it is suspected, that is laid out anew."""


class SpamGuard:
    """Cleaner of scraped text.

    >>> guard = SpamGuard()
    >>> result = guard.clean(text)           # doctest: +SKIP
    >>> result.text, result.verdict          # doctest: +SKIP

    Parameters
    ----------
    model : str, path or Model, default ``"default"``
        A shipped model by name, a folder written by ``spamguard train``, or what `spamguard.classify.load` returned.
    threshold : float or str, optional
        Probability from which a span is cut: higher cuts less clean text and leaves more spam. A name stands for one
        of the model's operating points (``"strict"``, ``"balanced"``, ``"eager"``); ``"balanced"`` by default.
    where : iterable of {"head", "body", "tail"}, default all
        Places where it may cut: spans at the start of a document, at its end, and between. A document that is spam
        from start to end is cut only when all three are given.

    Raises
    ------
    ModelError
        If the model cannot be read.
    ValueError
        If `threshold` or `where` is not one of the above.
    """

    def __init__(
        self,
        model: str | Path | classify.Model = classify.DEFAULT,
        threshold: float | str | None = None,
        where: Iterable[str] = PLACES,
    ) -> None:
        self.model = model
        self.where = (where,) if isinstance(where, str) else tuple(where)
        unknown = sorted(set(self.where) - set(PLACES))
        if unknown or not self.where:
            raise ValueError(f"where: wanted some of {PLACES}, got {unknown or 'none'}")
        self._model = model if isinstance(model, classify.Model) else classify.load(model)
        self.threshold = self._threshold(threshold)

    def _threshold(self, threshold: float | str | None) -> float:
        points = self._model.thresholds
        if threshold is None:
            return points[DEFAULT_POINT]
        if isinstance(threshold, str):
            if threshold not in points:
                raise ValueError(f"threshold: wanted a number or one of {sorted(points)}, got {threshold!r}")
            return points[threshold]
        if not 0 <= threshold <= 1:
            raise ValueError(f"threshold: wanted a probability from 0 to 1, got {threshold!r}")
        return float(threshold)

    def __repr__(self) -> str:
        model = "Model" if isinstance(self.model, classify.Model) else repr(str(self.model))
        return f"SpamGuard(model={model}, threshold={self.threshold:.4g}, where={self.where})"

    def __getstate__(self) -> dict[str, Any]:
        """A model known by name or folder is not pickled: each process reads it once."""
        state = self.__dict__.copy()
        if not isinstance(self.model, classify.Model):
            del state["_model"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if "_model" not in state:
            self._model = classify.load_once(state["model"])

    def clean(self, text: str) -> Result:
        """Clean one text.

        Parameters
        ----------
        text : str

        Returns
        -------
        Result

        Raises
        ------
        TypeError
            If `text` is not a ``str``.
        """
        return self._clean_batch([_checked(text)])[0]

    def clean_many(self, texts: Iterable[str], n_jobs: int = 1) -> list[Result]:
        """Clean many texts; the same results as `clean` one by one, faster.

        Parameters
        ----------
        texts : iterable of str
        n_jobs : int, default 1
            Worker processes (joblib); -1 takes all cores.

        Returns
        -------
        list of Result, in the order of `texts`

        Raises
        ------
        TypeError
            If a text is not a ``str``; the message names its place.
        """
        lots = batches((_checked(text, place) for place, text in enumerate(texts)), most=LOT_CHARACTERS)
        if n_jobs == 1:
            return [result for batch in lots for result in self._clean_batch(batch)]
        from joblib import Parallel, delayed  # not at start-up: one process needs no workers

        held = list(lots)
        found = Parallel(n_jobs=n_jobs)(delayed(self._spans)(batch) for batch in held)
        return [
            Result(text, spans)
            for batch, of_batch in zip(held, found, strict=True)
            for text, spans in zip(batch, of_batch, strict=True)
        ]

    def clean_frame(self, df: pandas.DataFrame, column: str = "text", n_jobs: int = 1) -> pandas.DataFrame:
        """Clean a column of a DataFrame.

        Parameters
        ----------
        df : DataFrame
            Left as it is.
        column : str, default ``"text"``
        n_jobs : int, default 1

        Returns
        -------
        DataFrame
            A copy with `column` cleaned and ``verdict``, ``score`` (of the surest span, 0 for none) and ``spans`` added.
            Missing values pass through with the verdict ``"missing"``; ``frame.attrs["spamguard"]`` counts verdicts.
        """
        from spamguard.frames import clean_frame  # pandas is needed here only

        return clean_frame(self, df, column, n_jobs)

    def segments(self, text: str) -> pandas.DataFrame:
        """Every segment of a text with all its features.

        Returns
        -------
        DataFrame
            A row a segment: ``start``, ``end`` (code points), ``text``, one column a feature, ``score`` (probability of
            the segment model) and ``cut`` (whether `clean` cuts it).
        """
        from spamguard.frames import segment_frame  # pandas is needed here only

        return segment_frame(self, _checked(text))

    def _clean_batch(self, texts: Sequence[str]) -> list[Result]:
        return [Result(text, spans) for text, spans in zip(texts, self._spans(texts), strict=True)]

    def _spans(self, texts: Sequence[str]) -> list[tuple[Span, ...]]:
        """The spans to cut from each of some texts."""
        found: list[tuple[Span, ...]] = [()] * len(texts)
        held_back: list[int] = []
        for lot, text, suspects in self._sifted(texts):
            if CLOSE * sum(len(texts[number]) for number in suspects) < sum(map(len, text.batch.texts)):
                held_back += suspects
                continue
            spans = dict(zip(lot, self._cuts(View.cut(text)), strict=True))
            for number in suspects:
                found[number] = spans[number]
        for lot in batches(held_back, lambda number: len(texts[number])):
            for number, cuts in zip(lot, self._cuts(self._view([texts[number] for number in lot])), strict=True):
                found[number] = cuts
        return found

    def _sifted(self, texts: Sequence[str]) -> Iterator[tuple[list[int], Text, list[int]]]:
        """Batches of some texts: the numbers of theirs, the batch, and the numbers of those to be looked at closely."""
        for lot in batches(range(len(texts)), lambda number: len(texts[number])):
            text = Text.of([texts[number] for number in lot], self._model.learned)
            yield lot, text, [lot[at] for at in np.flatnonzero(self._model.suspects(text)).tolist()]

    def _cuts(self, view: View) -> list[tuple[Span, ...]]:
        """The spans to cut from each text of a batch, all looked at closely."""
        columns = features.extract(view)
        scores = self._model.odds(view, columns)
        candidates = trim.propose(scores, view.segments.doc, self._model.costs)
        texts = view.batch.texts
        suspects = np.unique(view.segments.doc[candidates.first]).tolist()
        found: list[tuple[Span, ...]] = [()] * len(texts)
        if not suspects:
            return found
        if FEW * sum(len(texts[number]) for number in suspects) < sum(map(len, texts)):
            judged = self._cuts(self._view([texts[number] for number in suspects]))
            for number, spans in zip(suspects, judged, strict=True):
                found[number] = spans
            return found
        for span_doc, span in self._judge(view, columns, scores, candidates):
            found[span_doc] += (span,)
        return found

    def _judge(
        self, view: View, columns: NDArray[np.float32], scores: NDArray[np.float64], candidates: trim.Candidates
    ) -> Iterator[tuple[int, Span]]:
        """The candidates to cut, as spans, each with the number of its document."""
        model, doc = self._model, view.segments.doc
        starts, stops = model.ends(view, columns, scores, candidates)
        probability = model.probabilities(view, scores, candidates, (starts, stops))
        sure = trim.choose(candidates, candidates.lengths(view.segments), probability, self.threshold)
        settled = joints.settle(candidates[sure], (starts[sure], stops[sure]))
        start, end = trim.edges(view.batch, view.segments, settled)
        start[1:] = np.maximum(start[1:], end[:-1])  # white space between two spans belongs to the first
        owner = doc[settled.first]
        origin, stop = view.batch.doc_start[owner], view.batch.doc_end[owner]
        chosen = [n for n in range(len(sure)) if self._may_cut(bool(start[n] == origin[n]), bool(end[n] == stop[n]))]
        if not chosen:
            return
        apart = View(view.text, Segments.at(view.batch, np.concatenate((start[chosen], end[chosen]))))
        trades = model.trades(apart)
        whys = reasons(model, view, columns, settled, np.array(chosen))
        for number, segment_of_span, why in zip(chosen, apart.owner(start[chosen]).tolist(), whys, strict=True):
            zero = int(origin[number])
            score = float(probability[sure[number]])
            label = trades[segment_of_span]
            yield int(owner[number]), Span(int(start[number]) - zero, int(end[number]) - zero, label, score, why)

    def _view(self, texts: Sequence[str]) -> View:
        """A batch, cut into segments."""
        return View.of(texts, self._model.learned)

    def _may_cut(self, at_start: bool, at_end: bool) -> bool:
        if at_start and at_end:
            return set(self.where) == set(PLACES)
        place = "head" if at_start else "tail" if at_end else "body"
        return place in self.where


def _checked(text: Any, place: int | None = None) -> str:
    if isinstance(text, str):
        return text
    where = "" if place is None else f" at position {place}"
    if isinstance(text, bytes | bytearray):
        raise TypeError(f"wanted a str{where}, got bytes: decode them first, text.decode('utf-8', errors='replace')")
    raise TypeError(
        f"wanted a str{where}, got {type(text).__name__} ({text!r:.40}): drop or fill missing values first, or use"
        " clean_frame, which lets them pass"
    )


def batches(
    items: Iterable[Item],
    size: Callable[[Item], int] = len,  # type: ignore[assignment]
    most: int = BATCH_CHARACTERS,
) -> Iterator[list[Item]]:
    """Lists of texts, or of items that hold one, of about `most` characters in all."""
    batch: list[Item] = []
    held = 0
    for item in items:
        if batch and held + size(item) > most:
            yield batch
            batch, held = [], 0
        batch.append(item)
        held += size(item)
    if batch:
        yield batch
