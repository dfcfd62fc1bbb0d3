"""Trivial cleaners on the same documents: a test that one of them comes close on is too easy.

Each looks at one column of the features only, line by line, and cuts whole lines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from spamguard import features
from spamguard.codepoints import Kind
from spamguard.features import Learned, Text, View
from spamguard.result import Result, Span
from spamguard.segment import Segments

Columns = NDArray[np.float32]
CHUNK = 200


def _column(columns: Columns, name: str) -> NDArray[np.float32]:
    return columns[:, features.NAMES.index(name)]


def _at_least(name: str, limit: float) -> Callable[[Columns, NDArray[np.int64]], NDArray[np.bool_]]:
    return lambda columns, _: _column(columns, name) >= limit


def _behind_a_form(columns: Columns, doc: NDArray[np.int64]) -> NDArray[np.bool_]:
    """The first line that looks like a comment form, and all that follows."""
    form = _column(columns, "stub_mean") > 0.05
    first = np.full(int(doc.max(initial=0)) + 1, len(doc))
    np.minimum.at(first, doc[form], np.flatnonzero(form))
    return np.arange(len(doc)) >= first[doc]


def _c4(columns: Columns, _: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Lines of fewer than five words or with no full stop at the end (the line rules of Raffel and others 2020)."""
    return (np.expm1(_column(columns, "words")) < 4.5) | (_column(columns, "ends_sentence") == 0)


RULES: dict[str, Callable[[Columns, NDArray[np.int64]], NDArray[np.bool_]]] = {
    "two strong keywords in a line": _at_least("keyword_strong", float(np.log1p(2)) - 1e-3),
    "two domain names in a line": _at_least("domain_count", float(np.log1p(2)) - 1e-3),
    "a line in another language": _at_least("language_other", 1.0),
    "all behind a comment form": _behind_a_form,
    "the line rules of C4": _c4,
}
"""Name of each rule to a function of the lines' columns and documents that says which lines go."""


def clean(texts: Sequence[str], learned: Learned) -> dict[str, list[Result]]:
    """What each rule makes of each text."""
    found: dict[str, list[Result]] = {name: [] for name in RULES}
    for at in range(0, len(texts), CHUNK):
        text = Text.of(texts[at : at + CHUNK], learned)
        batch = text.batch
        starts = np.flatnonzero(batch.kind[:-1] == Kind.NEWLINE) + 1
        doc = np.maximum(np.searchsorted(batch.doc_start, starts, "right") - 1, 0)
        lines = Segments.at(batch, starts[(starts > batch.doc_start[doc]) & (starts < batch.doc_end[doc])])
        columns = features.extract(View(text, lines))
        for name, rule in RULES.items():
            spans: list[list[Span]] = [[] for _ in batch.texts]
            for line in np.flatnonzero(rule(columns, lines.doc)).tolist():
                number = int(lines.doc[line])
                origin = int(batch.doc_start[number])
                spans[number].append(Span(int(lines.start[line]) - origin, int(lines.end[line]) - origin, "other", 1.0, ()))
            found[name] += [Result(text, tuple(cut)) for text, cut in zip(batch.texts, spans, strict=True)]
    return found
