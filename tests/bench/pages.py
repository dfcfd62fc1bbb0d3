"""Compares libraries that tell the article of a page from the rest, and libraries that read archives.

    python -m tests.bench.pages          (beside spamguard[test]: pip install trafilatura lxml_html_clean fastwarc)

The pages are those of ``data/pages``; what they hold stands in ``tests/pages.jsonl``. Of each text (the article, what was
injected in sight, what was injected hidden) it counts the runs of eight letters that come through; of the archives, the
whole records, also those after a hostile one.
"""

from __future__ import annotations

import io
import json
import re
import statistics
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from spamguard.io.pages import extract
from spamguard.io.raw import Archive
from spamguard.io.rows import Fields
from tests.archives import BODY, ENCODED, UNREADABLE, conversion, record, response
from tests.bench.texts import DATA
from tests.bench.timing import median_seconds

PAGES = DATA / "pages"
GOLD = DATA.parent / "tests" / "pages.jsonl"
RUN = 8
COPIES = 20
TEXT = "A text."


def share(text: str, found: str) -> float:
    """How much of a text is found."""
    wanted, there = _runs(text), set(_runs(found))
    return sum(run in there for run in wanted) / len(wanted) if wanted else 1.0


def _runs(text: str) -> list[str]:
    letters = "".join(re.findall(r"\w", text))
    return [letters[at : at + RUN] for at in range(len(letters) - RUN + 1)]


def extractors() -> Iterator[tuple[str, Callable[[str], str]]]:
    """The candidates that are installed."""
    from resiliparse.extract.html2text import extract_plain_text

    style = {"preserve_formatting": True, "alt_texts": False, "list_bullets": False}
    yield "spamguard", lambda html: extract(html).text
    yield "resiliparse", lambda html: extract_plain_text(html, main_content=True, comments=False, **style)
    yield "resiliparse, comments", lambda html: extract_plain_text(html, main_content=True, **style)
    yield "resiliparse, all", lambda html: extract_plain_text(html, **style)
    try:
        import trafilatura
    except ImportError:
        return
    yield "trafilatura", lambda html: trafilatura.extract(html, include_comments=False) or ""
    yield "trafilatura, comments", lambda html: trafilatura.extract(html) or ""
    yield "trafilatura, recall", lambda html: trafilatura.extract(html, include_comments=False, favor_recall=True) or ""


def archives() -> Iterator[tuple[str, Callable[[bytes], int]]]:
    """Readers, each as a count of the records whose body it gives."""
    from warcio.archiveiterator import ArchiveIterator

    yield "spamguard", lambda data: sum(not row.problem for row in Archive(Fields(), True).rows(io.BytesIO(data)))
    yield "warcio", lambda data: bodies(ArchiveIterator(io.BytesIO(data)), lambda found: found.content_stream().read())
    try:
        from fastwarc import ArchiveIterator as FastIterator
    except ImportError:
        return
    yield (
        "fastwarc",
        lambda data: bodies(FastIterator(io.BytesIO(data), auto_decode="all"), lambda found: found.reader.read()),
    )


def bodies(records: Iterator[Any], read: Callable[[Any], bytes]) -> int:
    """The hostile records whose body is read right; a library raises errors of all kinds, of one record or at the next."""
    found = 0
    while True:
        try:
            current = next(records)
        except Exception:
            return found
        with suppress(Exception):
            found += read(current) in (BODY, TEXT.encode())


def main() -> None:
    """Print both tables."""
    gold: list[dict[str, Any]] = [json.loads(line) for line in GOLD.open(encoding="utf-8")]
    pages = [(PAGES / f"{row['page']}.html").read_text(encoding="utf-8") for row in gold]
    megabytes = sum(len(page.encode()) for page in pages) / 1e6
    print(f"{len(pages)} pages{'article':>24}{'injected in sight':>19}{'hidden':>8}{'other':>7}{'MB/s':>8}")
    for name, run in extractors():
        texts = [run(page) for page in pages]
        (seconds,) = median_seconds({name: lambda run=run: [run(page) for page in pages]}).values()
        kept: dict[str, list[float]] = {"article": [], "sight": [], "hidden": [], "other": []}
        for row, text in zip(gold, texts, strict=True):
            kept["article"].append(share(row["text"], text))
            kept["sight"] += [share(piece, text) for piece in row["injected"] if piece not in row["hidden"]]
            kept["hidden"] += [share(piece, text) for piece in row["hidden"]]
            kept["other"].append(1 - share(text, "\n".join((row["text"], *row["injected"], *row["hidden"]))))
        article, sight, hidden, other = map(statistics.mean, kept.values())
        print(f"{name:24}{article:12.3f}{sight:19.2f}{hidden:8.2f}{other:7.3f}{megabytes / seconds:8.1f}")

    hostile = [record(block) + conversion(TEXT, 2) for block in (*ENCODED.values(), *UNREADABLE.values())]
    whole = b"".join(record(response(page.encode()), name=n) for n, page in enumerate(pages * COPIES))
    print(f"\n{'archives':24}{'records of hostile ones':>24}{'MB/s':>8}")
    for name, count in archives():
        (seconds,) = median_seconds({name: lambda count=count: count(whole)}).values()
        told = f"{sum(map(count, hostile))} of {2 * len(hostile) - len(UNREADABLE)}"
        print(f"{name:24}{told:>24}{len(whole) / 1e6 / seconds:8.1f}")


if __name__ == "__main__":
    main()
