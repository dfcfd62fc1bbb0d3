"""Campaigns to labels for a person to look at: a few documents of each, with the stretches that belong to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spamguard.classify import Model
from spamguard.features import View
from spamguard.io.rows import Row
from spamguard.mine.campaigns import Campaign
from spamguard.mine.candidates import Candidates

EXAMPLES = 20
"""Documents of a campaign that are written: more teach `train --from` little, and nobody looks at them."""
BRIDGED = 2
"""Candidates of a campaign whose numbers are so far apart at the most are one stretch: a segment between goes along."""


@dataclass(frozen=True)
class Stretches:
    """Stretches of campaigns, by document and place.

    Attributes
    ----------
    campaign, doc, start, end : int64 arrays, shape (n_stretches,)
        Number of the campaign, from 0, and of the document; code points.
    """

    campaign: NDArray[np.int64]
    doc: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.doc)

    @classmethod
    def of(cls, candidates: Candidates, campaigns: Sequence[Campaign]) -> Stretches:
        """Candidates of one campaign that stand together are one stretch."""
        number = np.repeat(np.arange(len(campaigns)), [len(one.members) for one in campaigns])
        members = np.concatenate([one.members for one in campaigns])
        order = np.argsort(members)
        number, members = number[order], members[order]
        doc, row = candidates.doc[members], candidates.row[members]
        new = np.ones(len(members), np.bool_)
        new[1:] = (np.diff(doc) > 0) | (np.diff(number) != 0) | (np.diff(row) > BRIDGED)
        first = np.flatnonzero(new)
        last = np.append(first[1:], len(members)) - 1
        start, end = candidates.start[members[first]], candidates.end[members[last]]
        return cls(number[first], doc[first], start.astype(np.int64), end.astype(np.int64))

    def only(self, chosen: NDArray[np.bool_]) -> Stretches:
        """Some of them."""
        return Stretches(self.campaign[chosen], self.doc[chosen], self.start[chosen], self.end[chosen])

    def examples(self) -> Stretches:
        """Those of `EXAMPLES` documents of each campaign, taken evenly from all of its documents."""
        chosen: list[NDArray[np.int64]] = []
        for number in range(int(self.campaign.max()) + 1):
            documents = np.unique(self.doc[self.campaign == number])
            chosen.append(documents[np.linspace(0, len(documents) - 1, min(EXAMPLES, len(documents))).astype(np.int64)])
        return self.only(np.isin(self.doc, np.concatenate(chosen)))


@dataclass(frozen=True)
class Found:
    """A campaign as it is told.

    Attributes
    ----------
    number : int
        From 1, surest first.
    documents, stretches, sites : int
        `sites` is 0 where no document names its site.
    merit : float
    label : str
        The model's guess at the trade.
    domains : tuple of str
        Registered domains in its stretches, most frequent first.
    example : str
        One stretch.
    """

    number: int
    documents: int
    stretches: int
    sites: int
    merit: float
    label: str
    domains: tuple[str, ...]
    example: str


def label(
    model: Model, campaigns: Sequence[Campaign], stretches: Stretches, documents: Mapping[int, Row]
) -> tuple[list[Found], list[dict[str, Any]]]:
    """What to tell of each campaign, and the rows of the labels file.

    Parameters
    ----------
    model : Model
    campaigns : sequence of Campaign
    stretches : Stretches
        All of theirs.
    documents : mapping of int to Row
        Those of `Stretches.examples`, by number.
    """
    shown = stretches.examples()
    counts = np.bincount(stretches.campaign).tolist()
    found = [
        _found(model, number, one, counts[number], shown.only(shown.campaign == number), documents)
        for number, one in enumerate(campaigns)
    ]
    first: dict[int, int] = {}  # a document of several campaigns stands with the surest
    for number in range(len(campaigns)):
        for doc in np.unique(shown.doc[shown.campaign == number]).tolist():
            first.setdefault(doc, number)
    rows = [_row(model, documents[doc], shown.only(shown.doc == doc), number, found) for doc, number in first.items()]
    return found, rows


def _found(
    model: Model, number: int, campaign: Campaign, count: int, shown: Stretches, documents: Mapping[int, Row]
) -> Found:
    places = _tuples(shown.doc, shown.start, shown.end)
    view = View.whole([(documents[doc].text or "")[start:end] for doc, start, end in places], model.learned)
    trade = Counter(model.trades(view)).most_common(1)[0][0]
    names = tuple(name for name, _ in Counter(view.text.hosts.registered).most_common())
    return Found(number + 1, campaign.documents, count, campaign.sites, campaign.merit, trade, names, view.batch.texts[0])


def _row(model: Model, document: Row, stretches: Stretches, number: int, found: Sequence[Found]) -> dict[str, Any]:
    text = document.text or ""
    spans = [
        {"start": start, "end": start + len(text[start:end].rstrip()), "label": found[campaign].label}
        for campaign, start, end in _tuples(stretches.campaign, stretches.start, stretches.end)
    ]
    return {"text": text, "lang": document.language or _language(model, text), "spans": spans, "campaign": number + 1}


def _tuples(*columns: NDArray[np.int64]) -> Iterator[tuple[int, ...]]:
    return zip(*(column.tolist() for column in columns), strict=True)


def _language(model: Model, text: str) -> str:
    points = View.whole([text], model.learned).language_points @ model.learned.language_columns.astype(np.float64)
    return model.learned.languages[int(np.argmax(points))]
