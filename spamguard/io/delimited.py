"""CSV and TSV. A cleaned row is the row as it stood, less the cut stretch of one cell, plus a cell with the report.

The `csv` module decides what a record is; a record that it refuses, or that has more or fewer cells than the header, is
given back line by line, so that a stray quotation mark costs the line it stands in and not the rest of the file.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import deque
from collections.abc import Iterator, Sequence
from typing import IO

from spamguard.errors import DataError
from spamguard.io.jsonl import dump
from spamguard.io.lines import Line, lines
from spamguard.io.rows import LONGEST_ROW, REPORT, Edit, Fields, Row, TextFormat, about, too_long
from spamguard.result import Result

_BOM = "\ufeff"
_CELL = {mark: re.compile(rf'"(?:[^"]|"")*"|[^{re.escape(mark)}\r\n]*') for mark in ",;\t|"}
_DOUBLED = re.compile('""')


class Delimited(TextFormat):
    """Reads and edits CSV; the delimiter is the first of `delimiters` under which the header has the text field.

    The report is JSON in a last column.
    """

    delimiters = ",;\t|"

    def __init__(self, fields: Fields, report: bool) -> None:
        super().__init__(fields, report)
        self.header: list[str] = []
        self.delimiter = self.delimiters[0]
        csv.field_size_limit(2 * LONGEST_ROW)  # the rows are bounded here, and by less memory than the module's own limit

    def rows(self, stream: IO[bytes]) -> Iterator[Row]:
        """Every record of the stream, the header first.

        Raises
        ------
        DataError
            If the header cannot be read or lacks the text field; nothing was yielded then.
        """
        source = _Pushable(lines(stream))
        top = source.next()
        if source.broken:
            raise source.broken
        if top is None:
            return
        yield self._read_header(top, source)
        number = 1
        while (line := source.next()) is not None:
            number += line.first
            yield self._record(number, line, source)
        if source.broken:
            raise source.broken

    def edits(self, row: Row, result: Result | None) -> list[Edit]:
        """What turns the record into its cleaned form: cuts in its text, and the cell with its report."""
        line = row.raw.decode("utf-8")
        made = self._cuts(line, result) if result and result.spans else []
        if not self.report or REPORT in self.header or row.problem or not line.strip("\r\n"):
            return made
        cell = REPORT if row.number == 1 else dump(result.to_dict()) if result else ""
        end = len(line.rstrip("\r\n").encode())
        made.append(Edit(end, end, (self.delimiter + (quoted(cell) if cell not in ("", REPORT) else cell)).encode()))
        return made

    def _read_header(self, line: Line, source: _Pushable) -> Row:
        try:
            text = line.raw.decode("utf-8").removeprefix(_BOM)
        except UnicodeDecodeError as error:
            raise DataError(f"the header is not UTF-8 ({error}): convert the file, for example with iconv") from None
        refused = ""
        for mark in self.delimiters:
            self.delimiter = mark
            try:
                self.header, taken = self._parse(text, source)
            except csv.Error as error:
                refused = f" ({error})"
                continue
            if self.fields.text in self.header and self.fields.id in (None, *self.header):
                break
            source.give_back(taken)
        else:
            raise DataError(
                f"no column {' and '.join(filter(None, (self.fields.text, self.fields.id)))} in the header"
                f" {text.strip()!r:.200}{refused}: name the columns with --field and --id-field"
            )
        repeated = sorted({name for name in self.header if self.header.count(name) > 1})
        if repeated:
            raise DataError(f"the header has {repeated} more than once: rename the columns")
        return Row(1, b"".join((line.raw, *(more.raw for more in taken))), document=False)

    def _record(self, number: int, line: Line, source: _Pushable) -> Row:
        if not line.whole:
            return Row(number, line.raw, problem=too_long(len(line.raw)), continued=not line.first)
        if not line.raw.strip(b"\r\n"):
            return Row(number, line.raw, document=False)
        try:
            text = line.raw.decode("utf-8")
        except UnicodeDecodeError as error:
            return Row(number, line.raw, problem=f"not UTF-8 ({error}): convert the row, for example with iconv")
        try:
            cells, taken = self._parse(text, source)
        except (csv.Error, UnicodeDecodeError) as error:
            return Row(number, line.raw, problem=f"{error}: mend the quotation marks; a quotation mark in a cell is doubled")
        if len(cells) != len(self.header):
            source.give_back(taken)
            problem = f"{len(cells)} cells, the header has {len(self.header)}: mend the quotation marks and delimiters"
            return Row(number, line.raw, problem=problem)
        raw = b"".join((line.raw, *(more.raw for more in taken)))
        content = dict(zip(self.header, cells, strict=True))
        try:
            if self._earlier(content):
                return Row(number, raw, earlier=True)
        except DataError as error:
            return Row(number, raw, problem=str(error))
        name = None if self.fields.id is None else content[self.fields.id]
        return Row(number, raw, content[self.fields.text], name, *about(content))

    def _parse(self, text: str, source: _Pushable) -> tuple[list[str], list[Line]]:
        """The cells of the record that opens with a line, and the further lines it takes.

        Raises
        ------
        csv.Error, UnicodeDecodeError
            If it is no record; the further lines have been given back.
        """
        taken: list[Line] = []

        def feed() -> Iterator[str]:
            yield text
            size = len(text)
            while (line := source.next()) is not None:
                taken.append(line)
                size += len(line.raw)
                if not line.whole or size > LONGEST_ROW:
                    raise csv.Error("a quotation mark opens a cell that does not end")
                yield line.raw.decode("utf-8")

        try:
            return next(csv.reader(feed(), delimiter=self.delimiter, strict=True)), taken
        except (csv.Error, UnicodeDecodeError):
            source.give_back(taken)
            raise

    def _cuts(self, line: str, result: Result) -> list[Edit]:
        """The cuts, at their places in the cell; the whole cell anew where what is left would read otherwise."""
        start, end = self._cell(line)
        places = _in_cell(line[start:end], [edge for span in result.spans for edge in (span.start, span.end)])
        made = []
        for span, a, b in zip(result.spans, places[::2], places[1::2], strict=True):
            made.append(Edit(len(line[: start + a].encode()), len(line[: start + b].encode()), span=span))
        left = "".join(line[a:b] for a, b in zip((start, *(start + p for p in places[1::2])),
                                                 (*(start + p for p in places[::2]), end), strict=True))  # fmt: skip
        if self._reads(left, result.text):
            return made
        return [Edit(len(line[:start].encode()), len(line[:end].encode()), quoted(result.text).encode())]

    def _reads(self, cell: str, wanted: str) -> bool:
        try:
            return next(csv.reader(io.StringIO(cell, newline=""), delimiter=self.delimiter, strict=True), None) == [wanted]
        except csv.Error:
            return False

    def _cell(self, line: str) -> tuple[int, int]:
        """Where the cell of the text stands in its record."""
        pattern = _CELL[self.delimiter]
        at = 0
        for _ in range(self.header.index(self.fields.text)):
            at = pattern.match(line, at).end() + 1  # type: ignore[union-attr]  # the empty cell matches too
        return at, pattern.match(line, at).end()  # type: ignore[union-attr]

    def _earlier(self, content: dict[str, str]) -> bool:
        """Whether the record carries a report of ours."""
        if REPORT not in content or not content[REPORT]:
            return False
        try:
            report = json.loads(content[REPORT])
        except ValueError:
            report = None
        if isinstance(report, dict) and "verdict" in report:
            return True
        if self.report:
            raise DataError(f"there is a column {REPORT!r} that is not of spamguard: rename it, or use --report-beside")
        return False


class TabDelimited(Delimited):
    """The same for TSV: with one column, only the name of the file tells that commas part nothing."""

    delimiters = "\t,;|"


def quoted(cell: str) -> str:
    """A cell in quotation marks.

    >>> print(quoted('say "b" twice'))
    "say ""b"" twice"
    """
    return '"' + cell.replace('"', '""') + '"'


def _in_cell(cell: str, offsets: Sequence[int]) -> list[int]:
    """Where code points of a value stand in the spelling of its cell: a quotation mark inside is doubled."""
    if not cell.startswith('"'):
        return list(offsets)
    doubled = [match.start() - 1 - place for place, match in enumerate(_DOUBLED.finditer(cell, 1, len(cell) - 1))]
    places = []
    passed = 0
    for offset in offsets:
        while passed < len(doubled) and doubled[passed] < offset:
            passed += 1
        places.append(1 + offset + passed)
    return places


class _Pushable:
    """Lines, some of which come back; `broken` tells why they end early."""

    def __init__(self, source: Iterator[Line]) -> None:
        self._source = source
        self._back: deque[Line] = deque()
        self.broken: DataError | None = None

    def next(self) -> Line | None:
        """The next line; None at the end."""
        if self._back:
            return self._back.popleft()
        try:
            return next(self._source, None)
        except DataError as error:
            self.broken = error
            return None

    def give_back(self, taken: Sequence[Line]) -> None:
        """Let the lines come again, in their order."""
        self._back.extendleft(reversed(taken))
