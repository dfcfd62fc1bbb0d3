"""Says why a span was cut: how much each feature family weighed, and what it saw.

Weights are the segment model's own: each step down its trees moves the log-odds, and the move is put down to the
column tested. The details are looked up in what the family found inside the span, so that a person can check them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spamguard import features, lexicon
from spamguard.classify import Model
from spamguard.features import FAMILIES, FAMILY_OF, NAMES, View
from spamguard.features.keywords import PUSH, categories
from spamguard.features.learned import UNIT
from spamguard.result import Reason
from spamguard.trim import Candidates

SHOWN = 5
"""Domain names and keywords listed in one reason."""

_FAMILY = np.array([list(FAMILIES).index(family) for family in FAMILY_OF])
_SAYS = {
    "language_gap": "another language than the article's",
    "language_known": "strings of names and queries, in no language",
    "script_foreign": "another script than the article's",
    "article_distance": "unlike the rest of the article",
    "domain_share": "dense with domain names",
    "disguise_count": "disguised letters",
    "camel_count": "words welded together",
    "word_top": "one word over and over",
    "digit_run": "long numbers",
    "symbol_share": "emoji and symbols",
    "markup_share": "left-over markup",
    "ends_sentence": "no complete sentences",
    "stub_before": "right after a comment form",
    "stub_mean": "the comment form that leads into it",
    "after_1": "more of the same behind it",
    "before_1": "more of the same before it",
    "new_words": "words that stand nowhere else in the document",
}


def reasons(
    model: Model, view: View, columns: NDArray[np.float32], candidates: Candidates, number: int, origin: int
) -> tuple[Reason, ...]:
    """The families that moved a span towards spam, heaviest first.

    Parameters
    ----------
    number : int
        Which candidate.
    origin : int
        Where its document begins in the batch; offsets of reasons are in the document.
    """
    first, last = int(candidates.first[number]), int(candidates.last[number])
    length = (view.segments.end - view.segments.start)[first:last].astype(np.float64)
    moved = model.segments.contributions(columns[first:last])
    mean = (moved * length[:, None]).sum(axis=0) / max(length.sum(), 1)
    by_family = np.bincount(_FAMILY, weights=mean, minlength=len(FAMILIES))
    found: list[Reason] = []
    for order in np.argsort(-by_family, kind="stable"):
        family, weight = list(FAMILIES)[order], float(by_family[order])
        if weight <= 0 and found:
            break
        mine = np.where(order == _FAMILY, mean, -np.inf)
        detail, start, end = _detail(model, view, first, last, family, NAMES[int(np.argmax(mine))])
        found.append(Reason(family, detail, start - origin, end - origin, weight))
    return tuple(found)


def _detail(model: Model, view: View, first: int, last: int, family: str, column: str) -> tuple[str, int, int]:
    """What a family saw in the segments from `first` to before `last`, and where in the batch."""
    start, end = int(view.segments.start[first]), int(view.segments.end[last - 1])
    if family == "domains":
        hosts = view.text.hosts
        mine = np.flatnonzero((hosts.start >= start) & (hosts.end <= end))
        if mine.size:
            names = list(dict.fromkeys(hosts.registered[i] for i in mine))
            glued = int(hosts.glued[mine].sum())
            welded = f", {glued} welded to the next" if glued else ""
            return (
                f"{len(names)} domain names{welded}: {_listed(names)}",
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
            odds = UNIT * float(total[-1])
            return f"wording of spam ({odds:+.0f} log-odds), most of all “{' '.join(seen)}”", a, b + 1
    elif family == "languages":
        learned = model.learned
        sums = features.languages.profiles(view)
        doc = view.segments.doc == view.segments.doc[first]
        columns = learned.language_columns.astype(np.float64)
        own = learned.languages[int(np.argmax(sums[doc].sum(axis=0) @ columns))]
        here = learned.languages[int(np.argmax(sums[first:last].sum(axis=0) @ columns))]
        if here != own:
            return f"reads like {here} in a document that reads like {own}", start, end
    return _SAYS.get(column, column.replace("_", " ")), start, end


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
