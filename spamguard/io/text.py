"""Plain text: a file is one document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from spamguard.io.compression import Blocks
from spamguard.io.rows import LONGEST_ROW, Edit, Row, TextFormat, too_long
from spamguard.result import Result


class PlainText(TextFormat):
    """Reads and edits a text file. It has no place for a report: ask for one beside it."""

    def rows(self, stream: IO[bytes]) -> Iterator[Row]:
        """The one document, in pieces only when it is too long to be cleaned."""
        held: list[bytes] = []
        size = 0
        long = False
        source = Blocks(stream)
        for block in source:
            held.append(block)
            size += len(block)
            if size > (0 if long else LONGEST_ROW):
                yield Row(1, b"".join(held), problem=too_long(size), continued=long)
                held, size, long = [], 0, True
        if long:
            if held:
                yield Row(1, b"".join(held), problem=too_long(size), continued=True)
        else:
            yield self._document(b"".join(held))
        if source.broken:
            raise source.broken

    def edits(self, row: Row, result: Result | None) -> list[Edit]:
        """The cuts."""
        if result is None:
            return []
        made = []
        byte = 0
        for kept, cut, span in zip(result.kept, result.removed, result.spans, strict=False):  # one more is kept
            start = byte + len(kept.encode())
            byte = start + len(cut.encode())
            made.append(Edit(start, byte, span=span))
        return made

    def _document(self, raw: bytes) -> Row:
        try:
            return Row(1, raw, raw.decode("utf-8"))
        except UnicodeDecodeError as error:
            return Row(1, raw, problem=f"not UTF-8 ({error}): convert it first, for example with iconv")
