"""A corpus with planted campaigns in words that no model knows, and honest text that recurs."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SYLLABLES = [
    "zor", "vex", "qui", "lum", "pra", "dax", "fel", "nim", "kro", "zul", "bix", "wem", "tak", "oru", "pex", "jil",
    "vorn", "sket", "mup", "yaz", "gha", "thri", "blo", "cwe", "dzu", "fno", "hlo", "ixi", "jub", "kvi",
]  # fmt: skip
TEMPLATES = [
    "{brand} {0} {1} {2}, {3} {4} and {5} {6} for every {7}.",
    "Get your {0} {1} from {brand}: the {2} {3} with {4} {5} on {domain}.",
    "{0} {1} {2} {3} {4} {5} {6} {brand} {7} {8} {9}.",
    "With {brand} no {0} is without {1} {2}; see {domain} for {3} {4} and {5}.",
    "{domain} {0} {1} {2} {3} {brand} {4} {5} {6} {7}.",
]
COOKIES = "We use cookies to improve your experience on this site. By continuing to browse you accept our use of cookies."
AGENCY = "Reporting by the Karlsby bureau of the Northern Press Agency; editing by Marta Lindqvist and Oskar Brandt."


@dataclass(frozen=True)
class Planted:
    """A document with the stretch that was put in, if any: its campaign, and where it stands."""

    text: str
    campaign: int = -1
    start: int = 0
    end: int = 0


def copy_of(campaign: int, rng: random.Random) -> str:
    """One copy of a campaign: two or three sentences of its own words, no two copies alike."""
    own = random.Random(f"campaign {campaign}")
    words = ["".join(own.choices(SYLLABLES, k=own.randint(2, 3))) for _ in range(40)]
    brand = "".join(own.choices(SYLLABLES, k=3))
    templates = own.sample(TEMPLATES, 3)
    domain = f"{brand}.com" if campaign % 2 else brand.capitalize()
    lines = [
        template.format(*rng.sample(words, 10), brand=brand.capitalize(), domain=domain)
        for template in rng.sample(templates, rng.randint(2, 3))
    ]
    return " ".join(line[:1].upper() + line[1:] for line in lines)


def plant(articles: Sequence[str], campaigns: int, copies: int, rng: random.Random) -> list[Planted]:
    """The articles, with copies of each campaign put between two paragraphs or at the end of some."""
    documents = [Planted(article) for article in articles]
    chosen = rng.sample(range(len(articles)), campaigns * copies)
    for number, place in enumerate(chosen):
        paragraphs = articles[place].split("\n\n")
        at = len("\n\n".join(paragraphs[: rng.randint(1, len(paragraphs))]))
        spam = copy_of(number % campaigns, rng)
        text = f"{articles[place][:at]}\n\n{spam}{articles[place][at:]}"
        documents[place] = Planted(text, number % campaigns, at + 2, at + 2 + len(spam))
    return documents


def shuffled(articles: Mapping[str, Sequence[str]], count: int, rng: random.Random) -> list[str]:
    """Documents of paragraphs of several articles in one language: no two alike, each paragraph in several."""
    paragraphs = [[line for text in texts for line in text.split("\n\n") if line] for texts in articles.values()]
    drawn = rng.choices(paragraphs, [len(lines) for lines in paragraphs], k=count)
    return ["\n\n".join(rng.sample(lines, min(rng.randint(5, 9), len(lines)))) for lines in drawn]


def with_boilerplate(texts: list[str], rng: random.Random) -> list[str]:
    """A cookie notice under 200 of the texts, an agency line under 100."""
    for line, count in ((COOKIES, 200), (AGENCY, 100)):
        for place in rng.sample(range(len(texts)), count):
            texts[place] += f"\n\n{line}"
    return texts
