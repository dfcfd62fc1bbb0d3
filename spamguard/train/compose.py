"""Composes contaminated documents out of clean articles and spam pieces, and a clean counterpart of every joint.

The counterparts matter as much: comment forms with genuine comments, footers, tails in another language or from another
article, honest lists of domains, missing spaces between sentences. Where only spam follows a form or a line break, a
model learns the form or the line break. Shares and lengths are data: ``mixture.json``.
"""

from __future__ import annotations

import json
import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from spamguard import lexicon
from spamguard.train.corpus import TRADES, Corpus, Row, trade_of
from spamguard.train.obfuscate import TRICKS

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"”’»)]*\s+|(?<=[。！？｡।])")


@dataclass(frozen=True)
class Document:
    """A composed document and what must be cut from it.

    Attributes
    ----------
    text : str
    spans : tuple of (start, end, label)
        Code point offsets, in order; without the white space at the cuts.
    lang : str
        Language of the article.
    kind : str
        Placement of the spam, or kind of clean document.
    spam_lang, category, shape, file : str
        Of the first spam piece; empty in clean documents (``file``: of the article).
    """

    text: str
    spans: tuple[tuple[int, int, str], ...]
    lang: str
    kind: str
    spam_lang: str = ""
    category: str = ""
    shape: str = ""
    file: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The JSON-lines form that ``spamguard evaluate`` reads."""
        spans = [{"start": start, "end": end, "label": label} for start, end, label in self.spans]
        return {
            "text": self.text, "lang": self.lang, "kind": self.kind, "spans": spans, "spam_lang": self.spam_lang,
            "category": self.category, "shape": self.shape, "source": self.file,
        }  # fmt: skip


class _Draft:
    """A document being put together from stretches that stay and stretches that go."""

    def __init__(self) -> None:
        self.parts: list[tuple[str, str]] = []  # text, label ("" stays)

    def add(self, text: str, label: str = "") -> None:
        self.parts.append((text, label))

    def finish(self, **about: str) -> Document:
        """The document; spans that touch are one, under the label of most of its characters."""
        spans: list[tuple[int, int, Counter[str]]] = []
        at = 0
        text = "".join(part for part, _ in self.parts)
        for part, label in self.parts:
            if label and part.strip():
                start = at + len(part) - len(part.lstrip())
                end = at + len(part.rstrip())
                if spans and not text[spans[-1][1] : start].strip():
                    start, labels = spans.pop()[::2]
                else:
                    labels = Counter()
                labels[label] += len(part)
                spans.append((start, end, labels))
            at += len(part)
        return Document(text, tuple((start, end, labels.most_common(1)[0][0]) for start, end, labels in spans), **about)


def default_mixture() -> dict[str, Any]:
    """The shares and lengths of ``mixture.json``."""
    mixture: dict[str, Any] = json.loads((Path(__file__).parent / "mixture.json").read_text(encoding="utf-8"))
    return mixture


@dataclass
class Composer:
    """Draws documents from a corpus; the same seed gives the same documents.

    Parameters
    ----------
    corpus : Corpus
    seed : int
    mixture : dict, optional
        Shares and lengths; ``mixture.json`` by default.
    """

    corpus: Corpus
    seed: int
    mixture: dict[str, Any] = field(default_factory=default_mixture)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)

    @cached_property
    def _news(self) -> dict[str, list[Row]]:
        return _by(self.corpus.news, "lang")

    @cached_property
    def _spam(self) -> dict[str, dict[str, list[Row]]]:
        """Pieces by trade and language."""
        return {trade: _by(rows, "lang") for trade, rows in _by(self.corpus.spam, "category").items()}

    @cached_property
    def _stubs(self) -> dict[str, dict[str, list[Row]]]:
        """Stubs by kind and language."""
        return {kind: _by(rows, "lang") for kind, rows in _by(self.corpus.stubs, "shape").items()}

    @cached_property
    def _comments(self) -> dict[str, list[Row]]:
        return _by(self.corpus.comments, "lang")

    @cached_property
    def _queries(self) -> dict[str, dict[str, list[str]]]:
        found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for keyword in lexicon.keywords():
            if keyword.strong and keyword.category in TRADES:
                found[keyword.category][keyword.language].append(keyword.term)
        return found

    def clean(self) -> Document:
        """One document from which nothing may be cut."""
        kind = self._draw(self.mixture["clean"])
        article = self._article()
        draft, lang, rng = _Draft(), article.lang, self.rng
        if kind in ("hard_negative", "inserted_hard_negative") and not self.corpus.hard:
            kind = "article"
        if kind in ("comments", "form_and_comments") and not self.corpus.comments:
            kind = "article"
        if kind == "hard_negative":
            row = rng.choice(self.corpus.hard)
            return Document(row.text, (), row.lang, kind, file=row.file)
        if kind == "comments":
            some = self._genuine_comments(None, rng.randint(1, 4))
            return Document("\n".join(row.text for row in some), (), some[0].lang, kind, file=some[0].file)
        text = self._with_sources(self._crop(article.text))
        if kind == "missing_spaces":
            text = re.sub(r"(?<=[a-zа-я.])\. (?=[A-ZА-Я])", lambda match: "." if rng.random() < 0.5 else match.group(), text)
        draft.add(text)
        if kind in ("form_only", "form_and_comments"):
            draft.add(self._joint("paragraph") + self._stub("form", lang))
        if kind == "form_and_comments":
            for row in self._genuine_comments(lang, rng.randint(1, 5)):
                draft.add(self._joint("form") + row.text)
        elif kind == "footer":
            for _ in range(rng.randint(1, 2)):
                draft.add(self._joint("paragraph") + self._stub(rng.choice(("footer", "related")), lang))
        elif kind == "foreign_paragraph":
            draft.add(self._joint("paragraph") + self._crop(self._article().text, 400))
        elif kind == "foreign_sentence":
            other = self._article("en" if rng.random() < 0.5 else None).text
            quote = self._crop_piece(other, rng.randint(60, 250))
            cut = self._break(text, _SENTENCE_END) or self._break(text, r"\s")
            shown = rng.choice((quote, f'"{quote}"', f"“{quote}”", f"({quote})"))
            return Document(f"{text[:cut]}{shown} {text[cut:]}", (), lang, kind, file=article.file)
        elif kind == "swapped_tail":
            draft.add(self._joint("paragraph") + self._crop(self._article(lang).text, 500))
        elif kind == "inserted_hard_negative":
            draft.add(self._joint("paragraph") + self._crop(rng.choice(self.corpus.hard).text, 700))
        elif kind == "headline_list":
            draft.add(self._joint("paragraph") + self._stub("related", lang))
            for _ in range(rng.randint(3, 8)):
                draft.add("\n" + rng.choice(("", "- ", "• ")) + self._article(lang).text.split("\n")[0][:110])
        elif kind == "honest_domains" and self.corpus.honest:
            names = rng.sample(self.corpus.honest, min(rng.randint(1, 14), len(self.corpus.honest)))
            if rng.random() < 0.6:
                names = [self._address(name, text) for name in names[:5]]
            if rng.random() < 0.35:  # a source named alone, often with the next word run into it
                lines = text.split("\n")
                at = rng.randrange(len(lines))
                lines[at] = names[0] + rng.choice(("", " ", "\n")) + lines[at]
                return Document("\n".join(lines), (), lang, kind, file=article.file)
            draft.add(self._joint("paragraph") + rng.choice(("\n", ", ", " ", "\n- ", "; ")).join(names))
            if rng.random() < 0.5:
                draft.add(self._joint("paragraph") + self._crop(article.text, 300))
        return draft.finish(lang=lang, kind=kind, file=article.file)

    def contaminated(self) -> Document:
        """One document with at least one stretch to cut."""
        placement = self._draw(self.mixture["placements"])
        article = self._article()
        text, lang, rng = self._with_sources(self._crop(article.text)), article.lang, self.rng
        trade, piece = self._piece(lang, short=placement in ("anchor", "sentence", "scattered"))
        draft = _Draft()
        if placement == "page":
            for number in range(rng.randint(1, 4)):
                if number:
                    draft.add(self._joint("pieces"), trade)
                    trade, piece = self._piece(piece.lang)
                draft.add(piece.text, trade)
        elif placement in ("tail", "tail_then_footer"):
            draft.add(text)
            self._add_tail(draft, lang, trade, piece)
            if placement == "tail_then_footer":
                for _ in range(rng.randint(1, 2)):
                    draft.add("\n" * rng.randint(1, 2) + self._stub("footer", lang))
        elif placement in ("head", "head_and_tail"):
            draft.add(piece.text, trade)
            draft.add(self._joint("paragraph"))
            draft.add(text)
            if placement == "head_and_tail":
                self._add_tail(draft, lang, *self._piece(piece.lang))
        elif placement == "middle":
            cut = self._break(text, r"\n+") or self._break(text, _SENTENCE_END)
            draft.add(text[:cut].rstrip())
            draft.add(self._joint("paragraph"))
            draft.add(piece.text, trade)
            draft.add(self._joint("paragraph"))
            draft.add(text[cut:].lstrip())
        else:
            places = rng.randint(2, 5) if placement == "scattered" else 1
            at = 0
            pattern = _SENTENCE_END if placement == "sentence" else re.compile(r"(?<=\w)\s(?=\w)")
            for cut in sorted({self._break(text, pattern) for _ in range(places)}):
                draft.add(text[at:cut].rstrip())
                draft.add(self._joint(placement if placement in self.mixture["joints"] else "sentence"))
                words = self._anchor(trade, piece) if placement != "sentence" else piece.text
                draft.add(words, trade)
                draft.add(" ")
                at = cut
            draft.add(text[at:].lstrip())
        return draft.finish(
            lang=lang, kind=placement, spam_lang=piece.lang, category=trade, shape=piece.shape, file=piece.file
        )

    def documents(self, count: int) -> Iterable[Document]:
        """`count` documents, clean and contaminated by the mixture's share."""
        for _ in range(count):
            yield self.contaminated() if self.rng.random() < self.mixture["contaminated"] else self.clean()

    def stretch(self, text: str) -> str:
        """A stretch of a text, of a length between a line and a few paragraphs."""
        return self._crop_piece(text, int(60 + 900 * self.rng.random() ** 2))

    def farm(self, trade: str, lang: str) -> Row:
        """A block of domain names, brands and search queries, as link farms leave it."""
        rng, style = self.rng, self._draw(self.mixture["farm_styles"])
        queries = self._queries.get(trade, {})
        terms = queries.get(lang) or queries.get("en") or ["online"]
        names = self.corpus.domains.get(trade, [])
        count, made = rng.randint(2, 16), self.mixture["made_up_names"]

        def name() -> str:
            if names and rng.random() < 0.7:
                return rng.choice(names)
            stem = "".join(rng.choice(made["syllables"]) for _ in range(rng.randint(1, 3)))
            stem += "".join(rng.choice(made["parts"]) for _ in range(rng.randint(1, 2)))
            return f"{stem}.{rng.choice(made['suffixes'])}"

        def brand() -> str:
            stem = name().split(".")[0]
            return rng.choice((stem, stem.capitalize(), stem.upper() if len(stem) < 9 else stem))

        def query() -> str:
            term = rng.choice(terms)
            shown = rng.choice((term, term, term.title(), term.upper()))
            return rng.choice((shown, f"{brand()} {shown}", f"{shown} {brand()}"))

        separators = ("\n", ", ", " | ", " - ", " • ", "\n- ", " ")
        if style == "welded_names":
            text = "".join(name() for _ in range(count))
        elif style == "names_list":
            text = rng.choice(separators).join(name() for _ in range(count))
        elif style == "welded_queries":
            text = "".join(f"{brand()} {rng.choice(terms)}" for _ in range(count))
        elif style == "queries_list":
            text = rng.choice(separators).join(query() for _ in range(count))
        elif style == "brands":
            text = rng.choice(("", " ", ", ")).join(brand() for _ in range(count))
        else:
            parts = [rng.choice((name, query, brand))() for _ in range(count)]
            text = "".join(part + rng.choice(("", "", " ", " ", "\n")) for part in parts).strip()
        return Row(text, lang, trade, style, "farm", "farm")

    def _add_tail(self, draft: _Draft, lang: str, trade: str, piece: Row) -> None:
        rng = self.rng
        before = self._draw(self.mixture["before_tail"])
        stub_lang = lang if rng.random() < 0.8 else piece.lang
        if before == "form":
            draft.add(self._joint("paragraph"))
            draft.add(self._stub("form", stub_lang) + self._joint("form"), trade)
        elif before == "related":
            draft.add(self._joint("paragraph") + self._stub("related", stub_lang))
            for _ in range(rng.randint(1, 4)):
                draft.add("\n" + self._article(lang).text.split("\n")[0][:110])
            draft.add("\n")
        elif before == "genuine_comments" and self.corpus.comments:
            draft.add(self._joint("paragraph") + self._stub("form", stub_lang))
            for row in self._genuine_comments(lang, rng.randint(1, 3)):
                draft.add("\n" + row.text)
            draft.add("\n")
        else:
            draft.add(self._joint("tail"))
        for number in range(int(self._draw(self.mixture["pieces_in_tail"]))):
            if number:
                draft.add(self._joint("pieces"), trade)
                trade, piece = self._piece(piece.lang)
            draft.add(piece.text, trade)

    def _piece(self, lang: str, short: bool = False) -> tuple[str, Row]:
        """A trade and a piece of it, in `lang` with the mixture's share where there is one."""
        rng, limits = self.rng, self.mixture["piece_length"]
        trade = rng.choice(sorted(self._spam)) if rng.random() < 0.55 or "gambling" not in self._spam else "gambling"
        pool = self._spam[trade]
        if not (lang in pool and rng.random() < self.mixture["same_language"]):
            lang = rng.choice(sorted(pool))
        if rng.random() < self.mixture["farm"]:
            row = self.farm(trade, lang)
            if short:
                row = Row(row.text[: rng.randint(30, 160)], row.lang, trade, row.shape, row.group, row.file)
        else:
            row = rng.choice(self._spread(pool[lang]))
            text = self._crop_piece(row.text, 200 if short else int(limits["most"] * rng.random() ** 2) + 150)
            row = Row(text, row.lang, trade_of(row.category), row.shape, row.group, row.file)
        if rng.random() < self.mixture["obfuscated"]:
            trick = rng.choice(sorted(TRICKS))
            row = Row(TRICKS[trick](row.text, rng), row.lang, row.category, trick, row.group, row.file)
        return trade, row

    def _spread(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Rows of one source, sources with equal chance: a large collection does not drown a small one."""
        files = self._files(rows)
        return files[self.rng.choice(sorted(files))]

    def _files(self, rows: Sequence[Row]) -> dict[str, list[Row]]:
        cache: dict[int, dict[str, list[Row]]] = self.__dict__.setdefault("_file_cache", {})
        if id(rows) not in cache:
            cache[id(rows)] = _by(rows, "file")
        return cache[id(rows)]

    def _anchor(self, trade: str, piece: Row) -> str:
        """Two to six words, as a link text smuggled into a sentence."""
        rng = self.rng
        if len(piece.text) <= 60:
            return piece.text
        queries = self._queries.get(trade, {})
        terms = queries.get(piece.lang) or queries.get("en") or ["online"]
        names = self.corpus.domains.get(trade) or ["bonusplay.com"]
        term, name = rng.choice(terms), rng.choice(names)
        return rng.choice((term, f"{term} {name}", f"{name.split('.')[0]} {term}", f"{term} {rng.choice(terms)}", name))

    def _article(self, lang: str | None = None) -> Row:
        if lang is None or lang not in self._news:
            lang = self.rng.choice(self._language_pool)
        return self.rng.choice(self._spread(self._news[lang]))

    @cached_property
    def _language_pool(self) -> list[str]:
        """Languages, each as often as the root of its number of articles; three times as often where spam is known."""
        known = {row.lang for row in self.corpus.spam}
        share = {
            lang: (3 if lang in known else 1) * (1 + int(math.sqrt(len(rows)) / 3)) for lang, rows in self._news.items()
        }
        return [lang for lang, times in sorted(share.items()) for _ in range(times)]

    def _genuine_comments(self, lang: str | None, count: int) -> list[Row]:
        pool = self._comments.get(lang or "") or self._comments[self.rng.choice(sorted(self._comments))]
        return [self.rng.choice(self._spread(pool)) for _ in range(count)]

    def _stub(self, kind: str, lang: str) -> str:
        pool = self._stubs.get(kind, {})
        if not pool:
            return "Leave a Reply"
        if lang not in pool:  # a site's template may be in a language of its own
            lang = "en" if "en" in pool and self.rng.random() < 0.5 else self.rng.choice(sorted(pool))
        return self.rng.choice(pool[lang]).text

    def _with_sources(self, text: str) -> str:
        """The text, sometimes with honest domain names and addresses in it, as articles name their sources."""
        rng = self.rng
        if rng.random() >= self.mixture["names_in_articles"]:
            return text
        for _ in range(rng.randint(1, 3)):
            cut = self._break(text, r"\s") or self._break(text, _SENTENCE_END)
            name = self._honest_name(text)
            shown = rng.choice((name, f"www.{name}", f"({name})", self._address(name, text)))
            text = text[:cut] + shown + self._joint("name") + text[cut:]
        return text

    def _honest_name(self, text: str) -> str:
        """A reputable domain name, or one made of words of the text: of the club, town or person it is about."""
        rng, made = self.rng, self.mixture["addresses"]
        own = [word.lower() for word in re.findall(r"\b[A-Za-z][A-Za-z0-9]{2,}\b", text[:4000])]
        if self.corpus.honest and (not own or rng.random() < 0.5):
            return rng.choice(self.corpus.honest)
        words = [rng.choice(own or made["words"]) for _ in range(rng.randint(1, 3))]
        return f"{rng.choice(('', '', '-')).join(words)}.{rng.choice(made['suffixes'])}"

    def _address(self, name: str, text: str) -> str:
        """An honest web address: of a page, a picture, a post, with or without tracking; it may use words of `text`."""
        rng, made = self.rng, self.mixture["addresses"]
        own = [word for word in text.split()[:200] if word.isascii() and word.isalnum()] or made["words"]
        host = rng.choice(("", "www.", rng.choice(made["subdomains"]) + ".")) + name
        parts = []
        for _ in range(rng.randint(0, 6)):
            number, word = (
                str(rng.randrange(1, 10 ** rng.randint(1, 13))),
                rng.choice((rng.choice(made["words"]), rng.choice(own))),
            )
            slug = "-".join(rng.choice(own) for _ in range(rng.randint(2, 7)))
            camel = word + rng.choice(own).capitalize()
            parts.append(rng.choice((number, number, word, slug, camel, f"{rng.getrandbits(128):032x}")))
        ending = rng.choice(made["endings"]).replace("N", str(rng.randrange(10**9)))
        return f"https://{host}/{'/'.join(parts)}{ending}"

    def _joint(self, place: str) -> str:
        return self._draw(self.mixture["joints"][place])

    def _draw(self, shares: dict[str, float]) -> str:
        return self.rng.choices(list(shares), list(shares.values()))[0]

    def _crop(self, text: str, most: int | None = None) -> str:
        """Whole lines or sentences from a random place, about as long as the mixture's articles."""
        limits = self.mixture["article_length"]
        drawn = limits["median"] * math.exp(self.rng.gauss(0, limits["spread"]))
        target = int(min(max(drawn, limits["least"]), limits["most"], most or limits["most"]))
        if len(text) <= 1.3 * target:
            return text
        breaks = [0] + [match.end() for match in re.finditer(r"\n+", text)]
        if len(breaks) < 4:
            breaks = [0] + [match.end() for match in _SENTENCE_END.finditer(text)]
        start = 0 if self.rng.random() < 0.6 else self.rng.choice([at for at in breaks if at <= len(text) - target])
        end = min((at for at in breaks if at >= start + target), default=len(text))
        return text[start : min(end, start + 2 * target)].strip() or text[:target]

    def _crop_piece(self, text: str, most: int) -> str:
        """A stretch of a spam piece, at line or sentence ends where there are some."""
        if len(text) <= most:
            return text
        breaks = [0, *(match.end() for match in re.finditer(r"\n+", text))]
        breaks += [match.end() for match in _SENTENCE_END.finditer(text)]
        breaks = sorted(at for at in set(breaks) if at < len(text) - most // 2)
        start = self.rng.choice(breaks)
        ends = [at for at in breaks if start + self.mixture["piece_length"]["least"] <= at <= start + most]
        end = ends[-1] if ends else start + most
        return text[start:end].strip() or text[:most]

    def _break(self, text: str, pattern: str | re.Pattern[str]) -> int:
        """A random place where `pattern` ends, 0 if there is none."""
        places = [match.end() for match in re.finditer(pattern, text) if 0 < match.end() < len(text)]
        return self.rng.choice(places) if places else 0


def _by(rows: Iterable[Row], key: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[getattr(row, key)].append(row)
    return dict(found)
