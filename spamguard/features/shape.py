"""Shape: what a segment is made of, whatever its words: prose, a list, a string of names, a phone number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spamguard.codepoints import Kind
from spamguard.features.hashing import symbols
from spamguard.features.view import View

NAMES = (
    "length",  # characters (logarithm of 1 + n)
    "upper_share",  # capitals among letters
    "digit_share",  # digits among characters
    "punctuation_share",  # commas, stops, dashes and brackets among characters
    "symbol_share",  # emoji and other symbols among characters
    "markup_share",  # <>[]{}=&#@*_~/ and the like among characters
    "disguise_share",  # characters that were disguised among characters
    "disguise_count",  # the same (logarithm of 1 + n)
    "words",  # words (logarithm of 1 + n)
    "word_length",  # mean length of a word
    "word_longest",  # length of the longest word (logarithm of 1 + n)
    "word_distinct",  # distinct words over words
    "word_top",  # share of the most frequent word
    "camel_count",  # capitals after lower case inside a word (logarithm of 1 + n)
    "digit_run",  # longest run of digits: phone numbers, ids (logarithm of 1 + n)
    "ends_sentence",  # 1 where it ends with a full stop or the like
    "starts_upper",  # 1 where it starts with a capital or a letter without case
    "own_line",  # 1 where a line begins and ends with it
    "exclamations",  # exclamation marks (logarithm of 1 + n)
    "money",  # currency signs and percent signs (logarithm of 1 + n)
    "handles",  # @ before a letter: channels, accounts, mail (logarithm of 1 + n)
)


_POWERS = np.cumprod(np.full(48, 0x9E3779B97F4A7C15, np.uint64))


def _table(chars: str) -> NDArray[np.bool_]:
    table = np.zeros(0x2100, np.bool_)
    table[[ord(char) for char in chars]] = True
    return table


_EXCLAMATION = _table("!")
_MONEY = _table("$%£¥¢؋৳฿៛₡₦₩₪₫€₭₮₱₲₴₵₸₹₺₽₿")


def extract(view: View) -> NDArray[np.float32]:
    """Columns `NAMES` for each segment, shape (n_segments, 21)."""
    n = len(view.segments)
    out = np.zeros((n, len(NAMES)), np.float32)
    if not n:
        return out
    kind = view.batch.folded_kind
    is_kind = view.counts(kind, len(Kind)).T
    letters = is_kind[Kind.LOWER] + is_kind[Kind.UPPER] + is_kind[Kind.CASELESS] + is_kind[Kind.MARK]
    length = view.length
    punctuation = (Kind.STOP, Kind.DENSE_STOP, Kind.COMMA, Kind.CLOSER, Kind.OPENER, Kind.DASH)
    out[:, 0] = np.log1p(length)
    out[:, 1] = is_kind[Kind.UPPER] / np.maximum(letters, 1)
    out[:, 2] = is_kind[Kind.DIGIT] / length
    out[:, 3] = is_kind[list(punctuation)].sum(axis=0) / length
    out[:, 4] = (is_kind[Kind.SYMBOL] + is_kind[Kind.BULLET] + is_kind[Kind.OTHER]) / length
    out[:, 5] = is_kind[Kind.MARKUP] / length
    if view.batch.disguised is not None:
        edges = np.stack((view.segments.start, view.segments.end), axis=1).ravel()
        disguised = np.add.reduceat(np.append(view.batch.disguised, False), edges, dtype=np.int64)[::2]
        out[:, 6] = disguised / np.maximum(view.segments.end - view.segments.start, 1)
        out[:, 7] = np.log1p(disguised)
    _words(view, kind, out)
    camel = np.zeros(len(kind), np.bool_)
    camel[1:] = (kind[1:] == Kind.UPPER) & (kind[:-1] == Kind.LOWER)
    out[:, 13] = np.log1p(view.total(camel))
    digits = kind == Kind.DIGIT
    counted = np.cumsum(digits)
    run = counted - np.maximum.accumulate(np.where(digits, 0, counted))
    starts = np.minimum(view.start, len(kind) - 1)
    out[:, 14] = np.log1p(np.where(view.end > view.start, np.maximum.reduceat(run, starts), 0))
    last = _last_solid(view, kind)
    ends = np.where(kind[last] == Kind.CLOSER, kind[last - 1], kind[last])
    out[:, 15] = ((ends == Kind.STOP) | (ends == Kind.DENSE_STOP)) & (last >= view.start)
    out[:, 16] = (kind[starts] == Kind.UPPER) | (kind[starts] == Kind.CASELESS)
    out[:, 17] = _own_line(view, kind, last)
    folded = view.batch.folded
    out[:, 18] = np.log1p(view.total(_EXCLAMATION[np.minimum(folded, len(_EXCLAMATION) - 1)]))
    out[:, 19] = np.log1p(view.total(_MONEY[np.minimum(folded, len(_MONEY) - 1)]))
    handle = folded == ord("@")
    handle[:-1] &= (kind[1:] >= Kind.LOWER) & (kind[1:] <= Kind.DIGIT)
    out[:, 20] = np.log1p(view.total(handle))
    return out


def _words(view: View, kind: NDArray[np.uint8], out: NDArray[np.float32]) -> None:
    """Fill the columns about words."""
    n = len(view.segments)
    word = ((kind >= Kind.LOWER) & (kind <= Kind.DIGIT)) | (kind == Kind.MARK)
    edge = np.diff(word.astype(np.int8), prepend=0)
    starts, ends = np.flatnonzero(edge == 1), np.flatnonzero(edge == -1)  # padding ends the last word
    if not starts.size:
        return
    owner = np.maximum(view.owner_folded(starts), 0)
    lengths = (ends - starts).astype(np.float64)
    count = np.bincount(owner, minlength=n)
    some = np.maximum(count, 1)
    longest = np.zeros(n)
    np.maximum.at(longest, owner, lengths)
    place = np.arange(len(kind)) - np.maximum.accumulate(np.where(edge == 1, np.arange(len(kind)), 0))
    value = symbols(view.batch.folded, kind).astype(np.uint64) * _POWERS[np.minimum(place, len(_POWERS) - 1)]
    value[~word] = 0
    hashed = np.add.reduceat(value, starts)
    hashed = (hashed ^ (hashed >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)  # so that words and segments do not add up
    hashed = (hashed ^ (hashed >> np.uint64(29))) + owner.astype(np.uint64) * np.uint64(0xA0761D6478BD642F)
    _, first, repeats = np.unique(hashed, return_index=True, return_counts=True)
    top = np.zeros(n)
    np.maximum.at(top, owner[first], repeats.astype(np.float64))
    out[:, 8] = np.log1p(count)
    out[:, 9] = np.bincount(owner, weights=lengths, minlength=n) / some
    out[:, 10] = np.log1p(longest)
    out[:, 11] = np.bincount(owner[first], minlength=n) / some
    out[:, 12] = top / some


def _last_solid(view: View, kind: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Folded position of the last character before each segment's end that is not white space, or -1."""
    solid = np.flatnonzero((kind != Kind.SPACE) & (kind != Kind.NEWLINE))
    row = np.searchsorted(solid, view.end)
    return np.concatenate(([-1], solid))[row]


def _own_line(view: View, kind: NDArray[np.uint8], last: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which segments are all of their line."""
    doc = view.segments.doc
    first = np.append(True, doc[1:] != doc[:-1])
    final = np.append(first[1:], True)
    newlines = np.concatenate(([0], np.cumsum(kind == Kind.NEWLINE)))
    closes = (last >= view.start) & (newlines[view.end] > newlines[np.minimum(last + 1, view.end)])
    opens = first | np.append(False, closes[:-1])
    return opens & (closes | final)
