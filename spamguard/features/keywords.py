"""Keyword patterns: lexicon terms of each trade, counted by strength after disguises are undone.

Totals only, no column a trade: a model that weighs "terms of some trade, strong, dense, several of one trade" carries
over to a trade it was not trained on. No term decides alone; the columns are weighed with everything else.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from spamguard import lexicon
from spamguard.features.learned import UNIT
from spamguard.features.scale import signed_log
from spamguard.features.view import View

NAMES = (
    "keyword_strong",  # strong terms (logarithm of 1 + n)
    "keyword_strong_share",  # share of the segment's characters they cover
    "keyword_weak",  # weak terms (logarithm of 1 + n)
    "keyword_weak_share",  # share of the segment's characters they cover
    "keyword_push",  # calls to action and contact channels (logarithm of 1 + n)
    "keyword_distinct",  # distinct terms over terms
    "keyword_trades",  # trades with a term
    "keyword_top_trade",  # terms of the trade with most (logarithm of 1 + n)
    "keyword_evidence",  # learned evidence of all terms, summed (signed logarithm)
    "keyword_evidence_density",  # the same per 100 characters
    "keyword_elsewhere",  # evidence of terms per 1,000 characters in the rest of the document
)
PUSH = "push"


@lru_cache(maxsize=1)
def categories() -> tuple[tuple[str, ...], NDArray[np.int64], NDArray[np.bool_]]:
    """Trade names, the trade of each term, and whether the term is strong."""
    names = tuple(sorted({keyword.category for keyword in lexicon.keywords()}))
    trade = np.array([names.index(keyword.category) for keyword in lexicon.keywords()], np.int64)
    strong = np.array([keyword.strong for keyword in lexicon.keywords()], np.bool_)
    return names, trade, strong


def trade_counts(view: View) -> NDArray[np.float32]:
    """Terms of each trade in each segment, strong ones twice (logarithm of 1 + n), shape (n_segments, n_trades)."""
    names, trades, strengths = categories()
    matches = view.text.matches
    owner = view.owner_folded(matches.start)
    inside = (owner >= 0) & (matches.start < view.end[owner])
    owner, term = owner[inside], matches.term[inside]
    key = owner * len(names) + trades[term]
    weights = 1.0 + strengths[term]
    found = np.bincount(key, weights=weights, minlength=len(view.segments) * len(names))
    return np.log1p(found).reshape(-1, len(names)).astype(np.float32)


def extract(view: View) -> NDArray[np.float32]:
    """Columns `NAMES` for each segment, shape (n_segments, 11)."""
    matches, n = view.text.matches, len(view.segments)
    out = np.zeros((n, len(NAMES)), np.float32)
    if not matches.start.size or not n:
        return out
    names, trades, strengths = categories()
    owner = view.owner_folded(matches.start)
    trade, strong = trades[matches.term], strengths[matches.term]
    push = trade == names.index(PUSH)
    strong, weak = strong & ~push, ~strong & ~push
    width = (matches.end - matches.start).astype(np.float64)

    def per_segment(weights: NDArray[np.float64] | NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.bincount(owner, weights=weights, minlength=n).astype(np.float64)

    by_trade = np.bincount(owner[~push] * len(names) + trade[~push], minlength=n * len(names)).reshape(n, -1)
    distinct = np.bincount(np.unique(owner * len(trades) + matches.term) // len(trades), minlength=n)
    doc = view.segments.doc
    evidence = UNIT * per_segment(view.text.learned.terms[matches.term].astype(np.float64))
    in_doc = np.bincount(doc, weights=evidence)[doc] - evidence
    rest = np.bincount(doc, weights=view.length)[doc] - view.length
    out[:, 0] = np.log1p(per_segment(strong))
    out[:, 1] = per_segment(width * strong) / view.length
    out[:, 2] = np.log1p(per_segment(weak))
    out[:, 3] = per_segment(width * weak) / view.length
    out[:, 4] = np.log1p(per_segment(push))
    out[:, 5] = distinct / np.maximum(per_segment(np.ones(len(owner))), 1)
    out[:, 6] = (by_trade > 0).sum(axis=1)
    out[:, 7] = np.log1p(by_trade.max(axis=1))
    out[:, 8] = signed_log(evidence)
    out[:, 9] = 100 * evidence / np.maximum(view.length, 20)
    out[:, 10] = 1000 * in_doc / np.maximum(rest, 1000)
    return out
