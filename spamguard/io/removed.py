"""The file of what was removed: a line a cut stretch, and what it takes to put everything back.

======================  ================================================================================================
line                    holds
======================  ================================================================================================
cut                     ``file``, ``row``, ``id``, ``start``, ``end`` (code points of the text), ``label``, ``score``,
                        ``text``; ``at``: byte of the cleaned file, decompressed, where it is missing; ``raw``: its bytes
                        there, if they are spelled otherwise than the text
edits                   ``file``, ``edits``: ``[at, new, old]``, where `new` bytes at byte `at` stand for the bytes `old`
                        (reports that were added, rows in error that were left out)
end of a file           ``file``, ``format``; ``bytes`` and ``crc32`` of the original (decompressed; of Parquet, the file);
                        ``written``: name of the cleaned file, if it has another; ``unread``: why there is none;
                        of Parquet, ``layout`` to write it with, or ``original`` if it is kept in ``FILE.originals/``
======================  ================================================================================================
"""

from __future__ import annotations

import base64
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

from spamguard.io.jsonl import dump
from spamguard.io.rows import Cut, Undo, Written
from spamguard.io.stores import Place, Remote

Somewhere = TypeVar("Somewhere", Path, Remote, Place)


def lines_of(name: str, base: int, written: Written) -> bytes:
    """The lines for a chunk that was written from byte `base` on, in the order of its bytes."""
    lines = []
    for kind, changes in groupby(written.changes, key=type):
        if kind is Cut:
            lines += [dump(_cut(name, base, cut)) for cut in changes if isinstance(cut, Cut)]
        else:
            edits = [[base + undo.at, undo.new, spell(undo.old)] for undo in changes if isinstance(undo, Undo)]
            lines.append(dump({"file": name, "edits": edits}))
    return "".join(line + "\n" for line in lines).encode()


def originals(removed: Somewhere) -> Somewhere:
    """The folder of Parquet files that cannot be written again byte for byte."""
    return removed.with_name(removed.name + ".originals")


def spell(raw: bytes) -> Any:
    """Bytes as JSON: a string if they are one, base64 otherwise."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(raw).decode()}


def unspell(spelled: Any) -> bytes:
    """The way back from `spell`."""
    return spelled.encode() if isinstance(spelled, str) else base64.b64decode(spelled["base64"])


def _cut(name: str, base: int, cut: Cut) -> dict[str, Any]:
    line: dict[str, Any] = {
        "file": name,
        "row": cut.row.number,
        "id": cut.row.id,
        "start": cut.span.start,
        "end": cut.span.end,
        "label": cut.span.label,
        "score": round(cut.span.score, 4),
        "text": cut.text,
    }
    if cut.at is not None:
        line["at"] = base + cut.at
        raw = spell(cut.raw)
        if raw != cut.text:
            line["raw"] = raw
    return line
