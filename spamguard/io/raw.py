"""Raw pages: HTML files, and archives of them (WARC), or of their texts (WET).

A page cannot be written back with a stretch of its text cut out, so pages are read as JSON lines with ``id``, ``url``,
``date`` and ``text``; from there on they are what `jsonl` reads, and `restore` gives back these lines, not the page.

warcio reads the archives: of 20 records of hostile ones (``python -m tests.bench.pages``) it reads 18, all but those in
Brotli, which is undone here; fastwarc reads 14. It is ten times as fast, of what is a twentieth of the time.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import IO, Any

from spamguard.errors import DataError
from spamguard.io import pages
from spamguard.io.compression import BLOCK, Blocks
from spamguard.io.jsonl import JsonLines, dump
from spamguard.io.pages import LONGEST_PAGE, Page, extract, library
from spamguard.io.rows import LONGEST_ROW, Fields, Row, host, too_long

HTML_TYPES = ("text/html", "application/xhtml+xml")
ENCODINGS = ("identity", "gzip", "deflate", "br")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]+)""", re.I)


class RawPages(JsonLines):
    """What reads pages and writes them as JSON lines."""

    def __init__(self, fields: Fields, report: bool) -> None:
        super().__init__(Fields("text", "id"), report)

    def page(
        self,
        number: int,
        read: Callable[[], Page],
        *,
        name: str | None = None,
        url: str | None = None,
        date: str | None = None,
    ) -> Row:
        """The row of a page, or of the problem that `read` has with it."""
        problem = None
        try:
            page: Page | None = read()
        except DataError as error:
            page, problem = None, str(error)
        if page:
            url, date = url or page.url, date or page.date
        content = {"id": name, "url": url, "date": date, "text": page.text if page else None}
        return Row(
            number,
            (dump(content) + "\n").encode(),
            page.text if page else None,
            name,
            page.language if page else None,
            host(url) if url else None,
            problem,
            hidden=page.hidden if page else None,
        )


class Html(RawPages):
    """A file is one page; it has no id, its output has its name."""

    def rows(self, stream: IO[bytes]) -> Iterator[Row]:
        """The one page."""
        held: list[bytes] = []
        size = 0
        source = Blocks(stream)
        for block in source:
            size += len(block)
            if size <= LONGEST_PAGE:
                held.append(block)

        def read() -> Page:
            if size > LONGEST_PAGE:
                raise DataError(pages.too_long(size))
            return extract(b"".join(held))

        yield self.page(1, read)
        if source.broken:
            raise source.broken


class Archive(RawPages):
    """A record is a row: a response with HTML is a page, a conversion (WET) a text; the others pass by."""

    def rows(self, stream: IO[bytes]) -> Iterator[Row]:
        """Every record.

        Raises
        ------
        DataError
            If the archive is cut short or damaged; the records before that place have been yielded.
        """
        warc = library("warcio.archiveiterator")
        source = _Readable(stream)
        cut = DataError("the archive is cut short: fetch it again; the records before that place were cleaned")
        try:
            for number, record in enumerate(warc.ArchiveIterator(source), 1):
                row = self._record(number, record)
                while record.raw_stream.read(BLOCK):
                    pass
                if _left(record):
                    raise source.broken or cut
                yield row
        except warc.ArchiveLoadFailed as error:
            damaged = f"no record of a WARC file ({str(error).strip():.100}): fetch it again; those before it were cleaned"
            raise source.broken or DataError(damaged) from None
        if source.broken or source.unended:
            raise source.broken or cut

    def _record(self, number: int, record: Any) -> Row:
        header = record.rec_headers.get_header
        facts = {"name": header("WARC-Record-ID"), "url": header("WARC-Target-URI"), "date": header("WARC-Date")}
        if record.rec_type == "conversion":
            return replace(self.page(number, lambda: Page(_text(record.raw_stream)), **facts), hidden=None)
        kind = (record.http_headers and record.http_headers.get_header("Content-Type")) or ""
        if record.rec_type != "response" or not kind.lower().startswith(HTML_TYPES) or not _left(record):
            return Row(number, b"", other=True)
        charset = _CHARSET.search(kind)
        return self.page(number, lambda: extract(_body(record), facts["url"], charset[1] if charset else None), **facts)


class _Readable:
    """The blocks of a stream for a library that reads; where they break off, it ends.

    Attributes
    ----------
    unended : bool
        It does not end as an archive does, with the empty lines after a record.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._source = Blocks(stream)
        self._blocks = iter(self._source)
        self._block = io.BytesIO()
        self._tail = b""

    @property
    def broken(self) -> DataError | None:
        """Why the stream breaks off."""
        return self._source.broken

    @property
    def unended(self) -> bool:
        return bool(self._tail) and not self._tail.endswith((b"\r\n\r\n", b"\n\n"))

    def read(self, size: int = -1) -> bytes:
        """At most so many bytes; none at the end."""
        if not (data := self._block.read(size)):
            block = next(self._blocks, b"")
            self._block = io.BytesIO(block)
            self._tail = (self._tail + block[-4:])[-4:]
            data = self._block.read(size)
        return data


def _left(record: Any) -> int:
    """Bytes that a record says it has and that were not read yet; some, if its header is cut off before it says so."""
    return getattr(record.raw_stream, "limit", 1)


def _text(stream: Any) -> str:
    raw = _upto(iter(partial(stream.read, BLOCK), b""), LONGEST_ROW)
    if len(raw) > LONGEST_ROW:
        raise DataError(too_long(len(raw)))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"not UTF-8 ({error}): make the archive of texts again") from None


def _body(record: Any) -> bytes:
    """The body of a response, decoded; no more of it than shows that it is too long."""
    brotli = library("brotli")
    encoding = (record.http_headers.get_header("Content-Encoding") or "identity").strip().lower()
    if encoding not in ENCODINGS:
        raise DataError(f"the body is encoded as {encoding!r:.50}, known are {', '.join(ENCODINGS)}: fetch the page again")
    if encoding == "br":  # warcio's own way does not go with the library as it is now
        record.http_headers.remove_header("Content-Encoding")
    stream = record.content_stream()
    packed = iter(partial(stream.read, BLOCK), b"")
    try:
        return _upto(_unpacked(brotli.Decompressor(), packed) if encoding == "br" else packed, LONGEST_PAGE)
    except (brotli.error, zlib.error) as error:
        raise DataError(f"the body is not encoded as {encoding} ({error}): fetch the page again") from None


def _unpacked(decoder: Any, packed: Iterator[bytes]) -> Iterator[bytes]:
    for block in packed:
        yield decoder.process(block, output_buffer_limit=BLOCK)
        while not decoder.can_accept_more_data():
            yield decoder.process(b"", output_buffer_limit=BLOCK)


def _upto(source: Iterator[bytes], most: int) -> bytes:
    """The bytes of blocks, and none of those that follow when there are more than `most`."""
    held: list[bytes] = []
    size = 0
    for block in source:
        held.append(block)
        size += len(block)
        if size > most:
            break
    return b"".join(held)
