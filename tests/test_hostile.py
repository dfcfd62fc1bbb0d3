"""Bad and hostile input: passed through or refused, never a crash, and in linear time (measured in `tests/bench`)."""

from __future__ import annotations

import pytest

from spamguard import SpamGuard

HOSTILE = {
    "empty": "",
    "white space": " \n\t\u3000\r\n",
    "nul": "\x00" * 50 + "text\x00",
    "lone surrogates": "\ud800 text \udfff\udc00",
    "one letter": "a",
    "only dots": "." * 20_000,
    "only combining marks": "\u0301" * 20_000,
    "zero width": "\u200b" * 20_000,
    "spaced letters": "a b " * 10_000,
    "glued domains": "alobet.com" * 5_000,
    "dotted labels": "a1.b2." * 10_000,
    "ampersands": "&" * 20_000 + "&#x41;" * 2_000,
    "brackets": "[url=" * 8_000,
    "mixed scripts": "aαбa" * 8_000,
    "bidi": "\u202e abc \u202c" * 2_000,
    "tags": "".join(chr(0xE0000 + i % 128) for i in range(5_000)),
    "newlines": "\n" * 20_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_comes_through(guard: SpamGuard, name: str) -> None:
    text = HOSTILE[name]
    result = guard.clean(text)
    assert result.restore() == text
    assert guard.clean_many(["before", text, "after"])[1] == result


@pytest.mark.parametrize("unit", ["lorem ipsum dolor sit amet ", "х", "字", "alobet.com ", "slot gacor88"])
def test_a_line_of_5_mb(guard: SpamGuard, unit: str) -> None:
    text = unit * (5_000_000 // len(unit.encode()))
    assert guard.clean(text).restore() == text


def test_white_space_alone_is_clean(guard: SpamGuard) -> None:
    assert guard.clean(" \n\n ").verdict == "clean"
