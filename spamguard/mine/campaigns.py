"""Candidates to campaigns: what shares keys that hardly stand anywhere else belongs together; ranked by how foreign it is.

A key is a campaign's own when most documents that hold it hold it in a candidate: the name of a minister recurs as well,
but in sentences that fit their articles. Keys that stand together in several documents are one campaign, and a candidate
is of the campaign that most of its keys are of. What recurs may be honest all the same (a cookie notice, an agency line):
it fits the language of its article, advertises nothing, stands on one site, or is always the same to the letter. So does
fluent advertising in the article's own language, without a name or link: it ranks with agency lines, and is not told.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log2

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

from spamguard.mine.candidates import EVIDENCE, LEAST, Candidates

OWN = 0.6
"""Share of the documents with a key that hold it in a candidate, for it to be a campaign's own."""
TOGETHER, TOGETHER_SHARE = 3, 0.15
"""Documents in which two keys of a campaign stand together, and their share of those of the rarer one."""
REACH = 16
"""Each key of a candidate is paired with so many that follow it: enough to tie all together, and linear."""
INERTIA = 0.1
"""What a key's tie to itself counts for, beside the shares of documents that it stands in together with others."""
ROUNDS, INFLATION, FAINT = 12, 3.0, 1e-3
"""Steps of the flow, the power by which strong ties are favoured in each, and the share of the strongest
below which a tie is forgotten."""
BESIDE = 0.5
"""Share of the documents of the larger of two groups that hold both, in a candidate or side by side, for them to be one."""

DRIFT_WORTH, ODDS_WORTH, NEWS_WORTH = 2.0, 0.5, 1.0
"""What the mean of a fact over all copies is worth. These and the following were set on planted campaigns among honest
text that recurs."""
NAMED_WORTH, PUSH_WORTH = 0.5, 0.5
"""What it is worth if each copy holds a domain name, a contact or a call to action."""
VARIETY_WORTH, SIZE_WORTH = 1.0, 0.25
"""What copies are worth that all differ in their words, and twice as many different ones."""
ONE_SITE_PRICE = 3.0
"""Price of standing on one site alone: its own boilerplate."""
MERIT = 2.3
"""Groups below are repeated honest text as a rule, and are not told."""
DRIFT_COUNTED = 2.0
"""No group is worth more for its drift than at this mean."""


@dataclass(frozen=True)
class Campaign:
    """What belongs together.

    Attributes
    ----------
    members : int64 array
        Numbers of its candidates.
    documents : int
    sites : int
        Sites that the documents name; 0 if none does.
    merit : float
        Evidence that it is injected, higher for surer.
    """

    members: NDArray[np.int64]
    documents: int
    sites: int
    merit: float


def find_campaigns(candidates: Candidates, site: NDArray[np.int64], most: int) -> list[Campaign]:
    """The campaigns among candidates, surest first.

    Parameters
    ----------
    candidates : Candidates
    site : int64 array, shape (n_documents,)
        Number of the site of each document, -1 where it is not told.
    most : int
        Campaigns to return at the most.
    """
    owner, key = _own_keys(candidates)
    if not len(owner):
        return []
    spread = _spread(key, candidates.doc[owner], 0)
    of_key = _united(candidates, owner, _key_groups(candidates.doc, owner, key))
    group = _assign(len(candidates), owner, of_key, 1 / spread[key])
    members = np.flatnonzero(group >= 0)
    members = members[np.argsort(group[members], kind="stable")]
    edges = np.flatnonzero(np.diff(group[members])) + 1
    found = [_campaign(candidates, site, part) for part in np.split(members, edges) if len(part) >= LEAST]
    sure = [one for one in found if one.documents >= LEAST and one.merit >= MERIT]
    return sorted(sure, key=lambda one: (-one.merit, int(one.members[0])))[:most]


def _own_keys(candidates: Candidates) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Keys that are some campaign's own, numbered: the candidate, and the number of the key; sorted by both."""
    _, number = np.unique(candidates.key, return_inverse=True)
    within = _spread(number, candidates.doc[candidates.owner], 0)
    times = np.zeros(len(within), np.int64)
    times[number] = candidates.times
    own = (within >= LEAST) & (within >= OWN * times)
    kept = own[number]
    order = np.lexsort((number[kept], candidates.owner[kept]))
    return candidates.owner[kept][order], number[kept][order]


def _key_groups(doc: NDArray[np.int64], owner: NDArray[np.int64], key: NDArray[np.int64]) -> NDArray[np.int64]:
    """Group of each row of keys: keys that stand together in several documents share one.

    A word of two campaigns would tie all of both together if groups were connected components. So they are the clusters
    that random walks seldom leave (van Dongen 2000): flow spreads along ties, and the stronger is favoured each time.
    """
    size = int(key.max()) + 1
    first, second, where = [], [], []
    for step in range(1, REACH + 1):
        same = owner[step:] == owner[:-step]
        first.append(key[:-step][same])
        second.append(key[step:][same])
        where.append(doc[owner[step:][same]])
    a, b, times = _pairs(np.concatenate(first), np.concatenate(second), np.concatenate(where))
    spread = _spread(key, doc[owner], size)
    tied = (times >= TOGETHER) & (times >= TOGETHER_SHARE * np.minimum(spread[a], spread[b]))
    a, b = a[tied], b[tied]
    weight = times[tied] / np.maximum(spread[a], spread[b])
    every = np.arange(size)
    ends = (np.concatenate((a, b, every)), np.concatenate((b, a, every)))
    ties = csr_matrix((np.concatenate((weight, weight, np.full(size, INERTIA))), ends), (size, size))
    for _ in range(ROUNDS):
        ties = _flow((ties @ ties).tocsr())
    a, b = ties.nonzero()
    return _components(size, a.astype(np.int64), b.astype(np.int64))[key]


def _flow(ties: csr_matrix) -> csr_matrix:
    """Favour strong ties, forget those faint beside the strongest of their row, and let each row add up to 1."""
    row = np.repeat(np.arange(ties.shape[0]), np.diff(ties.indptr))  # none is empty: each key is tied to itself
    ties.data = (ties.data / np.maximum.reduceat(ties.data, ties.indptr[:-1])[row]) ** INFLATION
    ties.data[ties.data < FAINT] = 0
    ties.data /= np.bincount(row, ties.data)[row]
    ties.eliminate_zeros()
    return ties


def _pairs(
    a: NDArray[np.int64], b: NDArray[np.int64], doc: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Each pair once, and in how many documents it stands."""
    numbers, of = np.unique((a << 32) | b, return_inverse=True)
    return numbers >> 32, numbers & 0xFFFFFFFF, _spread(of, doc, len(numbers))


def _spread(thing: NDArray[np.int64], doc: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """In how many documents each numbered thing stands, shape (at least size,)."""
    return np.bincount(np.unique((thing << 32) | doc) >> 32, minlength=size)


def _components(size: int, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    graph = coo_matrix((np.ones(len(a), np.bool_), (a, b)), (size, size))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def _assign(size: int, owner: NDArray[np.int64], group: NDArray[np.int64], weight: NDArray[np.float64]) -> NDArray[np.int64]:
    """Group of each candidate by the weight of its keys, -1 where there is none."""
    pairs, of = np.unique((owner << 32) | group, return_inverse=True)
    pairs = pairs[np.argsort(np.bincount(of, weight), kind="stable")]
    chosen = np.full(size, -1)
    chosen[pairs >> 32] = pairs & 0xFFFFFFFF  # the last, the heaviest, stays
    return chosen


def _united(candidates: Candidates, owner: NDArray[np.int64], group: NDArray[np.int64]) -> NDArray[np.int64]:
    """Groups that stand in one candidate, or right beside each other, in most of their documents become one."""
    held = np.unique((owner << 32) | group)
    of, group_of = held >> 32, held & 0xFFFFFFFF
    doc, row = candidates.doc[of], candidates.row[of]
    first, second, where = [], [], []
    for step in range(1, REACH + 1):
        near = (doc[step:] == doc[:-step]) & (row[step:] - row[:-step] <= 1) & (group_of[step:] != group_of[:-step])
        first.append(np.minimum(group_of[:-step], group_of[step:])[near])
        second.append(np.maximum(group_of[:-step], group_of[step:])[near])
        where.append(doc[step:][near])
    a, b, times = _pairs(np.concatenate(first), np.concatenate(second), np.concatenate(where))
    size = int(group.max()) + 1
    spread = _spread(group_of, doc, size)
    tied = (times >= TOGETHER) & (times >= BESIDE * np.maximum(spread[a], spread[b]))
    return _components(size, a[tied], b[tied])[group]


def _campaign(candidates: Candidates, site: NDArray[np.int64], members: NDArray[np.int64]) -> Campaign:
    documents = np.unique(candidates.doc[members])
    sites = np.unique(site[documents])
    at_home = len(sites) == 1 and bool(sites[0] >= 0)
    merit = _merit(candidates, members, len(documents)) - ONE_SITE_PRICE * at_home
    return Campaign(members, len(documents), int(np.count_nonzero(sites >= 0)), merit)


def _merit(candidates: Candidates, members: NDArray[np.int64], documents: int) -> float:
    """Evidence that what recurs is injected."""
    facts = dict(zip(EVIDENCE, candidates.facts[members].astype(np.float64).T, strict=True))
    length = (candidates.end[members] - candidates.start[members]).astype(np.float64)

    def mean(values: NDArray[np.float64]) -> float:
        return float(values @ length / length.sum())

    def share(holds: NDArray[np.bool_]) -> float:
        return len(np.unique(candidates.doc[members[holds]])) / documents

    different = min(len(np.unique(candidates.text[members])), documents)
    return (
        DRIFT_WORTH * mean(np.clip(facts["drift"], 0, DRIFT_COUNTED))
        + ODDS_WORTH * mean(facts["odds"])
        + NEWS_WORTH * mean(facts["news"])
        + NAMED_WORTH * share(facts["domains"] > 0)
        + PUSH_WORTH * share(facts["push"] > 0)
        + VARIETY_WORTH * different / documents
        + SIZE_WORTH * max(log2(different / LEAST), 0)
    )
