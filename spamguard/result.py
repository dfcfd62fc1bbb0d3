"""What cleaning a text returns: small immutable values, and the way back to the original.

>>> result = Result(original="News.\\n\\nslot gacor", spans=(Span(5, 17, "gambling", 0.99, ()),))
>>> result.text, result.verdict
('News.', 'trimmed')
>>> result.restore() == result.original
True
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MISSING = "missing"
"""The verdict on a value that is no text, where tables let such values pass."""


@dataclass(frozen=True)
class Reason:
    """One piece of evidence for a cut.

    Attributes
    ----------
    kind : str
        The feature family that saw it: ``"domains"``, ``"languages"``, ``"keywords"``, ``"shape"``, ``"ngrams"``
        or ``"context"``.
    detail : str
        What was seen, in words a person can check against the text.
    start, end : int
        Where it stands in the original text (code points, half open).
    weight : float
        How much this family moved the log-odds of the span's segments towards spam, averaged over the span.
    """

    kind: str
    detail: str
    start: int
    end: int
    weight: float


@dataclass(frozen=True)
class Span:
    """A stretch that was cut.

    Attributes
    ----------
    start, end : int
        Offsets in the original ``str`` (code points, half open). White space at the cut belongs to the span, but for
        the wider of two gaps, which keeps parting what is kept on the two sides.
    label : str
        The trade it advertises: ``"gambling"``, ``"pharma"``, …
    score : float
        Calibrated probability that the stretch is injected.
    reasons : tuple of Reason
        The evidence, heaviest first.
    """

    start: int
    end: int
    label: str
    score: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Result:
    """A cleaned text: the original and the spans cut out of it, in order and not overlapping."""

    original: str
    spans: tuple[Span, ...] = ()

    @property
    def kept(self) -> tuple[str, ...]:
        """The stretches between the spans, in order; one more than there are spans."""
        edges = [0, *(edge for span in self.spans for edge in (span.start, span.end)), len(self.original)]
        return tuple(self.original[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True))

    @property
    def removed(self) -> tuple[str, ...]:
        """The stretches that were cut, in order."""
        return tuple(self.original[span.start : span.end] for span in self.spans)

    @property
    def text(self) -> str:
        """What is left; the empty string when nothing worth keeping is."""
        return "".join(self.kept) if self.spans else self.original

    @property
    def verdict(self) -> str:
        """``"clean"`` (nothing cut), ``"trimmed"`` or ``"spam"`` (nothing is left)."""
        if not self.spans:
            return "clean"
        return "trimmed" if self.text.strip() else "spam"

    def restore(self) -> str:
        """Put kept and cut stretches back together: the original text, exactly."""
        pieces = [self.kept[0]]
        for cut, kept in zip(self.removed, self.kept[1:], strict=True):
            pieces += (cut, kept)
        return "".join(pieces)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready report: verdict, highest score, labels, and the spans with their reasons."""
        return {
            "verdict": self.verdict,
            "score": round(max((span.score for span in self.spans), default=0.0), 4),
            "labels": sorted({span.label for span in self.spans}),
            "spans": [
                {
                    "start": span.start,
                    "end": span.end,
                    "label": span.label,
                    "score": round(span.score, 4),
                    "reasons": [
                        {
                            "kind": reason.kind,
                            "detail": reason.detail,
                            "start": reason.start,
                            "end": reason.end,
                            "weight": round(reason.weight, 3),
                        }
                        for reason in span.reasons
                    ],
                }
                for span in self.spans
            ],
        }
