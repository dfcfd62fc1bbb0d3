"""Says why a span was cut: how much each feature family weighed, and what it saw.

Weights are the segment model's own, see `Scorer.moves`. The details are looked up in what the family found inside the
span, so that a person can check them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from spamguard import features, lexicon
from spamguard.classify import Model
from spamguard.features import FAMILIES, FAMILY_OF, NAMES, View
from spamguard.features.keywords import PUSH, categories
from spamguard.features.learned import FINE_UNIT
from spamguard.result import Reason
from spamguard.segment import richest_stretches
from spamguard.trim import Candidates

SHOWN = 5
"""Domain names and keywords listed in one reason."""

SURE = 0.3
"""Log-likelihood per character by which another language must beat the document's to be named."""

_FAMILY_NUMBER = [list(FAMILIES).index(family) for family in FAMILY_OF]
_FAMILY = np.array(_FAMILY_NUMBER)
_SAYS = {
    "domain_share": "dense with domain names",
    "language_gap": "another language than the article's",
    "language_gap_total": "another language than the article's",
    "language_known": "strings of names and queries, in no language",
    "script_foreign": "another script than the article's",
    "script_latin": "Latin letters in an article in another script",
    "article_distance": "unlike the rest of the article",
    "keyword_elsewhere": "terms of the same kind stand elsewhere in the document",
    "disguise_share": "disguised letters",
    "disguise_count": "disguised letters",
    "symbol_share": "emoji and symbols",
    "markup_share": "left-over markup",
    "camel_count": "words welded together",
    "word_top": "one word over and over",
    "word_distinct": "the same words over and over",
    "word_longest": "very long words",
    "digit_run": "long numbers",
    "digit_share": "many digits",
    "ends_sentence": "no complete sentence",
    "exclamations": "exclamation marks",
    "money": "sums and percentages",
    "handles": "names of channels and accounts",
    "stub_before": "right after a comment form",
    "stub_mean": "the comment form that leads into it",
    "stub_sum": "the comment form that leads into it",
    "behind_form": "a comment form that leads into more of the same",
    "behind_form_keywords": "a comment form that leads into more of the same",
    "behind_form_domains": "a comment form that leads into domain names",
    "domains_after": "domain names right behind it",
    "around_domains": "among domain names",
    "around_keywords": "among terms of the same kind",
    "before_keywords": "behind terms of the same kind",
    "after_keywords": "before terms of the same kind",
    "from_end": "at the end of the document",
    "from_start": "at the start of the document",
    "above_median": "more suspicious than the rest of the document",
    "document_median": "a document that is suspicious throughout",
    "new_words": "words that stand nowhere else in the document",
    "unlike_before": "unlike what stands before it",
    "unlike_after": "unlike what stands behind it",
}
_IN_GENERAL = {
    "domains": "no honest mix of names and words",
    "languages": "unlike the rest of the article",
    "keywords": "wording of adverts",
    "shape": "built unlike running text",
    "ngrams": "wording of spam",
    "context": "what stands around it is suspicious too",
}


def reasons(
    model: Model, view: View, columns: NDArray[np.float32], candidates: Candidates, chosen: NDArray[np.int64]
) -> Iterator[tuple[Reason, ...]]:
    """For each chosen candidate, the families that moved it towards spam, heaviest first; at least one, of any weight.

    Parameters
    ----------
    chosen : int64 array, shape (n_chosen,)
        Numbers of the candidates to give reasons for.
    """
    first, last = candidates.first[chosen], candidates.last[chosen]
    count = last - first
    behind = np.cumsum(count)
    rows = np.arange(count.sum()) + np.repeat(first - (behind - count), count)
    length = (view.segments.end - view.segments.start)[rows].astype(np.float64)
    steps = model.segments.trees.contributions(columns[rows])
    moves = model.segments.moves(columns[rows], steps, _FAMILY)
    seen = _Seen(model, view, first, last)
    families = list(FAMILIES)
    origin = view.batch.doc_start[view.segments.doc[first]]
    stretches = zip(*(x.tolist() for x in (first, last, origin, behind - count, behind)), strict=True)
    for number, (a, b, zero, begin, end) in enumerate(stretches):
        share = (length[begin:end] / max(length[begin:end].sum(), 1))[:, None]
        by_family = (moves[begin:end] * share).sum(axis=0)
        by_column = (steps[begin:end] * share).sum(axis=0)
        heaviest = np.argsort(-by_column, kind="stable")
        heaviest = heaviest[by_column[heaviest] > 0].tolist()
        found: list[Reason] = []
        for order in np.argsort(-by_family, kind="stable").tolist():
            family, weight = families[order], float(by_family[order])
            if weight <= 0 and found:
                break
            says = (_SAYS[NAMES[at]] for at in heaviest if _FAMILY_NUMBER[at] == order and NAMES[at] in _SAYS)
            detail, start, stop = seen.detail(number, a, b, family, next(says, _IN_GENERAL[family]))
            found.append(Reason(family, detail, start - zero, stop - zero, weight))
        yield tuple(found)


class _Seen:
    """What each family saw in a batch."""

    def __init__(self, model: Model, view: View, first: NDArray[np.int64], last: NDArray[np.int64]) -> None:
        self.view = view
        self.said_of_language = _languages(model, view, first, last)

    def detail(self, number: int, first: int, last: int, family: str, general: str) -> tuple[str, int, int]:
        """What a family saw in stretch `number`, the segments from `first` to before `last`, and where in the batch."""
        view = self.view
        low, high = int(view.start[first]), int(view.end[last - 1])
        start, end = int(view.segments.start[first]), int(view.segments.end[last - 1])
        found: tuple[str, int, int] | None = None
        if family == "domains":
            found = self._domains(start, end)
        elif family == "keywords":
            found = self._keywords(low, high)
        elif family == "ngrams":
            found = self._wording(low, high)
        elif family == "languages" and (said := self.said_of_language[number]):
            found = said, start, end
        return found or (general, start, end)

    def _domains(self, start: int, end: int) -> tuple[str, int, int] | None:
        hosts = self.view.text.hosts
        a, b = np.searchsorted(hosts.start, (start, end)).tolist()
        mine = [number for number in range(a, b) if hosts.end[number] <= end]
        if not mine:
            return None
        names = list(dict.fromkeys(hosts.registered[number] for number in mine))
        glued = int(hosts.glued[mine].sum())
        welded = f", {glued} welded to the next" if glued else ""
        noun = "domain name" if len(names) == 1 else "domain names"
        said = f"{len(names)} {noun}{welded}: {_listed(names)}"
        return said, int(hosts.start[mine[0]]), int(hosts.end[mine[-1]])

    def _keywords(self, low: int, high: int) -> tuple[str, int, int] | None:
        matches = self.view.text.matches
        a, b = np.searchsorted(matches.start, (low, high)).tolist()
        mine = np.arange(a, b)[matches.end[a:b] <= high]
        if not mine.size:
            return None
        _, _, strong = categories()
        order = mine[np.argsort(~strong[matches.term[mine]], kind="stable")]
        terms = [lexicon.keywords()[number] for number in matches.term[order].tolist()]
        kinds = list(dict.fromkeys(term.category for term in terms if term.category != PUSH)) or [PUSH]
        at = self.view.batch.to_original(np.array([matches.start[mine[0]], matches.end[mine[-1]] - 1]))
        listed = _listed(list(dict.fromkeys(term.term for term in terms)))
        return f"terms of {', '.join(kinds[:3])}: {listed}", int(at[0]), int(at[1]) + 1

    def _wording(self, low: int, high: int) -> tuple[str, int, int] | None:
        if low >= high:
            return None
        batch = self.view.batch
        (start,), (end,), (gain,) = richest_stretches(self.view.text.evidence, 0, np.array([low]), np.array([high]))
        if gain <= 0:
            return None
        total = self.view.text.evidence_sums[low : high + 1]
        width = min(features.ngrams.PEAK, high - low)
        peak = int(np.argmax(total[width:] - total[:-width]))
        a, b = batch.to_original(np.array([low + peak, low + peak + width - 1])).tolist()
        words = batch.points[a : b + 1].tobytes().decode("utf-32-le", "replace").split()
        odds = FINE_UNIT * float(total[-1] - total[0])
        a, b = batch.to_original(np.array([start, end - 1])).tolist()
        return f"wording of spam ({odds:+.0f} log-odds), most of all “{' '.join(words)}”", a, b + 1


def _languages(model: Model, view: View, first: NDArray[np.int64], last: NDArray[np.int64]) -> list[str]:
    """The language of each stretch and that of its document, where they clearly differ; or nothing."""
    learned, points = model.learned, view.language_points
    doc = view.segments.doc
    document = np.stack((np.searchsorted(doc, doc[first]), np.searchsorted(doc, doc[first], "right")), axis=1)
    stretch = np.stack((first, last), axis=1)
    sums = np.cumsum(np.concatenate((np.zeros_like(points[:1]), points)), axis=0)  # of whole numbers: exact
    fits = learned.language_columns.astype(np.float64)
    here, own = (np.argmax((sums[at[:, 1]] - sums[at[:, 0]]) @ fits, axis=1) for at in (stretch, document))
    likelihood = (sums[last] - sums[first]) @ fits * learned.language_unit
    row = np.arange(len(first))
    clear = likelihood[row, here] - likelihood[row, own] > SURE * (view.end[last - 1] - view.start[first])
    names = learned.languages
    return [
        f"reads like {names[b]} in a document that reads like {names[a]}" if sure else ""
        for a, b, sure in zip(own.tolist(), here.tolist(), clear.tolist(), strict=True)
    ]


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
