"""What happened to the documents of a run: counted, added up, and shown."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from spamguard.io.pages import PageResult
from spamguard.io.rows import Row
from spamguard.result import Result

GROUPS = 50_000
"""Languages or domains that are counted apart; the rest is counted together, so that memory stays bounded."""

OTHER = "(other)"
SHOWN = 5


@dataclass
class Tally:
    """Counts of one run or chunk.

    Attributes
    ----------
    verdicts : Counter
        Documents by verdict; also ``"missing"`` (no text), ``"earlier"`` (cleaned by an earlier run) and ``"other"``
        (records of an archive that hold no page).
    labels : Counter
        Spans by label.
    languages, domains : dict of str to Counter
        ``documents``, ``touched`` and ``characters_cut`` of each, where rows tell them.
    characters, characters_cut : int
        Code points read and cut.
    hidden : Counter
        Blocks that pages hide, by verdict.
    errors : int
        Rows and files that could not be read.
    """

    verdicts: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    languages: dict[str, Counter[str]] = field(default_factory=dict)
    domains: dict[str, Counter[str]] = field(default_factory=dict)
    hidden: Counter[str] = field(default_factory=Counter)
    characters: int = 0
    characters_cut: int = 0
    errors: int = 0

    @property
    def documents(self) -> int:
        """Documents that were looked at."""
        return self.verdicts["clean"] + self.touched

    @property
    def touched(self) -> int:
        """Documents that something was cut from."""
        return self.verdicts["trimmed"] + self.verdicts["spam"]

    def count(self, row: Row, result: Result) -> None:
        """Take in a cleaned document."""
        cut = sum(span.end - span.start for span in result.spans)
        self.verdicts[result.verdict] += 1
        self.labels.update(span.label for span in result.spans)
        if isinstance(result, PageResult):
            self.hidden.update(judged.verdict for _, judged in result.hidden)
        self.characters += len(result.original)
        self.characters_cut += cut
        one = Counter({"documents": 1, "touched": int(bool(result.spans)), "characters_cut": cut})
        for name, groups in ((row.language, self.languages), (row.domain, self.domains)):
            if name is not None:
                _add(groups, name, one)

    def add(self, other: Tally) -> None:
        """Take in the counts of another."""
        self.verdicts.update(other.verdicts)
        self.labels.update(other.labels)
        self.hidden.update(other.hidden)
        self.characters += other.characters
        self.characters_cut += other.characters_cut
        self.errors += other.errors
        for mine, theirs in ((self.languages, other.languages), (self.domains, other.domains)):
            for name, counts in theirs.items():
                _add(mine, name, counts)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready summary, the most touched groups first."""
        return {
            "documents": self.documents,
            "touched": self.touched,
            "characters": self.characters,
            "characters_cut": self.characters_cut,
            "errors": self.errors,
            "verdicts": dict(self.verdicts.most_common()),
            "labels": dict(self.labels.most_common()),
            "hidden": dict(self.hidden.most_common()),
            "languages": {name: dict(counts) for name, counts in _ranked(self.languages)},
            "domains": {name: dict(counts) for name, counts in _ranked(self.domains)},
        }

    @classmethod
    def of(cls, counts: dict[str, Any]) -> Tally:
        """The way back from `to_dict`."""
        return cls(
            Counter(counts["verdicts"]),
            Counter(counts["labels"]),
            {name: Counter(group) for name, group in counts["languages"].items()},
            {name: Counter(group) for name, group in counts["domains"].items()},
            Counter(counts["hidden"]),
            counts["characters"],
            counts["characters_cut"],
            counts["errors"],
        )

    def __str__(self) -> str:
        verdicts = ", ".join(f"{count} {verdict}" for verdict, count in self.verdicts.most_common()) or "no rows"
        labels = ", ".join(f"{label} {count}" for label, count in self.labels.most_common())
        lines = [
            verdicts
            + f"; {self.characters_cut} characters cut"
            + (f" ({labels})" if labels else "")
            + (f"; {self.errors} rows in error" if self.errors else "")
            + (f"; {self.hidden.total()} hidden blocks ({self.hidden['clean']} clean)" if self.hidden else "")
        ]
        for title, groups in (("by language", self.languages), ("by domain", self.domains)):
            touched = [(name, counts) for name, counts in _ranked(groups) if counts["touched"]]
            if touched:
                shown = ", ".join(f"{name} {c['touched']} of {c['documents']}" for name, c in touched[:SHOWN])
                more = f", … {len(touched) - SHOWN} more" if len(touched) > SHOWN else ""
                lines.append(f"documents cut {title}: {shown}{more}")
        return "\n".join(lines)


def _add(groups: dict[str, Counter[str]], name: str, counts: Counter[str]) -> None:
    if name not in groups and len(groups) >= GROUPS:
        name = OTHER
    groups.setdefault(name, Counter()).update(counts)


def _ranked(groups: dict[str, Counter[str]]) -> list[tuple[str, Counter[str]]]:
    return sorted(groups.items(), key=lambda item: (-item[1]["touched"], -item[1]["documents"], item[0]))
