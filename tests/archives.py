"""WARC archives, sound and broken, made record by record."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable

import brotli

HTTP = b"application/http; msgtype=response"
HTML = b"Content-Type: text/html; charset=utf-8\r\n"


def record(block: bytes, kind: bytes = b"response", name: int = 1, content_type: bytes = HTTP) -> bytes:
    """One record."""
    headers = [
        b"WARC/1.0",
        b"WARC-Type: " + kind,
        b"WARC-Record-ID: <urn:uuid:%d>" % name,
        b"WARC-Target-URI: https://news.example/%d" % name,
        b"WARC-Date: 2026-03-01T10:00:00Z",
        b"Content-Type: " + content_type,
        b"Content-Length: %d" % len(block),
    ]
    return b"\r\n".join((*headers, b"", block, b"", b""))


def response(body: bytes, headers: bytes = HTML) -> bytes:
    """What a server answers."""
    return b"HTTP/1.1 200 OK\r\n" + headers + b"\r\n" + body


def conversion(text: str, name: int = 1) -> bytes:
    """A record of a WET archive."""
    return record(text.encode(), b"conversion", name, b"text/plain")


def chunked(body: bytes, size: int = 100) -> bytes:
    """A body in the chunks of ``Transfer-Encoding: chunked``."""
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (*pieces, b""))


def members(records: Iterable[bytes]) -> bytes:
    """Records compressed as archives are: one by one."""
    return b"".join(map(gzip.compress, records))


BODY = (
    "<article><h1>Ferry timetable</h1><p>The harbour office has published the timetable for the café.</p></article>".encode()
)
ENCODED = {
    "plain": response(BODY),
    "gzip": response(gzip.compress(BODY), HTML + b"Content-Encoding: gzip\r\n"),
    "deflate": response(zlib.compress(BODY), HTML + b"Content-Encoding: deflate\r\n"),
    "brotli": response(brotli.compress(BODY), HTML + b"Content-Encoding: br\r\n"),
    "chunked": response(chunked(BODY), HTML + b"Transfer-Encoding: chunked\r\n"),
    "chunked gzip": response(
        chunked(gzip.compress(BODY)), HTML + b"Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n"
    ),
    "chunked brotli": response(
        chunked(brotli.compress(BODY)), HTML + b"Transfer-Encoding: chunked\r\nContent-Encoding: br\r\n"
    ),
    "gzip by its header only": response(BODY, HTML + b"Content-Encoding: gzip\r\n"),
    "chunked by its header only": response(BODY, HTML + b"Transfer-Encoding: chunked\r\n"),
}
"""Responses that hold `BODY`, by how it is encoded."""
UNREADABLE = {
    "brotli by its header only": response(BODY, HTML + b"Content-Encoding: br\r\n"),
    "zstd": response(b"(\xb5/\xfd", HTML + b"Content-Encoding: zstd\r\n"),
}
