"""The fast passes over whole arrays give what plain loops give."""

from __future__ import annotations

import numpy as np
import pytest

from spamguard.batch import Batch
from spamguard.classify import load
from spamguard.features import Text, View
from spamguard.features.lanes import PIECE, counts, look_up_sums, pack, pieces
from spamguard.features.learned import FINE_UNIT
from spamguard.features.ngrams import window_extremes
from spamguard.features.words import find_words
from spamguard.hosts import find
from spamguard.scorer import ROWS
from spamguard.segment import richest_stretches, segment


def stretches(rng: np.random.Generator, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Stretches in order, some empty, some touching, some longer than a piece."""
    edges = np.sort(rng.integers(0, size - 1, 40))
    edges[10:12] = edges[10]
    return edges[::2], edges[1::2]


@pytest.mark.parametrize("seed", range(5))
def test_packed_sums_are_sums(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = 40 * PIECE
    start, end = stretches(rng, size)
    table = rng.integers(-128, 128, (64, 7)).astype(np.int8)
    row = rng.integers(0, 64, size)
    table[:, 0], table[:, 1] = 127, -128
    found = look_up_sums(pack(table), row, pieces(start, end), 7)
    assert (found == [table[row[a:b]].sum(axis=0, dtype=int) for a, b in zip(start, end, strict=True)]).all()
    classes = rng.integers(0, 20, size).astype(np.uint8)
    classes[: size // 2] = 3
    tallied = counts(classes, 21, pieces(start, end))
    assert (tallied == [np.bincount(classes[a:b], minlength=21) for a, b in zip(start, end, strict=True)]).all()


@pytest.mark.parametrize("seed", range(5))
def test_richest_stretches_are_the_richest(seed: int) -> None:
    rng = np.random.default_rng(seed)
    evidence = rng.integers(-9, 9, 3000).astype(np.int32)
    start, end = stretches(rng, 3000)
    start, end = start[end > start], end[end > start]
    price = seed // 2
    begin, stop, gain = richest_stretches(evidence, price, start, end)
    priced = evidence - price
    for a, b, first, last, sum_ in zip(start, end, begin, stop, gain, strict=True):
        best = max(priced[i:j].sum() for i in range(a, b) for j in range(i, b + 1))
        assert a <= first <= last <= b
        assert sum_ == priced[first:last].sum() == best


def test_window_extremes_are_extremes(contaminated: str) -> None:
    batch = Batch.of([contaminated, "", "win", contaminated[:90]])
    text = Text(batch, find(batch), load().learned)
    view = View(text, segment(batch, text.hosts))
    (highest,), lowest = window_extremes(view, (24,), 48)
    for number, (a, b) in enumerate(zip(view.start, view.end, strict=True)):
        last = number + 1 == len(view.start) or view.start[number + 1] > b  # nothing follows in its document
        nothing = [0] if last else []
        sums = [text.evidence[i : min(i + 24, b)].sum() for i in range(a, b)]
        assert highest[number] == FINE_UNIT * max(sums + nothing)
        sums = [text.evidence[i : min(i + 48, b)].sum() for i in range(a, b)]
        assert lowest[number] == FINE_UNIT * min(sums + nothing)


def test_a_word_has_one_hash_wherever_it_stands() -> None:
    batch = Batch.of(["slot gacor, slot", "gacor slots"])
    words = find_words(batch.folded, batch.folded_kind)
    first, second, third, fourth, fifth = words.hashed.tolist()
    assert (first, second) == (third, fourth)
    assert len({first, second, fifth}) == 3


def test_trees_are_walked_right() -> None:
    trees = load().segments.trees
    columns = np.random.default_rng(0).normal(0, 3, (50, int(trees.column.max()) + 1)).astype(np.float32)
    leaves = trees.leaves(columns)
    for tree in range(0, len(trees.column), 17):
        for row in range(0, len(columns), 7):
            node = 0
            for _ in range(trees.depth):
                node = 2 * node + 1 + int(columns[row, trees.column[tree, node]] > trees.limit[tree, node])
            assert leaves[tree, row] == node - trees.column.shape[1]


def test_a_row_scores_the_same_among_many_and_alone() -> None:
    scorer = load().segments
    columns = np.random.default_rng(0).normal(0, 3, (2 * ROWS + 7, len(scorer.nets.centre))).astype(np.float32)
    many = scorer.score(columns)
    for row in (0, ROWS - 1, ROWS, 2 * ROWS, 2 * ROWS + 6):
        assert scorer.score(columns[row : row + 1]) == many[row]
