"""What spamguard is compared with: floors that any cleaner meets, classifiers of lines, and filters of web corpora.

Each peer is a function of some texts that returns the job to time. fastText and scikit-learn are trained first, on the
lines of the project's own ``data``, labelled news or spam. A peer whose package is not installed raises `ImportError`.
"""

from __future__ import annotations

import html
import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.bench.texts import labelled_lines, lines

Job = Callable[[], Any]

LEARNED_LINES = 8000
"""Lines of news, and of spam, that scikit-learn is trained on at the most: time does not depend on them."""


def bare_pass(texts: Sequence[str]) -> Job:
    """What any n-gram scorer must do at least: hash every byte 4-gram, look up a weight, sum."""
    weights = np.random.default_rng(0).normal(size=1 << 18).astype(np.float32)

    def job() -> float:
        total = 0.0
        for text in texts:
            raw = np.frombuffer(text.encode() + b"\0" * 8, np.uint8)
            grams = np.lib.stride_tricks.as_strided(raw[:4].view(np.uint32), (len(raw) - 4,), (1,))
            total += float(np.cumsum(weights[(grams * np.uint32(0x9E3779B1)) >> np.uint32(14)])[-1])
        return total

    return job


def json_loads(texts: Sequence[str]) -> Job:
    """Parse the same texts as JSON strings."""
    rows = [json.dumps(text) for text in texts]
    return lambda: [json.loads(row) for row in rows]


def fasttext_lines(texts: Sequence[str]) -> Job:
    """A supervised fastText model with word bigrams, on each line."""
    import fasttext

    with tempfile.TemporaryDirectory() as folder:
        examples = Path(folder) / "lines.txt"
        labelled = zip(("news", "spam"), labelled_lines(), strict=True)
        rows = [f"__label__{label} {' '.join(line.split())}\n" for label, group in labelled for line in group]
        examples.write_text("".join(rows), encoding="utf-8")
        model = fasttext.train_supervised(str(examples), wordNgrams=2, thread=1, verbose=0)
    return lambda: [model.predict(lines(text)) for text in texts]


def sklearn_lines(texts: Sequence[str]) -> Job:
    """Hashed character 3- to 5-grams and a logistic regression, on each line."""
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    news, spam = (group[:LEARNED_LINES] for group in labelled_lines())
    model = make_pipeline(HashingVectorizer(analyzer="char", ngram_range=(3, 5)), LogisticRegression(max_iter=30))
    model.fit(news + spam, [0] * len(news) + [1] * len(spam))
    return lambda: [model.predict_proba(lines(text)) for text in texts]


def c4(texts: Sequence[str]) -> Job:
    """The C4 filter of datatrove."""
    from datatrove.pipeline.filters import C4QualityFilter

    return _filtered([C4QualityFilter()], texts)


def fineweb(texts: Sequence[str]) -> Job:
    """The four filters of the FineWeb recipe of datatrove in a row; what one drops, the next does not see."""
    from datatrove.pipeline.filters import (
        C4QualityFilter,
        FineWebQualityFilter,
        GopherQualityFilter,
        GopherRepetitionFilter,
    )

    chain = [
        GopherRepetitionFilter(),
        GopherQualityFilter(),
        C4QualityFilter(filter_no_terminal_punct=False),
        FineWebQualityFilter(),
    ]
    return _filtered(chain, texts)


def _filtered(chain: Sequence[Any], texts: Sequence[str]) -> Job:
    from datatrove.data import Document

    # A filter may write into a document: each run makes them anew.
    return lambda: [all(one.filter(document) is True for one in chain) for document in (Document(t, "") for t in texts)]


def trafilatura_pages(texts: Sequence[str]) -> Job:
    """trafilatura, on each text as a page of paragraphs."""
    from trafilatura import extract

    pages = [_page(text) for text in texts]
    return lambda: [extract(page) for page in pages]


def justext_pages(texts: Sequence[str]) -> Job:
    """jusText with its English stop words, on each text as a page of paragraphs."""
    from justext import get_stoplist, justext

    pages, stop_words = [_page(text) for text in texts], get_stoplist("English")
    return lambda: [justext(page, stop_words) for page in pages]


def _page(text: str) -> str:
    paragraphs = "".join(f"<p>{html.escape(line)}</p>\n" for line in lines(text))
    return f"<html><head><title>Article</title></head><body><article>\n{paragraphs}</article></body></html>"


FLOORS = {"bare numpy pass": bare_pass, "json.loads": json_loads}
PEERS = {
    **FLOORS,
    "fastText, each line": fasttext_lines,
    "scikit-learn char n-grams, each line": sklearn_lines,
    "datatrove C4 filter": c4,
    "datatrove FineWeb filters": fineweb,
    "trafilatura": trafilatura_pages,
    "jusText": justext_pages,
}
