"""A raw page to the text of its article, and the blocks that it hides from its readers.

lxml reads the page, `hidden` finds what nobody sees, resiliparse tells the article from the rest. Measured on the 22 pages
of ``data/pages`` (``python -m tests.bench.pages``), it keeps 0.997 of the articles and half of what was injected in sight,
with 0.03 of its text from elsewhere; trafilatura keeps 0.97, somewhat less than half, and 0.01, in more than ten times the
time. lxml goes first because HTML5 as such lets a page of 165 kB grow to 3 GB of elements, which it does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import import_module
from itertools import islice
from typing import Any
from urllib.parse import urljoin

from spamguard.errors import DataError, SpamguardError
from spamguard.result import Result

LONGEST_PAGE = 1 << 23
"""Bytes of the longest page that is read: 8 MiB of the smallest elements take 1.2 GB of memory (measured)."""

MOST_TEXT, MOST_LINKS = 10_000, 100
"""Characters and links of a hidden block that are reported; its length tells of the rest."""


DEFAULT_CHARSET = "cp1252"
"""What servers declare that were told nothing: any bytes fit it, so the looks of a page count for more."""

SPOILED = 10
"""Of so many characters beyond ASCII, one may be broken in UTF-8; of text in another charset, nearly all are."""
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")


@dataclass(frozen=True)
class Hidden:
    """A block that a page hides.

    Attributes
    ----------
    how : str
        What hides it, such as ``"display: none"``.
    text : str
        Its text, the first `MOST_TEXT` characters.
    links : tuple of str
        Where its links lead, the first `MOST_LINKS`.
    length : int
        Characters of its whole text.
    """

    how: str
    text: str
    links: tuple[str, ...]
    length: int


@dataclass(frozen=True)
class Page:
    """What a page holds.

    Attributes
    ----------
    text : str
        The article as its readers see it; comments, menus and the like are left out as far as they can be told.
    hidden : tuple of Hidden
        In order. Nothing of it is in the text.
    url, date, language : str or None
        What the page says of itself.
    """

    text: str
    hidden: tuple[Hidden, ...] = ()
    url: str | None = None
    date: str | None = None
    language: str | None = None


@dataclass(frozen=True)
class PageResult(Result):
    """What cleaning the text of a page returns, with each block it hides and what the guard says of that."""

    hidden: tuple[tuple[Hidden, Result], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The report of the text, with that of each hidden block: what hides it, its text and links, and the verdict."""
        blocks = []
        for block, judged in self.hidden:
            report = judged.to_dict()
            del report["spans"]
            blocks.append({**asdict(block), **report})
        return {**super().to_dict(), "hidden": blocks}


def extract(html: str | bytes, url: str | None = None, charset: str | None = None) -> Page:
    """Read a page.

    Parameters
    ----------
    html : str or bytes
        Bytes are decoded, see `decode`.
    url : str, optional
        Address of the page; what the page says otherwise.
    charset : str, optional
        What the server said of the bytes.

    Returns
    -------
    Page

    Raises
    ------
    DataError
        If the page is too long, or nested too deep for any browser to show it.
    SpamguardError
        If the libraries of the extra ``pages`` are missing.
    """
    library("tinycss2")
    from spamguard.io.hidden import hidden  # which needs tinycss2

    etree = library("lxml.etree")
    if len(html) > LONGEST_PAGE:
        raise DataError(too_long(len(html)))
    text = decode(html, charset) if isinstance(html, bytes) else html
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    root = etree.fromstring(text.encode("utf-8", "replace"), parser) if text.strip() else None
    if any("Excessive depth" in error.message for error in parser.error_log):
        raise DataError("elements are nested deeper than 256: no article is, check where the page comes from")
    if root is None:
        return Page("", url=url)
    url = url or _attribute(root, ".//link[@rel='canonical']", "href") or _meta(root, "og:url")
    found = []
    for element, how in list(hidden(root)):
        block = _block(element, how, url)
        if block.length or block.links:
            found.append(block)
        element.clear(keep_tail=True)
        element.tag = "span"  # an empty box would part the text around it
    for element in root.iter():  # what is hidden is out: the extractor is not to guess at the rest
        for name in ("style", "hidden", "aria-hidden"):
            element.attrib.pop(name, None)
    seen = _plain(root, main_content=True, comments=False)
    return Page(seen, tuple(found), url, _meta(root, "article:published_time"), root.get("lang"))


def decode(raw: bytes, charset: str | None = None) -> str:
    """The text of a page: by its byte order mark, as UTF-8 if it is that, as declared if that fits, by its looks otherwise.

    >>> decode("Привет, это новости".encode("windows-1251"), "utf-8")
    'Привет, это новости'

    Parameters
    ----------
    raw : bytes
    charset : str, optional
        What the server declares; the page may declare another.
    """
    encoding = library("resiliparse.parse.encoding")
    marks = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
    for mark, name in marks:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(name, "replace")
    for start, name in ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be")):
        if raw.startswith(start):
            return raw.decode(name, "replace")
    text = raw.decode("utf-8", "replace")
    if SPOILED * text.count("\ufffd") <= sum(map(len, _BEYOND_ASCII.findall(text))):
        return text
    declared = encoding.map_encoding_to_html5(charset) if charset else encoding.detect_encoding(raw, from_html_meta=True)
    looks = encoding.detect_encoding(raw)  # "utf-8" if it cannot tell, as of Korean
    for name in ((looks,) if declared == DEFAULT_CHARSET else (declared, looks)) + ("euc-kr",):
        try:
            return raw.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return raw.decode(DEFAULT_CHARSET, "replace")


def too_long(size: int) -> str:
    """The problem of a page of at least so many bytes."""
    return f"the page is longer than {LONGEST_PAGE} bytes ({size} read so far): no article is, check where it comes from"


def _block(element: Any, how: str, url: str | None) -> Hidden:
    text = _plain(element).strip()
    return Hidden(how, text[:MOST_TEXT], tuple(islice(_links(element, url), MOST_LINKS)), len(text))


def _plain(element: Any, **options: bool) -> str:
    markup = library("lxml.etree").tostring(element, encoding="unicode", method="html", with_tail=False)
    convert = library("resiliparse.extract.html2text").extract_plain_text
    return convert(markup, preserve_formatting=True, list_bullets=False, alt_texts=False, **options)


def _links(element: Any, url: str | None) -> Iterator[str]:
    for anchor in element.iter("a"):
        href = (anchor.get("href") or "").strip()
        if href:
            try:
                yield urljoin(url or "", href)
            except ValueError:  # "http://[broken"
                yield href


def _attribute(root: Any, path: str, name: str) -> str | None:
    element = root.find(path)
    return None if element is None else element.get(name) or None


def _meta(root: Any, name: str) -> str | None:
    return _attribute(root, f".//meta[@property='{name}']", "content")


def library(name: str) -> Any:
    """A module of the extra."""
    try:
        return import_module(name)
    except ImportError:
        raise SpamguardError(f"reading raw pages needs {name.partition('.')[0]}: pip install 'spamguard[pages]'") from None
