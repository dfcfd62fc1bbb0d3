"""Shape: what a segment is made of, whatever its words: prose, a list, a string of names, a phone number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spamguard.codepoints import Kind
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


_MIX = np.uint64(0xD6E8FEB86659FD93)
_WORD_BITS = np.uint64(40)
"""A word is told from others of its segment by so many bits of its hash; the number of the segment is in the others."""


_MONEY = np.zeros(0x2100, np.bool_)
_MONEY[[ord(char) for char in "$%£¥¢؋৳฿៛₡₦₩₪₫€₭₮₱₲₴₵₸₹₺₽₿"]] = True


def extract(view: View) -> NDArray[np.float32]:
    """Columns `NAMES` for each segment, shape (n_segments, 21)."""
    n = len(view.segments)
    out = np.zeros((n, len(NAMES)), np.float32)
    if not n:
        return out
    kind = view.batch.folded_kind
    is_kind = view.kind_counts.T
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
    _words(view, out)
    camel = np.flatnonzero((kind[1:] == Kind.UPPER) & (kind[:-1] == Kind.LOWER)) + 1
    out[:, 13] = np.log1p(view.tally(camel))
    out[:, 14] = np.log1p(_digit_run(view, kind))
    starts = np.minimum(view.start, len(kind) - 1)
    last = _last_solid(view, kind)
    ends = np.where(kind[last] == Kind.CLOSER, kind[last - 1], kind[last])
    out[:, 15] = ((ends == Kind.STOP) | (ends == Kind.DENSE_STOP)) & (last >= view.start)
    out[:, 16] = (kind[starts] == Kind.UPPER) | (kind[starts] == Kind.CASELESS)
    out[:, 17] = _own_line(view, kind, last)
    folded = view.batch.folded
    out[:, 18] = np.log1p(view.tally(np.flatnonzero(folded == ord("!"))))
    out[:, 19] = np.log1p(view.tally(np.flatnonzero(_MONEY[np.minimum(folded, len(_MONEY) - 1).astype(np.intp)])))
    handle = np.flatnonzero(folded[:-1] == ord("@"))
    follows = kind[handle + 1]
    out[:, 20] = np.log1p(view.tally(handle[(follows >= Kind.LOWER) & (follows <= Kind.DIGIT)]))
    return out


def _words(view: View, out: NDArray[np.float32]) -> None:
    """Fill the columns about words."""
    n, words = len(view.segments), view.text.words
    if not len(words.start):
        return
    owner = np.maximum(view.owner_folded(words.start), 0)
    lengths = (words.end - words.start).astype(np.float64)
    count = np.bincount(owner, minlength=n)
    some = np.maximum(count, 1)
    longest = np.zeros(n)
    np.maximum.at(longest, owner, lengths)
    hashed = (words.hashed ^ (words.hashed >> np.uint64(32))) * _MIX
    key = np.sort((owner.astype(np.uint64) << _WORD_BITS) | (hashed >> (np.uint64(64) - _WORD_BITS)))
    first = np.flatnonzero(np.append(True, key[1:] != key[:-1]))
    of = (key[first] >> _WORD_BITS).astype(np.int64)
    top = np.zeros(n)
    np.maximum.at(top, of, np.diff(np.append(first, len(key))).astype(np.float64))
    out[:, 8] = np.log1p(count)
    out[:, 9] = np.bincount(owner, weights=lengths, minlength=n) / some
    out[:, 10] = np.log1p(longest)
    out[:, 11] = np.bincount(of, minlength=n) / some
    out[:, 12] = top / some


def _digit_run(view: View, kind: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Longest run of digits of each segment; one that began before the segment counts from its beginning."""
    digits = kind == Kind.DIGIT
    edges = np.flatnonzero(digits[1:] != digits[:-1]) + 1
    begin, end = edges[::2], edges[1::2]
    longest = np.zeros(len(view.segments), np.int64)
    first, last = view.owner_folded(begin), view.owner_folded(end - 1)
    run = np.repeat(np.arange(len(begin)), last - first + 1)  # once for each segment it reaches into
    segment = np.arange(len(run)) - np.repeat(np.cumsum(last - first + 1) - last - 1, last - first + 1)
    np.maximum.at(longest, segment, np.minimum(end[run], view.end[segment]) - begin[run])
    return np.where(view.end > view.start, longest, 0)


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
    newlines = np.flatnonzero(kind == Kind.NEWLINE)
    after = np.minimum(last + 1, view.end)
    closes = (last >= view.start) & (np.searchsorted(newlines, view.end) > np.searchsorted(newlines, after))
    opens = first | np.append(False, closes[:-1])
    return opens & (closes | final)
