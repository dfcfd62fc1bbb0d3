"""Documents as one array of code points, and the same with disguises undone.

Everything between text and spans works on a `Batch`: all documents of a call in one array, so that each step is a few
numpy passes however many segments there are. The unit is the code point (one array element each), not the UTF-8 byte:
offsets in a Python ``str`` are then array indices, and an n-gram spans as much text in Thai as in English.

Spammers write ``ѕⅼоt``, ``𝓼𝓵𝓸𝓽``, ``s l o t``, ``sl0t`` or put zero-width letters between. Features read the *folded*
stream, where that is undone; `Batch.origin` leads each folded character back to where it stood.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from spamguard.codepoints import ARABIC, CYRILLIC, GREEK, LATIN, Kind, tables
from spamguard.lexicon import confusables

PAD = 8
"""Newlines before and after each document, so that no n-gram (at most `PAD` long) reaches into another one."""

SPACED_LETTERS = 4
"""So many single letters in a row, each set apart by one character, are a spaced-out word (``g a c o r``)."""

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8});")
_LEET = {
    ord("0"): "o",
    ord("1"): "i",
    ord("3"): "e",
    ord("4"): "a",
    ord("5"): "s",
    ord("7"): "t",
    ord("@"): "a",
    ord("$"): "s",
}
_SPELLING = np.zeros(0x0490, np.bool_)
"""Combining marks that some language spells with; others (strokes, underlines, rings) only decorate."""
for _first, _last in ((0x300, 0x304), (0x306, 0x30C), (0x30F, 0x30F), (0x311, 0x315), (0x31B, 0x31B), (0x323, 0x328),
                      (0x32D, 0x32E), (0x330, 0x331), (0x342, 0x345), (0x483, 0x489)):  # fmt: skip
    _SPELLING[_first : _last + 1] = True


@dataclass(frozen=True)
class Batch:
    """Documents side by side.

    Attributes
    ----------
    texts : tuple of str
        The documents as given.
    points : uint32 array, shape (n,)
        Code points of all documents, `PAD` newlines before and after each.
    doc_start, doc_end : int64 arrays, shape (n_docs,)
        Where each document stands in `points`.
    kind, script : uint8 arrays, shape (n,)
        `Kind` and script number of each code point.
    folded : uint32 array, shape (m,), m <= n
        Lower-cased, de-obfuscated code points; removed characters are gone.
    folded_kind, folded_script : uint8 arrays, shape (m,)
        `Kind` and script number of each folded character, as it stood in the original.
    origin : int64 array, shape (m,), or None
        Index in `points` of each folded character; None when nothing was removed.
    disguised : bool array, shape (n,), or None
        Characters that were removed or replaced as a disguise; None when there is none.
    """

    texts: tuple[str, ...]
    points: NDArray[np.uint32]
    doc_start: NDArray[np.int64]
    doc_end: NDArray[np.int64]
    kind: NDArray[np.uint8]
    script: NDArray[np.uint8]
    folded: NDArray[np.uint32]
    folded_kind: NDArray[np.uint8]
    folded_script: NDArray[np.uint8]
    origin: NDArray[np.int64] | None
    disguised: NDArray[np.bool_] | None

    @classmethod
    def of(cls, texts: Sequence[str]) -> Batch:
        """Lay `texts` side by side and undo disguises."""
        pad = "\n" * PAD
        joined = pad.join(("", *texts, ""))
        points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        doc_start = np.cumsum(lengths + PAD) - lengths
        table = tables()
        index = points.astype(np.intp)  # numpy looks up by its own kind of integer much faster than by another
        kind, folded, script = table.kind[index], table.fold[index], table.script[index]
        removed, replaced, disguised = _undisguise(points, kind, script, folded, joined)
        where, what = replaced
        folded[where] = what
        keep = None
        if removed.any():
            keep = np.flatnonzero(~removed)
        return cls(
            tuple(texts), points, doc_start, doc_start + lengths, kind, script,
            folded if keep is None else folded[keep],
            kind if keep is None else kind[keep],
            script if keep is None else script[keep],
            keep, disguised,
        )  # fmt: skip

    def to_folded(self, at: NDArray[np.int64]) -> NDArray[np.int64]:
        """Map sorted or unsorted positions in `points` to positions in `folded` (of the next character kept)."""
        return at if self.origin is None else np.searchsorted(self.origin, at)

    def to_original(self, at: NDArray[np.int64]) -> NDArray[np.int64]:
        """Map positions in `folded` back to positions in `points`."""
        if self.origin is None:
            return at
        inside = self.origin[np.minimum(at, len(self.origin) - 1)]  # padding is never removed: there is a last one
        return np.where(at < len(self.origin), inside, len(self.points))


@lru_cache(maxsize=1)
def _lookalikes() -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Latin twin of each look-alike letter by code point, 0 for none (so the last); Cyrillic twin of each ASCII letter."""
    rows = confusables()
    twins = np.zeros(max(rows) + 2, np.uint32)
    twins[list(rows)] = list(rows.values())
    back = np.zeros(128, np.uint32)
    for letter in "асеікмнорѕтухв":
        back[rows[ord(letter)]] = ord(letter)
    return twins, back


def _undisguise(
    points: NDArray[np.uint32],
    kind: NDArray[np.uint8],
    script: NDArray[np.uint8],
    folded: NDArray[np.uint32],
    joined: str,
) -> tuple[NDArray[np.bool_], tuple[NDArray[np.int64], NDArray[np.uint32]], NDArray[np.bool_] | None]:
    """Find disguises: which characters go, which are replaced by what, and which of these tell of intent."""
    n = len(points)
    removed = np.zeros(n, np.bool_)
    places: list[NDArray[np.int64]] = []
    values: list[NDArray[np.uint32]] = []
    told: list[NDArray[np.int64]] = []
    letter = (kind >= Kind.LOWER) & (kind <= Kind.CASELESS)
    plain = joined.isascii()

    if not plain:
        told.append(np.flatnonzero(tables().fancy[points.astype(np.intp)]))
        hidden = np.flatnonzero(kind == Kind.INVISIBLE)
        if hidden.size:
            removed[hidden] = True
            before, after = np.maximum(hidden - 1, 0), np.minimum(hidden + 1, n - 1)
            joins = letter[before] & letter[after]
            told.append(hidden[joins & (script[before] <= GREEK) & (script[after] != ARABIC)])
        marks = np.flatnonzero((kind == Kind.MARK) & (points < 0x0490))  # accents over Latin, Cyrillic, Greek
        if marks.size:
            removed[marks] = True
            stacked = marks[2:][marks[2:] - marks[:-2] == 2]  # two on a letter are spelling: Yoruba, Vietnamese
            told += [stacked, marks[~_SPELLING[points[marks]]]]
        _unmix_scripts(kind, script, folded, letter, places, values, told)

    if "&" in joined:
        for match in _ENTITY.finditer(joined):
            meant = html.unescape(match.group())
            if len(meant) == 1:
                removed[match.start() + 1 : match.end()] = True
                places.append(np.array([match.start()], np.int64))
                values.append(tables().fold[np.array([ord(meant)], np.uint32)])
                if meant.isalnum():
                    told.append(np.array([match.start()], np.int64))

    cased = letter & (kind != Kind.CASELESS)
    _close_spaced_words(kind, cased, removed, told)
    odd = (kind == Kind.DIGIT) | (points == ord("@")) | (points == ord("$"))
    odd[1:-1] &= cased[:-2] & cased[2:]
    leet = np.flatnonzero(odd)
    if leet.size:
        swap = np.array([_LEET.get(int(point), "\0") for point in points[leet]])
        known = swap != "\0"
        places.append(leet[known])
        values.append(np.array([ord(char) for char in swap[known]], np.uint32))
        told.append(leet[known])

    where = np.concatenate(places) if places else np.zeros(0, np.int64)
    what = np.concatenate(values) if values else np.zeros(0, np.uint32)
    marked = np.concatenate(told) if told else np.zeros(0, np.int64)
    disguised = None
    if marked.size:
        disguised = np.zeros(n, np.bool_)
        disguised[marked] = True
    return removed, (where, what), disguised


def _unmix_scripts(
    kind: NDArray[np.uint8],
    script: NDArray[np.uint8],
    folded: NDArray[np.uint32],
    letter: NDArray[np.bool_],
    places: list[NDArray[np.int64]],
    values: list[NDArray[np.uint32]],
    told: list[NDArray[np.int64]],
) -> None:
    """Words that mix Latin with Cyrillic or Greek letters are brought to the script of most of their own letters."""
    foreign = letter & ((script == CYRILLIC) | (script == GREEK))
    latin = letter & (script == LATIN)
    if not foreign.any() or not latin.any():
        return
    inside = letter | (kind == Kind.DIGIT) | (kind == Kind.INVISIBLE) | (kind == Kind.MARK)
    told_apart = np.flatnonzero(latin | foreign | ~inside)  # digits and the like between two letters part no word
    which = foreign[told_apart].view(np.uint8) + 2 * latin[told_apart].view(np.uint8)
    switches = told_apart[np.flatnonzero(which[1:] + which[:-1] == 3)]
    edges = np.flatnonzero(inside[1:] != inside[:-1]) + 1  # padding begins and ends the batch
    twin_of, back = _lookalikes()
    for word in np.unique(np.searchsorted(edges, switches, "right")).tolist():
        span = np.arange(edges[word - 1], edges[word])
        letters, of_latin, of_foreign = folded[span], latin[span], foreign[span]
        twins = twin_of[np.minimum(letters, len(twin_of) - 1)]
        own = int(np.count_nonzero(of_latin & (back[np.minimum(letters, 127)] == 0)))
        other = int(np.count_nonzero(of_foreign & (twins == 0)))
        if own and other:
            continue  # two words run together, not one in disguise
        if (other, np.count_nonzero(of_foreign)) > (own, np.count_nonzero(of_latin)):
            odd = of_latin & (letters < 128)
            twin = back[letters[odd]]
        else:
            odd = of_foreign
            twin = twins[odd]
        odd, found = span[odd], twin > 0
        places.append(odd[found])
        values.append(twin[found])
        told.append(odd[found])


def _close_spaced_words(
    kind: NDArray[np.uint8],
    cased: NDArray[np.bool_],
    removed: NDArray[np.bool_],
    told: list[NDArray[np.int64]],
) -> None:
    """Take out the characters between the letters of spaced-out words."""
    lone = cased.copy()
    lone[1:] &= ~cased[:-1]
    lone[:-1] &= ~cased[1:]
    if not lone.any():
        return
    gap = (kind == Kind.SPACE) | (kind == Kind.DASH) | (kind == Kind.STOP) | (kind == Kind.MARKUP) | (kind == Kind.BULLET)
    step = np.zeros(len(kind), np.bool_)  # a lone letter, one gap, a lone letter
    step[:-2] = lone[:-2] & gap[1:-1] & lone[2:]
    run = step.copy()
    reach = 2 * (SPACED_LETTERS - 1)
    for offset in range(2, reach, 2):
        run[:-offset] &= step[offset:]
    heads = np.flatnonzero(run[: max(len(run) - reach, 0)])
    if heads.size:
        gaps = np.unique((heads[:, None] + np.arange(1, reach, 2)).ravel())
        removed[gaps] = True
        told.append(gaps)
