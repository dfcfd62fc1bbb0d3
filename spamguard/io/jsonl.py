"""JSON lines. A cleaned row is the row as it stood, less the cut stretch of one string, plus the report at its end."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import IO, Any

from spamguard.errors import DataError
from spamguard.io.lines import Line, lines
from spamguard.io.rows import REPORT, Edit, Row, TextFormat, about, field, text_of, too_long
from spamguard.result import Result

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\r\n]*")
# A pair of surrogate escapes is one code point, as for the decoder.
_ESCAPE = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.")
_BOM = "\ufeff"


class JsonLines(TextFormat):
    """Reads and edits JSON lines."""

    def rows(self, stream: IO[bytes]) -> Iterator[Row]:
        """Every line of the stream, blank ones included."""
        number = 0
        for line in lines(stream):
            number += line.first
            yield self._row(number, line)

    def edits(self, row: Row, result: Result | None) -> list[Edit]:
        """What turns the row into its cleaned form."""
        if result is None:
            return []
        line = row.raw.decode("utf-8")
        made = self._cuts(line, result) if result.spans else []
        if self.report:
            close = line.rindex("}")
            added = f', "{REPORT}": {dump(result.to_dict())}'
            made.append(Edit(len(line[:close].encode()), len(line[:close].encode()), added.encode()))
        return made

    def _row(self, number: int, line: Line) -> Row:
        if not line.whole:
            return Row(number, line.raw, problem=too_long(len(line.raw)), continued=not line.first)
        if not line.raw.strip():
            return Row(number, line.raw, document=False)
        try:
            content = parse(line.raw, number)
            text = text_of(content, self.fields.text)
            parent = self.fields.text.rpartition(".")[0]
            facts = about(content, field(content, parent) if parent else None)
            name = None if self.fields.id is None else field(content, self.fields.id)
            earlier = self._earlier(content)
        except (ValueError, DataError, RecursionError) as error:
            return Row(number, line.raw, problem=str(error) or type(error).__name__)
        return Row(number, line.raw, None if earlier else text, None if name is None else str(name), *facts, earlier=earlier)

    def _earlier(self, content: dict[str, Any]) -> bool:
        """Whether the row carries a report of ours."""
        report = content.get(REPORT)
        if isinstance(report, dict) and "verdict" in report:
            return True
        if REPORT in content and self.report:
            raise DataError(f"the row has a field {REPORT!r} of its own: rename it, or use --report-beside")
        return False

    def _cuts(self, line: str, result: Result) -> list[Edit]:
        start = _literal(line, self.fields.text.split("."))
        edges = [edge for span in result.spans for edge in (span.start, span.end)]
        places = [start + 1 + place for place in in_literal(line[start + 1 : scanstring(line, start + 1)[1] - 1], edges)]
        made, at, byte = [], 0, 0
        for span, a, b in zip(result.spans, places[::2], places[1::2], strict=True):
            first = byte + len(line[at:a].encode())
            at, byte = b, first + len(line[a:b].encode())
            made.append(Edit(first, byte, span=span))
        return made


def parse(raw: bytes, number: int) -> dict[str, Any]:
    """One line as an object.

    Raises
    ------
    DataError, ValueError, RecursionError
        If it is no JSON object in UTF-8, or holds a number that would not survive being written.
    """
    try:
        line = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"not UTF-8 ({error}): convert the row, for example with iconv") from None
    if number == 1:
        line = line.removeprefix(_BOM)
    content = json.loads(line, parse_constant=_refuse, parse_float=_finite)
    if not isinstance(content, dict):
        raise DataError(f"the line holds {type(content).__name__}, wanted a JSON object a line")
    return content


def dump(content: Any) -> str:
    """JSON that can always be written as UTF-8: a lone surrogate stays an escape."""
    text = json.dumps(content, ensure_ascii=False)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(content)
    return text


def in_literal(literal: str, offsets: Sequence[int]) -> list[int]:
    """Where code points of a string stand in its JSON spelling.

    >>> in_literal(r"caf\\u00e9 \\ud83d\\ude00!", [3, 4, 5, 6])
    [3, 9, 10, 22]

    Parameters
    ----------
    literal : str
        The spelling, without its quotation marks.
    offsets : sequence of int
        Code points, ascending.

    Returns
    -------
    list of int
        Characters of `literal`.
    """
    places = []
    ahead = 0  # characters of the spelling less code points, up to the last escape
    wanted = iter(offsets)
    offset = next(wanted, None)
    for escape in _ESCAPE.finditer(literal):
        while offset is not None and offset + ahead <= escape.start():
            places.append(offset + ahead)
            offset = next(wanted, None)
        ahead += escape.end() - escape.start() - 1
    while offset is not None:
        places.append(offset + ahead)
        offset = next(wanted, None)
    return places


def _literal(line: str, path: Sequence[str]) -> int:
    """Where the string under a path of keys opens; of a key that stands twice, the last counts, as for the decoder."""
    at = _skip(line, 1 if line.startswith(_BOM) else 0)
    for key in path:
        found, at = -1, _skip(line, at + 1)
        while line[at] != "}":
            name, at = scanstring(line, at + 1)
            at = _skip(line, _skip(line, at) + 1)
            if name == key:
                found = at
            at = _skip(line, _DECODER.raw_decode(line, at)[1])
            if line[at] == ",":
                at = _skip(line, at + 1)
        at = found
    return at


def _skip(line: str, at: int) -> int:
    space = _SPACE.match(line, at)
    return space.end() if space else at


def _refuse(name: str) -> Any:
    raise DataError(f"{name} is not JSON: replace it by null")


def _finite(number: str) -> float:
    value = float(number)
    if value in (float("inf"), float("-inf")):
        raise DataError(f"the number {number} is too large to be kept: write it as a string")
    return value
