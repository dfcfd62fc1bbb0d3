"""Segments that may be a copy of something: odd in their own article, or known from others; and the keys they share.

A segment is kept as a row of numbers, never as text, so that memory grows with the candidates alone.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from spamguard import features
from spamguard.classify import Model
from spamguard.features import View
from spamguard.mine.units import Recurrence, Units, mix
from spamguard.trim import CLIP

LEAST = 5
"""Documents in which a word, a name or a shingle recurs at the least."""
DRIFT = 0.4
"""Natural log-likelihood per trigram by which a segment fits its article's language worse than the rest of it, to be odd."""
RECURRING = 0.5
"""Share of a segment's shingles that recur, for it to be known from elsewhere."""
COMMON = 0.1
"""Words in a larger share of the documents tell no campaigns apart …"""
FEW = 100
"""… but never words in fewer documents than this."""
WORD_KEYS, SHINGLE_KEYS = 24, 4
"""Keys of a segment at the most: its rarest words that recur, and some of its shingles that do."""
LETTERS = 40
"""With so many letters, half of what is measured about the language is believed."""

EVIDENCE = ("drift", "odds", "domains", "push", "news", "recurring")
"""Facts kept of each candidate: `DRIFT` as measured; log-odds of the model; domain names, contacts and calls to action
(1 or 0); share of four-letter groups that stand nowhere else in the document; share of shingles that recur."""


@dataclass(frozen=True)
class Candidates:
    """Candidate segments, in order.

    Attributes
    ----------
    doc : int64 array, shape (n,)
        Number of the document, over all inputs.
    start, end : int32 arrays, shape (n,)
        Code points in the document; white space at the end is left out.
    row : int64 array, shape (n,)
        Number of the segment, over all inputs: neighbours have numbers one apart.
    text : uint64 array, shape (n,)
        Hash of its words: the same for equal texts.
    facts : float32 array, shape (n, len(EVIDENCE))
    owner : int64 array, shape (n_keys,)
        Candidate of each key.
    key : uint64 array, shape (n_keys,)
    times : int32 array, shape (n_keys,)
        Documents that hold the key.
    """

    doc: NDArray[np.int64]
    start: NDArray[np.int32]
    end: NDArray[np.int32]
    row: NDArray[np.int64]
    text: NDArray[np.uint64]
    facts: NDArray[np.float32]
    owner: NDArray[np.int64]
    key: NDArray[np.uint64]
    times: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.doc)


def join(parts: list[Candidates]) -> Candidates:
    """The candidates of several batches."""
    shift = np.cumsum([0, *(len(part) for part in parts)])
    columns = {one.name: np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(Candidates)}
    columns["owner"] = np.concatenate([part.owner + first for part, first in zip(parts, shift, strict=False)])
    return Candidates(**columns)


def find_candidates(model: Model, view: View, units: Units, seen: Recurrence, doc: int, row: int) -> Candidates:
    """The candidates of a batch.

    Parameters
    ----------
    model : Model
    view : View
    units : Units
        Of the same text.
    seen : Recurrence
        Of all inputs.
    doc, row : int
        Documents and segments before the batch.
    """
    facts = _facts(model, view, units, seen)
    odd = (facts[:, 0] > DRIFT) | (facts[:, 1] > 0) | (facts[:, 2] > 0) | (facts[:, 3] > 0)
    known = facts[:, 5] >= RECURRING
    owner, key, times = _keys(view, units, seen, odd, odd | known)
    chosen, owner = np.unique(owner, return_inverse=True)
    segments, batch = view.segments, view.batch
    zero = batch.doc_start[segments.doc[chosen]]
    return Candidates(
        segments.doc[chosen] + doc,
        (segments.start[chosen] - zero).astype(np.int32),
        (segments.end[chosen] - zero).astype(np.int32),
        chosen + row,
        _texts(view, units)[chosen],
        facts[chosen],
        owner,
        key,
        times.astype(np.int32),
    )


def _facts(model: Model, view: View, units: Units, seen: Recurrence) -> NDArray[np.float32]:
    """Columns `EVIDENCE` of each segment, shape (n_segments, len(EVIDENCE))."""
    columns = features.extract(view)
    of = dict(zip(features.NAMES, columns.T, strict=True))
    recurs = np.zeros(len(view.batch.folded), np.int64)
    whole = np.zeros(len(view.batch.folded), np.int64)
    recurs[units.at] = seen.shingles(units.shingles) >= LEAST
    whole[units.at] = units.shingles > 0
    contact = (of["keyword_push"] > 0) | (of["handles"] > 0) | (of["domain_path"] > 0)
    return np.stack(
        (
            _drift(view, of["language_fits"].astype(np.float64)),
            np.clip(model.odds(view, columns), -CLIP, CLIP),
            (of["domain_count"] > 0) & (of["domain_mail"] < 1),
            contact,
            of["new_words"],
            view.total(recurs) / np.maximum(view.total(whole), 1),
        ),
        axis=1,
    ).astype(np.float32)


def _drift(view: View, fits: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much worse each segment fits the language of its document than the rest does; less sure for few letters."""
    doc = view.segments.doc
    letters = view.script_counts[:, 1:].sum(axis=1).astype(np.float64)
    likelihood = fits * letters
    rest = np.bincount(doc, letters)[doc] - letters
    around = np.divide(np.bincount(doc, likelihood)[doc] - likelihood, rest, out=fits.copy(), where=rest >= LETTERS)
    return (around - fits) * letters / (letters + LETTERS)


def _keys(
    view: View, units: Units, seen: Recurrence, odd: NDArray[np.bool_], chosen: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.int64]]:
    """Keys of the chosen segments: segment, hash, and documents of each. Words and names are keys of odd ones only."""
    segment = view.owner_folded(units.at)
    own = odd[segment]
    host = view.owner(units.text.hosts.start)
    named = odd[host]
    owner = np.concatenate((segment[own], host[named]))
    key = np.concatenate((units.hashed[own], units.names[named]))
    times = seen.words(key)
    rare = (times >= LEAST) & (times <= max(COMMON * seen.documents, FEW))
    words = _first(owner[rare], key[rare], times[rare], times[rare].astype(np.uint64), WORD_KEYS)
    count = seen.shingles(units.shingles)
    known = chosen[segment] & (count >= LEAST)
    hashed = mix(units.shingles[known])
    runs = _first(segment[known], hashed, count[known], hashed, SHINGLE_KEYS)
    return tuple(np.concatenate(pair) for pair in zip(words, runs, strict=True))  # type: ignore[return-value]


def _first(
    owner: NDArray[np.int64], key: NDArray[np.uint64], times: NDArray[np.int64], rank: NDArray[np.uint64], most: int
) -> tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.int64]]:
    """At most so many different keys of each owner, those of the lowest rank."""
    order = np.lexsort((key, rank, owner))
    owner, key, times = owner[order], key[order], times[order]
    new = np.ones(len(owner), np.bool_)
    new[1:] = (owner[1:] != owner[:-1]) | (key[1:] != key[:-1])
    owner, key, times = owner[new], key[new], times[new]
    place = np.arange(len(owner)) - np.searchsorted(owner, owner)
    return owner[place < most], key[place < most], times[place < most]


def _texts(view: View, units: Units) -> NDArray[np.uint64]:
    """A hash of each segment's words in their order, shape (n_segments,)."""
    segment = view.owner_folded(units.at)
    place = np.arange(len(segment)) - np.searchsorted(segment, segment)
    weight = mix(units.hashed + place.astype(np.uint64))
    found = np.zeros(len(view.segments), np.uint64)
    np.add.at(found, segment, weight)
    return found
