"""Language switches: the script and language of a segment against those of the article around it.

Language is told by hashed character trigrams: a naive Bayes table over all languages, reduced to a few dimensions, so
that a segment's likelihood in every language is one small matrix product. Under some twenty letters any such guess is
unreliable, so the columns are likelihood differences that grow with the length of the segment, not labels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spamguard.codepoints import SCRIPTS
from spamguard.features.view import View

NAMES = (
    "language_gap",  # log-likelihood per trigram by which another language beats the article's
    "language_gap_total",  # the same over the segment (signed logarithm)
    "language_known",  # log-likelihood per trigram in the best language: low for strings of names
    "language_fits",  # log-likelihood per trigram in the article's language
    "language_other",  # 1 where the best language is not the article's
    "script_foreign",  # share of letters not in the article's main script
    "script_count",  # scripts with at least a tenth of the letters
    "script_latin",  # share of letters that are Latin in an article that is not
    "article_distance",  # distance of the trigram profile to that of the rest of the article (0 same, 2 opposite)
)


def extract(view: View) -> NDArray[np.float32]:
    """Columns `NAMES` for each segment, shape (n_segments, 9)."""
    n, doc = len(view.segments), view.segments.doc
    out = np.zeros((n, len(NAMES)), np.float32)
    if not n:
        return out
    n_docs = len(view.batch.texts)
    by_script = view.script_counts.copy()
    by_script[:, 0] = 0
    letters = by_script.sum(axis=1)
    some = np.maximum(letters, 1)

    sums = view.language_points
    whole = np.zeros((n_docs, sums.shape[1]))
    first = np.flatnonzero(np.append(True, doc[1:] != doc[:-1]))
    whole[doc[first]] = np.add.reduceat(sums, first, axis=0)
    learned = view.text.learned
    columns = learned.language_columns.astype(np.float64)
    likelihood = (sums @ columns) * learned.language_unit
    own = np.argmax(whole @ columns, axis=1)[doc]
    best = np.argmax(likelihood, axis=1)
    row = np.arange(n)
    gap = likelihood[row, best] - likelihood[row, own]
    out[:, 0] = gap / (some + 20)
    out[:, 1] = np.log1p(gap)
    out[:, 2] = likelihood[row, best] / some
    out[:, 3] = likelihood[row, own] / some
    out[:, 4] = (best != own) & (letters >= 20)

    in_doc = np.zeros((n_docs, len(SCRIPTS)), np.int64)
    in_doc[doc[first]] = np.add.reduceat(by_script, first, axis=0)
    main = np.argmax(in_doc, axis=1)[doc]
    out[:, 5] = np.where(letters > 0, 1 - by_script[row, main] / some, 0)
    out[:, 6] = (by_script >= np.maximum(0.1 * letters, 1)[:, None]).sum(axis=1)
    out[:, 7] = np.where(main != 1, by_script[:, 1] / some, 0)

    rest = whole[doc] - sums
    norm = np.linalg.norm(rest, axis=1) * np.linalg.norm(sums, axis=1)
    cosine = np.divide((rest * sums).sum(axis=1), norm, out=np.ones(n), where=norm > 0)
    out[:, 8] = 1 - cosine
    return out
