"""Writes `lexicon/codepoints.npz`: what each Unicode code point is, for segmenting, folding and script features.

    python -m spamguard.train.tables

The tables are a file, not computed at start-up, so that importing stays light and results do not depend on the
Unicode version of the Python that runs (this file was made with the version it names in ``unicode_version``).
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np

from spamguard.codepoints import SCRIPTS, Kind

SIZE = 0x110000
STOPS = ".!?…؟۔።"  # end a sentence when white space follows
DENSE_STOPS = "。！？｡।॥။។"  # end a sentence wherever they stand
QUOTES = "\"'”’»›“‘«‹」』》〉"  # may close a sentence after its stop
BULLETS = "•●▪▫◦‣⁃►▶▸➤➜➔→⇒»|│¦·"
MARKUP = "<>[]{}=&#@*_~^\\/$%+"
SMALL_CAPITAL = "LATIN LETTER SMALL CAPITAL "
NEGATIVE = ((0x1F130, 26), (0x1F150, 26), (0x1F170, 26))  # squared and circled capitals


def kind_of(char: str) -> Kind:
    """The class of one character; the first rule that fits."""
    category = unicodedata.category(char)
    for chars, kind in ((STOPS, Kind.STOP), (DENSE_STOPS, Kind.DENSE_STOP), (BULLETS, Kind.BULLET)):
        if char in chars:
            return kind
    if char in MARKUP:
        return Kind.MARKUP
    if char in "\n\r\v\f\x85\u2028\u2029":
        return Kind.NEWLINE
    if char.isspace() or category == "Zs":
        return Kind.SPACE
    if char in QUOTES or category in ("Pe", "Pf"):
        return Kind.CLOSER
    by_category = {
        "Ll": Kind.LOWER,
        "Lu": Kind.UPPER,
        "Lt": Kind.UPPER,
        "Lo": Kind.CASELESS,
        "Lm": Kind.CASELESS,
        "Nd": Kind.DIGIT,
        "Nl": Kind.DIGIT,
        "No": Kind.DIGIT,
        "Ps": Kind.OPENER,
        "Pi": Kind.OPENER,
        "Pd": Kind.DASH,
        "Po": Kind.COMMA,
        "So": Kind.SYMBOL,
        "Sk": Kind.SYMBOL,
        "Cf": Kind.INVISIBLE,
        "Mn": Kind.MARK,
        "Me": Kind.MARK,
        "Mc": Kind.MARK,
    }
    if 0xFE00 <= ord(char) <= 0xFE0F or 0xE0000 <= ord(char) <= 0xE01EF:
        return Kind.INVISIBLE
    return by_category.get(category, Kind.OTHER)


def fold_of(char: str, kind: Kind) -> str:
    """Lower case, compatibility form, plain white space; always one character."""
    if kind == Kind.NEWLINE:
        return "\n"
    if kind == Kind.SPACE:
        return " "
    for first, count in NEGATIVE:
        if first <= ord(char) < first + count:
            return chr(ord("a") + ord(char) - first)
    name = unicodedata.name(char, "")
    if name.startswith(SMALL_CAPITAL) and len(name) == len(SMALL_CAPITAL) + 1:
        return name[-1].lower()
    plain = unicodedata.normalize("NFKC", char)
    plain = plain if len(plain) == 1 else char
    low = plain.lower()
    return low if len(low) == 1 else low[0]


def honest_variant(point: int, plain: str) -> bool:
    """Whether a variant of an ASCII letter or digit is at home in ordinary text.

    Full-width digits and capitals in Chinese, Japanese and Korean, numbers in circles and above the line, Roman
    numerals, the ordinal signs of Spanish and Portuguese.
    """
    if plain.isdigit():
        return point < 0x1D7CE
    return point in (0xAA, 0xBA) or 0x2160 <= point < 0x2180 or 0xFF21 <= point <= 0xFF3A


def main() -> None:
    """Compute all tables and write them beside the lexicon."""
    kinds = np.zeros(SIZE, np.uint8)
    scripts = np.zeros(SIZE, np.uint8)
    fold = np.arange(SIZE, dtype=np.uint32)
    fancy = np.zeros(SIZE, np.uint8)
    prefixes = {prefix: number for number, names in enumerate(SCRIPTS) for prefix in names}
    for point in range(SIZE):
        if 0xD800 <= point < 0xE000:
            continue
        char = chr(point)
        if unicodedata.category(char) in ("Cn", "Co"):
            continue
        kind = kind_of(char)
        kinds[point] = kind
        plain = fold_of(char, kind)
        fold[point] = ord(plain)
        if kind in (Kind.LOWER, Kind.UPPER, Kind.CASELESS, Kind.MARK):
            words = unicodedata.name(char, "").split()
            if "MATHEMATICAL" not in words and "FULLWIDTH" not in words:
                scripts[point] = next((prefixes[word] for word in words[:2] if word in prefixes), 0)
        if point > 127 and plain.isascii() and plain.isalnum():
            decomposed = unicodedata.normalize("NFD", char)
            if len(decomposed) == 1 and char not in "ıſ":
                fancy[point] = not honest_variant(point, plain)
                kinds[point] = Kind.DIGIT if plain.isdigit() else Kind.LOWER
                scripts[point] = 0 if plain.isdigit() else 1
    path = Path(__file__).parent.parent / "lexicon" / "codepoints.npz"
    shift = fold.astype(np.int32) - np.arange(SIZE, dtype=np.int32)  # mostly zero: packs small
    np.savez_compressed(path, kind=kinds, script=scripts, shift=shift, fancy=fancy,
                        unicode_version=np.array(unicodedata.unidata_version))  # fmt: skip
    print(f"{path}: {path.stat().st_size} bytes, Unicode {unicodedata.unidata_version}")


if __name__ == "__main__":
    main()
