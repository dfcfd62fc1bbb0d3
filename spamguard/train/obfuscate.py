"""The tricks by which spammers hide words from filters, for composing training and test documents."""

from __future__ import annotations

import random
from collections.abc import Callable

from spamguard import lexicon

_LEET = str.maketrans("oieast", "013457")
_MATH = {
    "math_bold": (0x1D41A, 0x1D400, 0x1D7CE),
    "math_sans": (0x1D5BA, 0x1D5A0, 0x1D7E2),
    "math_script": (0x1D4EA, 0x1D4D0, 0x1D7CE),
    "full_width": (0xFF41, 0xFF21, 0xFF10),
}


def _styled(name: str) -> Callable[[str, random.Random], str]:
    lower, upper, digit = _MATH[name]

    def style(text: str, _: random.Random) -> str:
        table = {ord("a") + i: lower + i for i in range(26)} | {ord("A") + i: upper + i for i in range(26)}
        return text.translate(table | {ord("0") + i: digit + i for i in range(10)})

    return style


def _zero_width(text: str, rng: random.Random) -> str:
    mark = rng.choice("\u200b\u200c\u2060\u00ad")
    return "".join(char + mark if char.isalpha() and rng.random() < 0.35 else char for char in text)


def _homoglyph(text: str, rng: random.Random) -> str:
    twins: dict[str, list[str]] = {}
    for letter, latin in lexicon.confusables().items():
        twins.setdefault(chr(latin), []).append(chr(letter))
    return "".join(rng.choice(twins[char]) if char in twins and rng.random() < 0.5 else char for char in text)


def _spaced(text: str, rng: random.Random) -> str:
    words = text.split(" ")
    return " ".join(" ".join(word) if word.isalpha() and len(word) > 3 and rng.random() < 0.5 else word for word in words)


def _leet(text: str, rng: random.Random) -> str:
    return "".join(char.translate(_LEET) if rng.random() < 0.4 else char for char in text)


def _combining(text: str, rng: random.Random) -> str:
    mark = rng.choice("\u0336\u0333\u0353\u034f\u033d")
    return "".join(char + mark if char.isalpha() and rng.random() < 0.5 else char for char in text)


def _entities(text: str, rng: random.Random) -> str:
    return "".join(f"&#{ord(char)};" if char.isalpha() and rng.random() < 0.3 else char for char in text)


TRICKS: dict[str, Callable[[str, random.Random], str]] = {
    "zero_width": _zero_width,
    "homoglyph": _homoglyph,
    "spaced": _spaced,
    "leet": _leet,
    "combining": _combining,
    "entities": _entities,
    **{name: _styled(name) for name in _MATH},
}
"""Name of each trick to a function of the text and a source of chance."""
