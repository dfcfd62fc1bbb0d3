"""Cleans a JSON-lines stream row by row, in batches, without losing a row.

Rows are read and written one batch at a time, so memory is bounded by the batch. A row that is broken or lacks the
field is reported with file and row number and kept in the errors file, as it was; the rest is cleaned.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from spamguard.errors import DataError
from spamguard.guard import BATCH_CHARACTERS, SpamGuard

REPORT = "spamguard"
"""Field that the report of each row is written to."""


@dataclass
class Tally:
    """What happened to the rows of one run."""

    verdicts: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    errors: int = 0
    characters_cut: int = 0

    def __str__(self) -> str:
        verdicts = ", ".join(f"{count} {verdict}" for verdict, count in self.verdicts.most_common()) or "no rows"
        labels = ", ".join(f"{label} {count}" for label, count in self.labels.most_common())
        cut = f"; {self.characters_cut} characters cut" + (f" ({labels})" if labels else "")
        return verdicts + cut + (f"; {self.errors} rows in error" if self.errors else "")


@dataclass(frozen=True)
class _Row:
    """One line of the file; `text` is None where the line is handed on as it is."""

    line: str
    content: dict[str, Any] | None
    text: str | None


def clean_jsonl(
    lines: Iterable[bytes],
    output: IO[str],
    errors: IO[str],
    guard: SpamGuard,
    *,
    name: str,
    text_field: str = "text",
    n_jobs: int = 1,
) -> Tally:
    """Clean one field of every row.

    Parameters
    ----------
    lines : iterable of bytes
        The file, line by line.
    output, errors : text streams
        Cleaned rows with a ``spamguard`` report added; rows in error with file, row number and reason.
    guard : SpamGuard
    name : str
        Of the input, for error messages.
    text_field : str, default ``"text"``
        Field to clean; a dot goes into nested objects. A missing value (null) passes through.
    n_jobs : int, default 1

    Returns
    -------
    Tally
    """
    tally = Tally()
    for rows in _batches(_read(lines, errors, tally, name, text_field)):
        results = iter(guard.clean_many([row.text for row in rows if row.text is not None], n_jobs=n_jobs))
        for row in rows:
            if row.text is None or row.content is None:
                output.write(row.line + "\n")
                tally.verdicts["missing"] += 1
                continue
            result = next(results)
            tally.verdicts[result.verdict] += 1
            for span in result.spans:
                tally.labels[span.label] += 1
                tally.characters_cut += span.end - span.start
            _put(row.content, text_field, result.text)
            row.content[REPORT] = result.to_dict()
            output.write(_dump(row.content) + "\n")
    return tally


def _dump(content: dict[str, Any]) -> str:
    """JSON that can always be written as UTF-8: a lone surrogate stays an escape."""
    text = json.dumps(content, ensure_ascii=False)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(content)
    return text


def _read(lines: Iterable[bytes], errors: IO[str], tally: Tally, name: str, text_field: str) -> Iterator[_Row]:
    for number, raw in enumerate(lines, 1):
        if not raw.strip():
            continue
        try:
            line = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
            content = json.loads(line, parse_constant=_refuse, parse_float=_finite)
            text = _get(content, text_field)
        except (ValueError, DataError, RecursionError) as error:
            tally.errors += 1
            problem = {
                "file": name,
                "row": number,
                "reason": str(error) or type(error).__name__,
                "line": raw.decode("utf-8", "backslashreplace").rstrip("\r\n"),
            }
            errors.write(_dump(problem) + "\n")
            continue
        yield _Row(line, content, text)


def _refuse(name: str) -> Any:
    raise DataError(f"{name} is not JSON")


def _finite(number: str) -> float:
    value = float(number)
    if value in (float("inf"), float("-inf")):
        raise DataError(f"the number {number} is too large to be kept")
    return value


def _get(content: Any, text_field: str) -> str | None:
    value = content
    for part in text_field.split("."):
        if not isinstance(value, dict) or part not in value:
            known = f"; it has {sorted(map(str, value))}" if isinstance(value, dict) else ""
            raise DataError(f"no field {text_field!r}{known}: name the field with --field")
        value = value[part]
    if value is not None and not isinstance(value, str):
        raise DataError(f"field {text_field!r} holds {type(value).__name__}, wanted a string or null")
    return value


def _put(content: dict[str, Any], text_field: str, text: str) -> None:
    *parents, last = text_field.split(".")
    for part in parents:
        content = content[part]
    content[last] = text


def _batches(rows: Iterable[_Row]) -> Iterator[list[_Row]]:
    batch: list[_Row] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += len(row.line)
        if size > 4 * BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
