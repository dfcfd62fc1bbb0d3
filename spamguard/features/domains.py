"""Domain density: how much of a segment is domain names, how many, whether welded together, and how the names look."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spamguard.batch import Batch
from spamguard.features.hashing import hashes, rows, symbols
from spamguard.features.learned import UNIT, Learned
from spamguard.features.view import View

NAMES = (
    "domain_share",  # share of the segment's characters that are domain names
    "domain_count",  # names (logarithm of 1 + n)
    "domain_distinct",  # distinct registered names (logarithm of 1 + n)
    "domain_glued",  # share of names with another name or word welded on
    "domain_looks_max",  # most advertising-like name (learned from block lists against reputable names)
    "domain_looks_mean",  # mean of the same
    "domain_digits",  # share of names that hold digits
    "domain_mail",  # share of names that are hosts of mail addresses
    "domain_path",  # share of names that are followed by the path of an address
    "domain_own_words",  # share of the names' four-letter groups that the document's text has elsewhere
)

HOST_ORDERS = (3, 4, 5)


def host_scores(names: tuple[str, ...], learned: Learned) -> NDArray[np.float32]:
    """How advertising-like each registered name looks: evidence of its hashed n-grams, shape (n_names,)."""
    if not names:
        return np.zeros(0, np.float32)
    batch = Batch.of([f"^{name}$" for name in names])
    hashed = hashes(symbols(batch.points, np.zeros(len(batch.points), np.uint8)))
    ends = batch.doc_end
    score = np.zeros(len(names), np.int64)
    for order in HOST_ORDERS:
        values = learned.host[rows(hashed[order], len(learned.host))]
        sums = np.concatenate(([0], np.cumsum(values, dtype=np.int64)))
        last = np.maximum(ends - order + 1, batch.doc_start)
        score += sums[np.minimum(last, len(values))] - sums[np.minimum(batch.doc_start, len(values))]
    return (UNIT * score).astype(np.float32)


def extract(view: View) -> NDArray[np.float32]:
    """Columns `NAMES` for each segment, shape (n_segments, 10)."""
    hosts, n = view.text.hosts, len(view.segments)
    out = np.zeros((n, len(NAMES)), np.float32)
    if not hosts.start.size or not n:
        return out
    owner = view.owner(hosts.start)
    looks = host_scores(hosts.registered, view.text.learned)
    count = np.bincount(owner, minlength=n)
    some = np.maximum(count, 1)
    covered = np.bincount(owner, weights=hosts.end - hosts.start, minlength=n)
    length = np.maximum(view.segments.end - view.segments.start, 1)
    number = {name: index for index, name in enumerate(dict.fromkeys(hosts.registered))}
    key = owner * len(number) + np.array([number[name] for name in hosts.registered])
    distinct = np.bincount(np.unique(key) // len(number), minlength=n)
    digits = np.array([any(char.isdigit() for char in name) for name in hosts.registered], np.float64)
    highest = np.full(n, -np.inf)
    np.maximum.at(highest, owner, looks)
    out[:, 0] = np.minimum(covered / length, 1.0)
    out[:, 1] = np.log1p(count)
    out[:, 2] = np.log1p(distinct)
    out[:, 3] = np.bincount(owner, weights=hosts.glued, minlength=n) / some
    out[:, 4] = np.where(count > 0, highest, 0.0)
    out[:, 5] = np.bincount(owner, weights=looks, minlength=n) / some
    out[:, 6] = np.bincount(owner, weights=digits, minlength=n) / some
    out[:, 7] = np.bincount(owner, weights=hosts.mail, minlength=n) / some
    out[:, 8] = np.bincount(owner, weights=hosts.path, minlength=n) / some
    out[:, 9] = np.bincount(owner, weights=_own_words(view), minlength=n) / some
    return out


def _own_words(view: View) -> NDArray[np.float64]:
    """Share of each name's hashed four-letter groups that stand in its document outside domain names."""
    key, times = view.text.groups
    start, end = view.batch.to_folded(view.text.hosts.start), view.batch.to_folded(view.text.hosts.end)
    last = np.minimum(np.maximum(end - 3, start), len(key))
    lengths = last - np.minimum(start, last)
    owner = np.repeat(np.arange(len(start)), lengths)
    at = np.arange(len(owner)) + np.repeat(np.minimum(start, last) - (np.cumsum(lengths) - lengths), lengths)
    seen = times[key[at]] > 0
    return np.bincount(owner, weights=seen, minlength=len(start)) / np.maximum(lengths, 1)
