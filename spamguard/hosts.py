"""Finds domain names in running text, also when several are welded together without a space.

``restbetcdn.combetturkeygiris.orgbetvolem.com`` holds three: the public suffix ``com`` ends inside the label
``combetturkeygiris``. A plain search for host names sees one long host here, and a URL extractor its last part only.

A dot counts when ASCII letters or digits stand on both sides and what follows begins with a public suffix; a capital
after the dot of a lower-case word or a number is a missing space between sentences, not a name.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spamguard import lexicon
from spamguard.batch import Batch
from spamguard.codepoints import Kind

MIN_REST = 3
"""A welded label holds at least so many characters after its suffix (``com`` + ``pan``)."""

LONGEST_SUFFIX = 5
"""No public suffix has more labels."""

LONGEST_SCHEME = 5
"""Letters of ``https``."""

_CAPITALS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ-")
_HOST = np.zeros(128, np.bool_)
_HOST[[ord(char) for char in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-."]] = True


@dataclass(frozen=True)
class Hosts:
    """Domain names found in a batch, in order.

    Attributes
    ----------
    start, end : int64 arrays, shape (n_hosts,)
        Positions in ``batch.points``, subdomains included.
    run : int64 array, shape (n_hosts,)
        Number of the unbroken stretch each name stands in: welded names share one.
    registered : tuple of str
        Lower-case registered domain of each (``bbc.co.uk``).
    glued : bool array, shape (n_hosts,)
        Whether another name or word is welded on behind its suffix.
    mail : bool array, shape (n_hosts,)
        Whether it is the host of a mail address.
    path : bool array, shape (n_hosts,)
        Whether the path of an address follows.
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    run: NDArray[np.int64]
    registered: tuple[str, ...]
    glued: NDArray[np.bool_]
    mail: NDArray[np.bool_]
    path: NDArray[np.bool_]

    def cover(self, batch: Batch) -> NDArray[np.bool_]:
        """Characters of names and of web addresses, scheme and path included, shape (n,)."""
        at = _schemes(batch.points)
        start = np.concatenate((self.start, np.maximum(at - LONGEST_SCHEME, 0)))
        space = _next_space(batch.kind, np.concatenate((self.end, at)))
        open_ended = np.append(self.path, np.ones(len(at), np.bool_))
        return _filled(len(batch.points), start, np.where(open_ended, space, np.concatenate((self.end, at))))


def in_address(points: NDArray[np.uint32], kind: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Characters of web addresses after their ``://``, up to the next white space: nothing is welded on in there."""
    at = _schemes(points)
    return _filled(len(points), at + 1, _next_space(kind, at))


def _schemes(points: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Where ``://`` begins."""
    slash = points == ord("/")
    return np.flatnonzero(slash[1:-1] & slash[2:] & (points[:-2] == ord(":")))


def _next_space(kind: NDArray[np.uint8], at: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first white space at each position or behind it; the padding holds one."""
    if not at.size:
        return at
    space = np.flatnonzero((kind == Kind.SPACE) | (kind == Kind.NEWLINE))
    return space[np.searchsorted(space, at)]


def _filled(size: int, start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.bool_]:
    """True from each start to before its end; stretches may overlap."""
    if not start.size:
        return np.zeros(size, np.bool_)
    change = np.zeros(size + 1, np.int64)
    np.add.at(change, start, 1)
    np.add.at(change, end, -1)
    return np.cumsum(change[:-1]) > 0


def find(batch: Batch) -> Hosts:
    """All domain names of a batch, also those disguised by invisible or look-alike characters."""
    points, kind = batch.points, batch.kind
    if batch.origin is not None:
        points, kind = points[batch.origin], batch.folded_kind
    if batch.disguised is not None:
        odd = batch.disguised if batch.origin is None else batch.disguised[batch.origin]
        points = np.where(odd & (points >= 128), batch.folded, points)
    found: list[tuple[int, int, int, str, bool, bool, bool]] = []
    for number, (start, end) in enumerate(_runs(points, kind)):
        text = points[start:end].tobytes().decode("utf-32-le")
        mail = start > 0 and points[start - 1] == ord("@")
        for a, b, name, glued in split_run(text):
            path = points[start + b] == ord("/")
            if path or name.index(".") > 1:  # a lone letter is a name only in an address: t.me/name
                found.append((start + a, start + b, number, name, glued, mail, path))
    starts, ends, numbers, names, glued_, mails, paths = zip(*found, strict=True) if found else ((),) * 7
    start_at, end_at = np.array(starts, np.int64), np.array(ends, np.int64)
    return Hosts(
        batch.to_original(start_at), batch.to_original(end_at - 1) + 1, np.array(numbers, np.int64),
        tuple(names), np.array(glued_, np.bool_), np.array(mails, np.bool_), np.array(paths, np.bool_),
    )  # fmt: skip


def _runs(points: NDArray[np.uint32], kind: NDArray[np.uint8]) -> list[tuple[int, int]]:
    """Unbroken stretches of host characters that hold a dot that may part a name from its suffix."""
    dots = np.flatnonzero(points == ord("."))
    dots = dots[(dots > 0) & (dots < len(points) - 2)]
    if not dots.size:
        return []
    before, after, second = points[dots - 1], points[dots + 1], points[dots + 2]
    word = (Kind.LOWER, Kind.UPPER)
    plausible = (before < 128) & (after < 128) & (second < 128)
    plausible &= np.isin(kind[dots - 1], (*word, Kind.DIGIT)) & np.isin(kind[dots + 1], word)
    plausible &= np.isin(kind[dots + 2], (*word, Kind.DIGIT)) | (second == ord("-"))
    joined = np.isin(kind[dots - 1], (Kind.LOWER, Kind.DIGIT)) & (kind[dots + 1] == Kind.UPPER)
    joined &= kind[dots + 2] == Kind.LOWER
    dots = dots[plausible & ~joined]
    if not dots.size:
        return []
    host = _HOST[np.minimum(points, 127)] & (points < 128)
    edges = np.flatnonzero(~host)  # the padding guarantees an edge behind every run
    row = np.searchsorted(edges, dots)
    starts = np.where(row > 0, edges[np.maximum(row - 1, 0)] + 1, 0)
    ends = edges[np.minimum(row, len(edges) - 1)]
    return sorted(set(zip(starts.tolist(), ends.tolist(), strict=True)))


def split_run(text: str) -> list[tuple[int, int, str, bool]]:
    """Split one unbroken stretch into ``(start, end, registered domain, glued)`` at its public suffixes.

    >>> [name for _, _, name, _ in split_run("restbetcdn.combetturkeygiris.orgbetvolem.com")]
    ['restbetcdn.com', 'betturkeygiris.org', 'betvolem.com']
    >>> split_run("www.bbc.co.uk")
    [(0, 13, 'bbc.co.uk', False)]
    """
    suffixes = lexicon.public_suffixes()
    labels = text.split(".")
    at = [0]  # where each label begins
    for label in labels:
        at.append(at[-1] + len(label) + 1)
    names: list[tuple[int, int, str, bool]] = []
    start = this = 0  # the name being read begins at `start`; its label before the suffix is number `this`
    while this + 1 < len(labels):
        name, label = labels[this].lower(), labels[this + 1]
        last = this + 1
        if not name or (labels[this][-1:] not in _CAPITALS and label[:1].isupper() and label[1:2].islower()):
            this, start = last, at[last]
        elif label.lower() in suffixes:
            while last + 1 < len(labels) and labels[last + 1].lower() in suffixes:
                last += 1  # two-part suffix: co.uk, com.tr
            end = at[last] + len(labels[last])
            this = max(this, last - LONGEST_SUFFIX)
            while ".".join(labels[this + 1 : last + 1]).lower() not in suffixes:
                this += 1  # mail.google.com: a suffix of its own, yet a name here
            names.append((start, end, text[at[this] : end].lower(), False))
            this, start = last + 1, at[last + 1]
        elif suffix := _welded(label, name):
            end = at[last] + len(suffix)
            names.append((start, end, text[at[this] : end].lower(), True))
            labels[last], at[last] = label[len(suffix) :], end
            this, start = last, end
        else:
            this = last  # a subdomain so far
    return names


def _welded(label: str, name: str) -> str:
    """The suffix at the head of a label that goes on with another name, or the empty string."""
    low = label.lower()
    if low in lexicon.not_welded() or name in ("www", "m") or len(name) < 2:
        return ""
    for suffix in lexicon.welded_suffixes():
        if low.startswith(suffix):
            rest = label[len(suffix) :]
            if len(rest) >= MIN_REST or rest[:1].isupper() or rest[:1].isdigit():
                return suffix
    return ""
