"""What holds for any text at all."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spamguard import SpamGuard, features
from spamguard.batch import Batch
from spamguard.hosts import find
from spamguard.segment import segment

SPAMMY = st.sampled_from(
    ["slot gacor hari ini ", "zalbetgiris.comvolkabahis.org", "Deneme Bonusu", "buy viagra online www.rx-velumed.shop ",
     "\u200b", "ѕⅼоt", "𝓼𝓵𝓸𝓽 ", "s l o t ", "&#115;lot", "微信 jinz11 ", "คาสิโนออนไลน์ ", "Leave a Reply\n",
     "e\u0301", "\x00", "\ud800"]
)  # fmt: skip
ANY = st.text(alphabet=st.characters(exclude_categories=()), max_size=300)
TEXTS = st.lists(st.one_of(ANY, SPAMMY, st.sampled_from([". ", "\n\n", " "])), max_size=14).map("".join)
CALM = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@CALM
@given(TEXTS)
def test_kept_and_cut_add_up_to_the_original(guard: SpamGuard, text: str) -> None:
    result = guard.clean(text)
    assert result.restore() == text
    assert result.text == "".join(result.kept)
    edges = [0, *(edge for span in result.spans for edge in (span.start, span.end)), len(text)]
    assert edges == sorted(edges)
    assert all(span.start < span.end for span in result.spans)
    assert (result.verdict == "clean") == (not result.spans)
    assert (result.verdict == "spam") == (bool(result.spans) and not result.text.strip())


@CALM
@given(st.lists(TEXTS, max_size=6))
def test_a_batch_gives_what_each_text_gives(guard: SpamGuard, texts: list[str]) -> None:
    assert guard.clean_many(texts) == [guard.clean(text) for text in texts]


@CALM
@given(st.lists(TEXTS, max_size=5))
def test_segments_tile_their_documents(texts: list[str]) -> None:
    batch = Batch.of(texts)
    segments = segment(batch, find(batch))
    for number, text in enumerate(texts):
        mine = segments.doc == number
        starts, ends = segments.start[mine] - batch.doc_start[number], segments.end[mine] - batch.doc_start[number]
        assert "".join(text[a:b] for a, b in zip(starts, ends, strict=True)) == text
        assert (starts[1:] == ends[:-1]).all()
        assert (ends > starts).all()


@CALM
@given(TEXTS)
def test_features_are_finite(guard: SpamGuard, text: str) -> None:
    table = features.extract(guard._view([text]))
    assert np.isfinite(table).all()


@CALM
@given(TEXTS)
def test_folded_characters_know_where_they_stood(text: str) -> None:
    batch = Batch.of([text])
    at = batch.to_original(np.arange(len(batch.folded)))
    assert (np.diff(at) > 0).all()
    assert (batch.to_folded(at) == np.arange(len(batch.folded))).all()
