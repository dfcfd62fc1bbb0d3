"""A result as text for a terminal: what was cut, marked where it stood, and why."""

from __future__ import annotations

from spamguard.result import Result

AROUND = 160
"""Characters of kept text shown on each side of a cut."""

CUT, WHY, PLAIN = "\x1b[31m", "\x1b[2m", "\x1b[0m"


def render(result: Result, color: bool) -> str:
    """The verdict, every cut in its surroundings, and its reasons.

    Parameters
    ----------
    result : Result
    color : bool
        Whether to mark cuts in red; they stand in ``[-…-]`` either way.
    """
    cut_color, why_color, plain = (CUT, WHY, PLAIN) if color else ("", "", "")
    removed = sum(len(stretch) for stretch in result.removed)
    lines = [f"{result.verdict}: {len(result.original)} characters, {removed} cut in {len(result.spans)} spans"]
    for number, (span, stretch) in enumerate(zip(result.spans, result.removed, strict=True)):
        before, after = result.kept[number], result.kept[number + 1]
        before = ("…" if len(before) > AROUND else "") + before[-AROUND:]
        after = after[:AROUND] + ("…" if len(after) > AROUND else "")
        place = f"{span.start}-{span.end}"
        lines += ["", f"--- {place}  {span.label}  probability {span.score:.3f}"]
        lines.append(f"{printable(before)}{cut_color}[-{printable(stretch)}-]{plain}{printable(after)}")
        for reason in span.reasons:
            seen = f"{reason.start}-{reason.end}"
            line = f"    {reason.weight:+5.1f}  {reason.kind:10} {reason.detail}  ({seen})"
            lines.append(f"{why_color}{printable(line)}{plain}")
    return "\n".join(lines)


def printable(text: str) -> str:
    """Text that any terminal can show: lone surrogates and control characters as escapes."""
    return "".join(
        char if char in "\n\t" or (char.isprintable() and not "\ud800" <= char <= "\udfff") or char == "\u3000"
        else char.encode("unicode_escape").decode("ascii")
        for char in text
    )  # fmt: skip
