"""What the tests of files share: a guard that cuts anywhere, a corpus in every format, and what a folder holds."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import random
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import zstandard

from spamguard import Result, SpamGuard, Span

PACK: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.compress,
}
UNPACK: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.decompress,
    ".bz2": bz2.decompress,
    ".xz": lzma.decompress,
    ".zst": lambda data: zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True).read(),
}


class Scissors(SpamGuard):
    """A guard that cuts stretches anywhere, the same ones of the same text; quick, and harder on a format than spam."""

    def __init__(self) -> None:
        self.model, self.threshold, self.where = "scissors", 0.5, ("head", "body", "tail")

    def clean_many(self, texts: Iterable[str], n_jobs: int = 1) -> list[Result]:
        return [self.cut(text) for text in texts]

    def cut(self, text: str) -> Result:
        chance = random.Random(len(text) * 31 + sum(map(ord, text[:50])))
        if chance.random() < 0.3:
            return Result(text)
        edges = sorted(chance.sample(range(len(text) + 1), min(2 * chance.randint(0, 3), (len(text) + 1) // 2 * 2)))
        spans = [Span(a, b, "gambling", 0.9, ()) for a, b in zip(edges[::2], edges[1::2], strict=True)]
        return Result(text, tuple(spans))


def plain(path: Path) -> bytes:
    """What a file holds, decompressed."""
    return UNPACK.get(path.suffix, bytes)(path.read_bytes())


def held(folder: Path) -> dict[str, bytes]:
    """All files of a folder but the journal, decompressed."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != ".spamguard.journal")
    return {path.relative_to(folder).as_posix(): plain(path) for path in files}


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in plain(path).splitlines() if line.strip()]


def jsonl(rows: Iterable[dict[str, Any]]) -> bytes:
    """Rows in the spellings that are found: escaped or not, spaced or not, with either line end."""
    lines = []
    for number, row in enumerate(rows):
        spaced = (", ", ": ") if number % 2 else (",", ":")
        lines.append(json.dumps(row, ensure_ascii=number % 3 == 0, separators=spaced).encode("utf-8", "replace"))
        lines.append(b"\r\n" if number % 5 == 4 else b"\n")
    return b"".join(lines)


def table(rows: Iterable[dict[str, Any]], **style: Any) -> bytes:
    """Rows as CSV."""
    rows = list(rows)
    text = io.StringIO(newline="")
    writer = csv.writer(text, **style)
    writer.writerow(rows[0])
    writer.writerows(row.values() for row in rows)
    return text.getvalue().encode()


def parquet(rows: Iterable[dict[str, Any]], path: Path, **style: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(list(rows)), path, **style)


def corpus(folder: Path, texts: list[str]) -> None:
    """Every format and compression below a folder."""
    rows = [
        {"id": f"n{number}", "text": text, "url": f"https://www.site{number % 2}.example/a"}
        for number, text in enumerate(texts)
    ]
    files = {
        "news.jsonl": jsonl(rows),
        "news.csv": table(rows),
        "quoted.csv": table(rows, quoting=csv.QUOTE_ALL, lineterminator="\n"),
        "semicolons.csv": table(rows, delimiter=";"),
        "news.tsv": table(rows, delimiter="\t"),
        "page.txt": texts[0].encode(),
        "empty.txt": b"",
    }
    for name, data in files.items():
        for suffix, pack in PACK.items():
            path = folder / suffix.strip(".") / (name + suffix)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(pack(data))
    parquet(rows, folder / "snappy.parquet", row_group_size=3)
    parquet(rows, folder / "zstd.parquet", compression="zstd", use_dictionary=False, write_statistics=False)
    parquet(rows, folder / "old.parquet", version="1.0", data_page_version="2.0")  # its like cannot be written: it is kept


def cleaned_apart(source: Path, *options: str) -> tuple[int, int, str]:
    """Clean a folder to the one beside it named ``out``, in a process of its own: exit code, peak megabytes, messages."""
    arguments = ["clean", str(source), "--out", str(source.with_name("out")), *options]
    code = (
        "from pathlib import Path; from spamguard.cli import main;"
        f"code = main({arguments!r});"
        "peak = next(line for line in Path('/proc/self/status').read_text().splitlines() if line.startswith('VmHWM'));"
        "print(code, int(peak.split()[1]) // 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    exit_code, megabytes = map(int, done.stdout.split())
    return exit_code, megabytes, done.stderr
