"""Where the time of cleaning goes: the functions of each stage are timed, each without the stages it calls."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from spamguard import SpamGuard, sieve, trim
from spamguard.batch import Batch
from spamguard.features import Text, View, context, domains, keywords, languages, ngrams, shape, view
from spamguard.nets import Nets
from spamguard.sieve import Sieve
from spamguard.trees import Trees

REST = "results, and what is in no other row"
STAGES: dict[str, list[tuple[Any, str]]] = {
    "batch: code points, disguises": [(Batch, "of")],
    "hosts": [(view, "find"), (Text, "plain")],
    "hashes": [(Text, "symbols"), (Text, "hashes")],
    "evidence of n-grams": [(Text, "evidence"), (Text, "evidence_sums")],
    "sieve: blocks": [(sieve, "describe"), (Sieve, "score")],
    "segment": [(view, "segment"), (view, "split_at_evidence")],
    "terms of the lexicon": [(Text, "matches"), (Text, "evidence_with_terms")],
    "words": [(Text, "words")],
    "family domains": [(domains, "extract")],
    "family languages": [(languages, "extract"), (View, "language_points"), (View, "script_counts")],
    "family keywords": [(keywords, "extract")],
    "family shape": [(shape, "extract"), (View, "kind_counts")],
    "family ngrams": [(ngrams, "extract"), (Text, "stub")],
    "family context": [(context, "extract"), (Text, "groups"), (Text, "once")],
    "trees": [(Trees, "score")],
    "networks": [(Nets, "score")],
    "decode": [(trim, "decode")],
    "judging suspects": [(SpamGuard, "_judge")],
}
PASS = ("batch: code points, disguises", "hashes", "evidence of n-grams")
"""What is left if nothing but the evidence of n-grams is taken."""


class Watch:
    """Time of each stage without that of the stages inside it."""

    def __init__(self, clock: Callable[[], float] = time.process_time) -> None:
        self.spent: Counter[str] = Counter()
        self._clock = clock
        self._stage = REST
        self._since = clock()

    def _switch(self, stage: str) -> str:
        now = self._clock()
        self.spent[self._stage] += now - self._since
        before, self._stage, self._since = self._stage, stage, now
        return before

    def timed(self, stage: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """`work`, its time put down to `stage`; what it yields is made at once."""

        def watched(*given: Any, **named: Any) -> Any:
            outer = self._switch(stage)
            try:
                found = work(*given, **named)
                return list(found) if isinstance(found, Iterator) else found
            finally:
                self._switch(outer)

        return watched


@contextmanager
def watching() -> Iterator[Watch]:
    """Put a watch on all stages, and take it off."""
    watch = Watch()
    kept = []
    for stage, places in STAGES.items():
        for owner, name in places:
            was = vars(owner)[name]
            holder, field = (was, "func") if isinstance(was, cached_property) else (owner, name)
            kept.append((holder, field, was.func if holder is was else was))
            work = watch.timed(stage, was.func if holder is was else was.__func__ if isinstance(was, classmethod) else was)
            setattr(holder, field, classmethod(work) if isinstance(was, classmethod) else work)
    try:
        yield watch
    finally:
        for holder, field, work in kept:
            setattr(holder, field, work)


def stages(guard: SpamGuard, texts: Sequence[str]) -> dict[str, Any]:
    """Share of each stage in per cent, and how many times as fast cleaning would be if only `PASS` remained."""
    guard.clean_many(texts)
    with watching() as watch:
        guard.clean_many(texts)
    whole = watch.spent.total()
    shares = {stage: 100 * watch.spent[stage] / whole for stage in (*STAGES, REST)}
    return {"per cent": shares, "bound": 100 / sum(shares[stage] for stage in PASS)}
