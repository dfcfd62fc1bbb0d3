"""Says why a span was cut: how much each feature family weighed, and what it saw.

Weights are the segment model's own, see `Scorer.moves`. The details are looked up in what the family found inside the
span, so that a person can check them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spamguard import features, lexicon
from spamguard.classify import Model
from spamguard.features import FAMILIES, FAMILY_OF, NAMES, View
from spamguard.features.keywords import PUSH, categories
from spamguard.features.learned import FINE_UNIT
from spamguard.result import Reason
from spamguard.trim import Candidates

SHOWN = 5
"""Domain names and keywords listed in one reason."""

SURE = 0.3
"""Log-likelihood per character by which another language must beat the document's to be named."""

_FAMILY = np.array([list(FAMILIES).index(family) for family in FAMILY_OF])
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
    model: Model, view: View, columns: NDArray[np.float32], candidates: Candidates, number: int, origin: int
) -> tuple[Reason, ...]:
    """The families that moved a span towards spam, heaviest first; at least one, whatever its weight.

    Parameters
    ----------
    number : int
        Which candidate.
    origin : int
        Where its document begins in the batch; offsets of reasons are in the document.
    """
    first, last = int(candidates.first[number]), int(candidates.last[number])
    length = (view.segments.end - view.segments.start)[first:last].astype(np.float64)
    share = (length / max(length.sum(), 1))[:, None]
    steps = model.segments.trees.contributions(columns[first:last])
    by_family = (model.segments.moves(columns[first:last], steps, _FAMILY) * share).sum(axis=0)
    by_column = (steps * share).sum(axis=0)
    found: list[Reason] = []
    for order in np.argsort(-by_family, kind="stable"):
        family, weight = list(FAMILIES)[order], float(by_family[order])
        if weight <= 0 and found:
            break
        says = [NAMES[at] for at in np.argsort(-by_column, kind="stable") if _FAMILY[at] == order and by_column[at] > 0]
        general = next((_SAYS[name] for name in says if name in _SAYS), _IN_GENERAL[family])
        detail, start, end = _detail(model, view, first, last, family, general)
        found.append(Reason(family, detail, start - origin, end - origin, weight))
    return tuple(found)


def _detail(model: Model, view: View, first: int, last: int, family: str, general: str) -> tuple[str, int, int]:
    """What a family saw in the segments from `first` to before `last`, and where in the batch."""
    start, end = int(view.segments.start[first]), int(view.segments.end[last - 1])
    if family == "domains":
        hosts = view.text.hosts
        mine = np.flatnonzero((hosts.start >= start) & (hosts.end <= end))
        if mine.size:
            names = list(dict.fromkeys(hosts.registered[i] for i in mine))
            glued = int(hosts.glued[mine].sum())
            welded = f", {glued} welded to the next" if glued else ""
            noun = "domain name" if len(names) == 1 else "domain names"
            return (
                f"{len(names)} {noun}{welded}: {_listed(names)}",
                int(hosts.start[mine[0]]),
                int(hosts.end[mine[-1]]),
            )
    elif family == "keywords":
        matches = view.text.matches
        low, high = int(view.start[first]), int(view.end[last - 1])
        mine = np.flatnonzero((matches.start >= low) & (matches.end <= high))
        if mine.size:
            _, _, strong = categories()
            order = mine[np.argsort(~strong[matches.term[mine]], kind="stable")]
            terms = [lexicon.keywords()[int(matches.term[i])] for i in order]
            kinds = list(dict.fromkeys(term.category for term in terms if term.category != PUSH)) or [PUSH]
            at = view.batch.to_original(np.array([matches.start[mine[0]], matches.end[mine[-1]] - 1]))
            listed = _listed(list(dict.fromkeys(term.term for term in terms)))
            return f"terms of {', '.join(kinds[:3])}: {listed}", int(at[0]), int(at[1]) + 1
    elif family == "ngrams":
        low, high = int(view.start[first]), int(view.end[last - 1])
        total = np.concatenate(([0], np.cumsum(view.text.evidence[low:high], dtype=np.int64)))
        width = min(features.ngrams.PEAK, high - low)
        if width > 0:
            peak = int(np.argmax(total[width:] - total[:-width]))
            a, b = (int(at) for at in view.batch.to_original(np.array([low + peak, low + peak + width - 1])))
            seen = view.batch.points[a : b + 1].tobytes().decode("utf-32-le", "replace").split()
            odds = FINE_UNIT * float(total[-1])
            return f"wording of spam ({odds:+.0f} log-odds), most of all “{' '.join(seen)}”", a, b + 1
    elif family == "languages":
        learned = model.learned
        sums = view.language_points
        likelihood = np.stack(
            (sums[view.segments.doc == view.segments.doc[first]].sum(axis=0), sums[first:last].sum(axis=0))
        )
        likelihood = likelihood @ learned.language_columns.astype(np.float64) * learned.language_unit
        own, here = np.argmax(likelihood, axis=1)
        if likelihood[1, here] - likelihood[1, own] > SURE * (view.end[last - 1] - view.start[first]):
            said = f"reads like {learned.languages[here]} in a document that reads like {learned.languages[own]}"
            return said, start, end
    return general, start, end


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
