"""Cuts documents into segments: lines, sentences, and pieces at *glue points* inside a line.

A segment is what gets one score, so a segment should be all spam or all news. Line and sentence ends alone do not give
that: injected text is often welded on with no space (``…fields are marked * girişrestbetcdn.combetturkey…``,
``…the minister said.slot gacor…``). So a segment also ends where text of another kind may have been joined: around
domain names, after a full stop with no space, at a switch of script, at bullets, where a capital follows lower case
inside a word. A needless cut costs little, as neighbours are seen by the context features; a missing one costs exactness.

Segments tile each document: every character belongs to exactly one. White space belongs to the segment before it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from spamguard import lexicon
from spamguard.batch import Batch
from spamguard.codepoints import DENSE_SCRIPTS, WIDE_SCRIPTS, Kind, tables
from spamguard.hosts import Hosts, in_address

WINDOW = 240
"""No segment is longer than twice this many columns (a Han, Kana or Hangul character counts three): a long news
sentence stays whole, an unpunctuated block of keywords does not."""

SCRIPT_RUN = 10
"""A switch of script ends a segment when so many letters of the new script follow: shorter ones are names and terms."""

CAMEL_RUN = 4
"""A capital inside a word ends a segment behind so many lower-case letters: ``comKralbet``, but not ``YouTube``."""

MIN_WORD = 3
"""A full stop with no space behind it parts sentences when both words have so many letters: not in ``e.g`` or ``p.m``."""


@dataclass(frozen=True)
class Segments:
    """Segments of a batch, in order.

    Attributes
    ----------
    start, end : int64 arrays, shape (n_segments,)
        Positions in ``batch.points``.
    doc : int64 array, shape (n_segments,)
        Number of the document.
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    doc: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.start)

    @classmethod
    def whole(cls, batch: Batch) -> Segments:
        """One segment a document."""
        return cls(batch.doc_start, batch.doc_end, np.arange(len(batch.texts), dtype=np.int64))

    @classmethod
    def at(cls, batch: Batch, starts: NDArray[np.int64]) -> Segments:
        """Segments that begin at `starts` (any order, repeats allowed) and at each document's start."""
        filled = batch.doc_end > batch.doc_start
        starts = np.unique(np.concatenate((batch.doc_start[filled], starts)))
        doc = np.searchsorted(batch.doc_start, starts, "right") - 1
        inside = starts < batch.doc_end[doc]
        starts, doc = starts[inside], doc[inside]
        ends = np.append(starts[1:], 0)[: len(starts)]
        last = np.append(doc[1:] != doc[:-1], True)[: len(doc)]
        ends[last] = batch.doc_end[doc[last]]
        return cls(starts, ends, doc)


def segment(batch: Batch, hosts: Hosts) -> Segments:
    """Cut a batch at line ends, sentence ends and glue points; long pieces into windows."""
    inside_words = np.concatenate(
        (
            _full_stops_without_space(batch.points, batch.kind, hosts),
            _host_edges(batch.kind, hosts),
            _capitals_inside_words(batch.kind),
        )
    )
    starts = np.concatenate(
        (
            _lines_and_sentences(batch),
            inside_words[~in_address(batch.points, batch.kind)[inside_words]],
            _script_switches(batch),
        )
    )
    return _windows(batch, Segments.at(batch, starts))


def _lines_and_sentences(batch: Batch) -> NDArray[np.int64]:
    """First characters after a line end, a sentence end or a bullet; not the first of a document."""
    points, kind = batch.points, batch.kind
    space = (kind == Kind.SPACE) | (kind == Kind.NEWLINE)
    turns = np.flatnonzero(space[1:] != space[:-1]) + 1  # padding begins and ends the batch
    if not turns.size:
        return turns
    before, after = turns[1:-1:2] - 1, turns[2::2]  # the characters on the two sides of each gap
    new_line = kind[before + 1] == Kind.NEWLINE
    wide = np.flatnonzero(after > before + 2)
    newlines = np.flatnonzero(kind == Kind.NEWLINE)
    new_line[wide] = np.searchsorted(newlines, after[wide]) > np.searchsorted(newlines, before[wide])

    this, next_kind = kind[before], kind[after]
    ending = this.copy()  # kind of the character that ends a sentence
    closer = np.flatnonzero(this == Kind.CLOSER)
    one, two = kind[before[closer] - 1], kind[before[closer] - 2]
    ended = _is_end(one)
    ending[closer[ended]] = one[ended]
    ended = (one == Kind.CLOSER) & _is_end(two)  # at most two closing marks: .") or .»)
    ending[closer[ended]] = two[ended]

    stop = ending == Kind.STOP
    dot = stop & (points[before] == ord("."))
    follows = (next_kind != Kind.LOWER) & (next_kind != Kind.COMMA) & (next_kind != Kind.STOP)
    stop &= follows | ~dot
    dots = np.flatnonzero(stop & dot)
    stop[dots[_abbreviated(points, kind, before[dots])]] = False
    dense = (ending == Kind.DENSE_STOP) & _goes_on(next_kind)
    bullet = (next_kind == Kind.BULLET) & (this != Kind.BULLET)
    star = (points[before] == ord("*")) & (points[after] != ord("*"))
    symbol = (next_kind == Kind.SYMBOL) & (this != Kind.SYMBOL)
    cut = np.flatnonzero(new_line | stop | dense | bullet | star | symbol)
    inside = before[cut] >= batch.doc_start[np.searchsorted(batch.doc_start, after[cut], "right") - 1]
    return np.concatenate((after[cut[inside]], _dense_stops(kind, space)))


def _is_end(kind: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return (kind == Kind.STOP) | (kind == Kind.DENSE_STOP)


def _goes_on(kind: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether a new sentence may begin with such a character behind a stop that needs no space."""
    return ~_is_end(kind) & (kind != Kind.CLOSER)


def _dense_stops(kind: NDArray[np.uint8], space: NDArray[np.bool_]) -> NDArray[np.int64]:
    """First characters right behind a stop that needs no space behind it, at most two closing marks between."""
    at = np.flatnonzero(kind == Kind.DENSE_STOP) + 1
    for _ in range(2):
        at += kind[at] == Kind.CLOSER
    return at[_goes_on(kind[at]) & ~space[at]]


@lru_cache(maxsize=1)
def _longest_abbreviation() -> int:
    return max(map(len, lexicon.abbreviations()))


def _abbreviated(points: NDArray[np.uint32], kind: NDArray[np.uint8], dots: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which full stops follow an initial or an abbreviation."""
    reach = _longest_abbreviation() + 1
    if not dots.size:
        return np.zeros(0, np.bool_)
    back = dots[:, None] - np.arange(1, reach + 1)
    window = np.where(back >= 0, points[np.maximum(back, 0)], ord(" "))
    window_kind = np.where(back >= 0, kind[np.maximum(back, 0)], Kind.SPACE)
    inside = ((window_kind >= Kind.LOWER) & (window_kind <= Kind.CASELESS)) | (window == ord("."))
    length = np.where(inside.all(axis=1), reach, np.argmin(inside, axis=1))
    initial = (length == 1) & (window_kind[:, 0] == Kind.UPPER)
    short = (length > 0) & (length < reach)
    known = np.zeros(len(dots), np.bool_)
    folded = tables().fold[window]
    table, weights = _abbreviation_keys(reach)
    keys = np.where(np.arange(reach) < length[:, None], folded, 0).astype(np.uint64) @ weights
    known[short] = np.isin(keys[short], table)
    return known | initial


@lru_cache(maxsize=1)
def _abbreviation_keys(reach: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Abbreviations as 64-bit keys, read backwards, and the weights that make a key of a row of letters."""
    weights = np.cumprod(np.full(reach, 0x9E3779B97F4A7C15, np.uint64), dtype=np.uint64)
    keys = [
        np.array([ord(char) for char in reversed(word)], np.uint64) @ weights[: len(word)]
        for word in lexicon.abbreviations()
    ]
    return np.unique(np.array(keys, np.uint64)), weights


def _full_stops_without_space(points: NDArray[np.uint32], kind: NDArray[np.uint8], hosts: Hosts) -> NDArray[np.int64]:
    """First letters after a sentence end with no space behind it, domain names left alone."""
    stops = np.flatnonzero(kind == Kind.STOP)
    stops = stops[(stops >= MIN_WORD) & (stops < len(kind) - MIN_WORD)]
    letters = _letters(kind)
    for offset in range(1, MIN_WORD + 1):
        stops = stops[letters[stops + offset]]
    closed = kind[stops - 1] == Kind.CLOSER
    for offset in range(1, MIN_WORD + 1):
        keep = letters[stops - offset] | closed
        stops, closed = stops[keep], closed[keep]
    if hosts.start.size:
        host = np.searchsorted(hosts.start, stops, "right") - 1
        stops = stops[(host < 0) | (stops >= hosts.end[np.maximum(host, 0)])]
    return stops + 1


def _letters(kind: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return (kind >= Kind.LOWER) & (kind <= Kind.CASELESS)


def _host_edges(kind: NDArray[np.uint8], hosts: Hosts) -> NDArray[np.int64]:
    """Starts of words that hold domain names, and ends of the last name of each run."""
    if not hosts.start.size:
        return np.zeros(0, np.int64)
    space = np.flatnonzero((kind == Kind.SPACE) | (kind == Kind.NEWLINE))
    first = np.append(True, hosts.run[1:] != hosts.run[:-1]) & ~hosts.mail
    starts = hosts.start[first]
    welded = starts[_letters(kind)[np.maximum(starts - 1, 0)]]  # behind a letter that no host name holds
    row = np.searchsorted(space, starts)
    word = np.where(row > 0, space[np.maximum(row - 1, 0)] + 1, 0)
    last = np.append(hosts.run[1:] != hosts.run[:-1], True) & ~hosts.mail
    ends = hosts.end[last]
    glued = hosts.glued[last]
    return np.concatenate((word, welded, ends[glued], _after_space(kind, space, ends[~glued])))


def _after_space(kind: NDArray[np.uint8], space: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.int64]:
    """First characters of the next words."""
    row = np.minimum(np.searchsorted(space, at), len(space) - 1)
    starts = space[row] + 1
    for _ in range(3):
        starts = np.where((kind[np.minimum(starts, len(kind) - 1)] == Kind.SPACE), starts + 1, starts)
    return starts


def _capitals_inside_words(kind: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Capitals welded to a lower-case word."""
    upper = np.flatnonzero(kind[:-1] == Kind.UPPER)
    upper = upper[(upper >= CAMEL_RUN) & (kind[upper + 1] == Kind.LOWER)]
    for offset in range(1, CAMEL_RUN + 1):
        upper = upper[kind[upper - offset] == Kind.LOWER]
    return upper


def _script_switches(batch: Batch) -> NDArray[np.int64]:
    """First letters of long stretches in another script than the long stretch before."""
    letters = np.flatnonzero((batch.script > 0) & (batch.kind != Kind.MARK))
    which = batch.script[letters]
    which[which == WIDE_SCRIPTS[1]] = WIDE_SCRIPTS[0]  # Kana and Han are one writing
    doc_first = np.searchsorted(letters, batch.doc_start)
    change = np.append(np.flatnonzero(which[1:] != which[:-1]) + 1, doc_first[doc_first < len(letters)])
    run_start = np.unique(change)
    long = np.diff(np.append(run_start, len(letters))) >= SCRIPT_RUN
    run_start = run_start[long]
    run_script = which[run_start]
    run_doc = np.searchsorted(doc_first, run_start, "right")
    switched = np.flatnonzero((run_script[1:] != run_script[:-1]) & (run_doc[1:] == run_doc[:-1])) + 1
    return letters[run_start[switched]]


def _windows(batch: Batch, segments: Segments) -> Segments:
    """Cut long segments at about every `WINDOW` columns: at a word start, or anywhere when there is no space."""
    wide_letters = (batch.script >= WIDE_SCRIPTS[0]) & (batch.script <= WIDE_SCRIPTS[-1])
    column = np.arange(len(batch.points) + 1)
    if wide_letters.any():
        column[1:] += 2 * np.cumsum(wide_letters)
    for at_words in (True, False):
        wide = column[segments.end] - column[segments.start]
        long = np.flatnonzero(wide > 2 * WINDOW)
        if not long.size:
            break
        lengths = segments.end[long] - segments.start[long]
        owner = np.repeat(long, lengths)
        offset = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        at = segments.start[owner] + offset
        if at_words:
            solid = (batch.kind[at] != Kind.SPACE) & (batch.kind[np.maximum(at - 1, 0)] == Kind.SPACE)
            at, owner = at[solid], owner[solid]
        window = (column[at] - column[segments.start[owner]]) // WINDOW
        new = np.append(True, (window[1:] != window[:-1]) | (owner[1:] != owner[:-1])) if len(at) else np.zeros(0, np.bool_)
        starts = at[new & (window > 0)]
        segments = Segments.at(batch, np.concatenate((segments.start, starts)))
    return segments


MIN_PIECE = 8
"""No piece shorter than this is split off by evidence."""

GRAINS = ((0.0, 3.0), (0.1, 2.0), (0.2, 2.0))
"""Price of a character and what a stretch must gather after it, in natural log-odds. At no price a stretch takes in words
beside it that are a little suspicious by chance; at a price it may lose some of its own. Low on purpose: a split costs
little, see the module's head."""


def split_at_evidence(batch: Batch, segments: Segments, evidence: NDArray[np.int32], unit: float) -> Segments:
    """Split off the most suspicious stretches of each segment that also holds clean text.

    For each of the `GRAINS`, the stretch is the one with the highest sum of evidence less its price (Kadane's maximum
    subarray), widened to whole words: so an anchor smuggled into a sentence becomes a segment of its own.

    Parameters
    ----------
    evidence : int32 array, shape (m,)
        Evidence for spam at each folded character, in `unit` natural log-odds.
    """
    start, end = batch.to_folded(segments.start), batch.to_folded(segments.end)
    long = np.flatnonzero(end - start > MIN_PIECE)
    if not long.size:
        return segments
    edges = np.stack((start[long], end[long]), axis=1).ravel()
    least = int(min(gathered for _, gathered in GRAINS) / unit)
    up = np.add.reduceat(np.maximum(evidence, 0), edges)[::2]
    down = up - np.add.reduceat(evidence, edges)[::2]
    mixed = long[(up >= least) & (down >= least)]
    found = []
    for price, gathered in GRAINS:
        begin, stop, gain = richest_stretches(evidence, int(price / unit), start[mixed], end[mixed])
        rich = gain >= int(gathered / unit)
        found.append((begin[rich], stop[rich], start[mixed[rich]], end[mixed[rich]]))
        mixed = mixed[gain >= least]  # a higher price leaves no more
    begin, stop, low, high = (np.concatenate(parts) for parts in zip(*found, strict=True))
    begin, stop = _whole_words(batch, begin, stop, low, high)
    enough = stop - begin >= MIN_PIECE
    cuts = np.concatenate((begin[enough & (begin > low)], stop[enough & (stop < high)]))
    if not cuts.size:
        return segments
    return Segments.at(batch, np.concatenate((segments.start, batch.to_original(cuts))))


def richest_stretches(
    evidence: NDArray[np.int32], price: int, start: NDArray[np.int64], end: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Kadane's maximum subarray of each of some segments, all at once: where it begins and ends, and its sum.

    Each character costs `price`. Running minimum and maximum are kept apart between segments by a step down that no sum
    bridges; positions ride along in the lower bits, so that the first of equals is found.
    """
    length = end - start + 1
    if not length.size:
        return length, length, length
    first = np.cumsum(length) - length  # where each segment's running sums begin, from 0 on
    at = np.arange(first[-1] + length[-1])
    place = at - np.repeat(first, length)
    at += np.repeat(start - first - 1, length)
    values = evidence[at] - price
    values[first] = 0
    sums = np.cumsum(values, dtype=np.int64)
    steepest = int(np.add.reduceat(np.abs(values), first).max())
    sums -= np.repeat(sums[first] + (2 * steepest + 1) * np.arange(len(first)), length)
    bits = int(length.max()).bit_length()
    mask = (1 << bits) - 1
    lowest = np.minimum.accumulate((sums << bits) + place)
    sums -= lowest >> bits
    best = np.maximum.reduceat((sums << bits) + (mask - place), first)
    stop = mask - (best & mask)
    return start + (lowest[first + stop] & mask), start + stop, best >> bits


def _whole_words(
    batch: Batch, begin: NDArray[np.int64], stop: NDArray[np.int64], low: NDArray[np.int64], high: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Widen stretches to whole words, and to the next word behind them, within `low` to `high`."""
    kind = batch.folded_kind
    inside = ((kind >= Kind.LOWER) & (kind <= Kind.DIGIT)) | (kind == Kind.MARK)
    joins = np.flatnonzero(_JOINS[kind.astype(np.intp)] | (batch.folded == ord(",")))  # none first or last
    inside[joins[inside[joins - 1] & inside[joins + 1]]] = True  # an address, a number, is one word
    linked = np.zeros(len(inside) + 1, np.bool_)  # to the character before
    linked[1:-1] = inside[1:] & inside[:-1]
    linked[np.flatnonzero(_DENSE[batch.folded_script.astype(np.intp)])] = False
    begin, stop = begin.copy(), stop.copy()
    _move(begin, -1, lambda at, of: (at > low[of]) & linked[at])
    _move(stop, 1, lambda at, of: (at < high[of]) & linked[at])
    _move(stop, 1, lambda at, of: (at < high[of]) & ~inside[at])
    return begin, stop


def _move(
    at: NDArray[np.int64], step: int, goes: Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.bool_]]
) -> None:
    """Move positions by steps as long as each may go on, in place."""
    of = np.arange(len(at))
    while len(of := of[goes(at[of], of)]):
        at[of] += step


_DENSE = np.zeros(64, np.bool_)
_DENSE[list(DENSE_SCRIPTS)] = True

_JOINS = np.zeros(len(Kind), np.bool_)
_JOINS[[Kind.MARKUP, Kind.DASH, Kind.STOP]] = True
