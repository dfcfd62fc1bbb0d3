"""Worker processes, each with the model loaded once."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from spamguard.errors import SpamguardError
from spamguard.guard import LOT_CHARACTERS, SpamGuard, batches
from spamguard.result import Result, Span

Unit = TypeVar("Unit")
AHEAD = 2  # units handed out before the first is asked back: the workers have work while the results are written

_guard: SpamGuard  # of a worker process


class Pool(AbstractContextManager["Pool"]):
    """Cleans units of texts, in order.

    Parameters
    ----------
    guard : SpamGuard
    workers : int
        Processes; 1 works in this one, -1 takes all cores.
    """

    def __init__(self, guard: SpamGuard, workers: int) -> None:
        self._guard = guard
        count = (os.cpu_count() or 1) if workers == -1 else workers
        if count < 1:
            raise ValueError(f"workers: wanted a positive number, or -1 for all cores, got {workers}")
        self._pool: ProcessPoolExecutor | None = None
        if count > 1:
            self._pool = ProcessPoolExecutor(
                count,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_start,
                initargs=(guard,),
            )

    def __exit__(self, *_: object) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def clean(self, units: Iterable[Unit], texts_of: Callable[[Unit], Sequence[str]]) -> Iterator[tuple[Unit, list[Result]]]:
        """Each unit with the results of its texts, in order.

        Raises
        ------
        SpamguardError
            If a worker died.
        """
        if self._pool is None:
            for unit in units:
                yield unit, self._guard.clean_many(texts_of(unit))
            return
        waiting: deque[tuple[Unit, Sequence[str], list[Future[Any]]]] = deque()
        try:
            for unit in units:
                texts = texts_of(unit)
                lots = batches(texts, most=LOT_CHARACTERS)
                waiting.append((unit, texts, [self._pool.submit(_spans, lot) for lot in lots]))
                if len(waiting) > AHEAD:
                    yield _collect(*waiting.popleft())
            while waiting:
                yield _collect(*waiting.popleft())
        except BrokenProcessPool:
            raise SpamguardError(
                "a worker process died, perhaps for want of memory; what was finished is kept: go on with --resume and"
                " fewer --workers"
            ) from None


def _collect(unit: Unit, texts: Sequence[str], futures: Sequence[Future[Any]]) -> tuple[Unit, list[Result]]:
    spans = (of_text for future in futures for of_text in future.result())
    return unit, [Result(text, of_text) for text, of_text in zip(texts, spans, strict=True)]


def _start(guard: SpamGuard) -> None:
    global _guard
    _guard = guard
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _spans(texts: list[str]) -> list[tuple[Span, ...]]:
    return [result.spans for result in _guard.clean_many(texts)]
