"""Context: where a segment stands in its document and what stands around it.

The same comment form is kept when readers' comments follow and cut when a link block follows; a harmless search query
goes when it stands in a list of casino queries. So each segment sees the evidence of its neighbours and of its document.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spamguard.features.view import View

NAMES = (
    "position",  # share of the document before the segment
    "from_start",  # characters before it (logarithm of 1 + n)
    "from_end",  # characters after it (logarithm of 1 + n)
    "document_length",  # characters of the document (logarithm of 1 + n)
    "document_median",  # median evidence per character of the document's segments
    "above_median",  # the segment's evidence per character over that median
    "before_1",  # evidence per character of the segment before
    "before_2",  # of the two before, by length
    "before_5",  # of the five before
    "after_1",  # of the segment after
    "after_2",  # of the two after
    "after_5",  # of the five after
    "before_all",  # of everything before
    "after_all",  # of everything after
    "around_keywords",  # keyword evidence per 100 characters of the two segments on either side
    "after_keywords",  # of the five after
    "before_keywords",  # of the five before
    "around_domains",  # domain share of the two segments on either side
    "domains_after",  # domain names in the three segments after
    "stub_before",  # highest comment-form evidence among the three segments before
    "stub_after",  # of the segment after
    "behind_form",  # evidence per character of the next two segments that are no comment form
    "behind_form_keywords",  # their keyword evidence per 100 characters
    "behind_form_domains",  # their share of domain names
    "unlike_before",  # change of trigram likelihood in the article's language against the two before
    "unlike_after",  # against the two after
    "new_words",  # share of the segment's four-letter groups that stand nowhere else in the document
)
FORM = 0.02
"""Form evidence per character from which a segment is passed over as part of a form."""
EXACT = 1 << 12
"""Running sums are of whole numbers of this fraction, so that they do not depend on the rest of the batch."""


def extract(view: View, ngrams: NDArray[np.float32], domains: NDArray[np.float32], keywords: NDArray[np.float32],
            languages: NDArray[np.float32]) -> NDArray[np.float32]:  # fmt: skip
    """Columns `NAMES` for each segment, from the other families' columns, shape (n_segments, 27)."""
    n, doc = len(view.segments), view.segments.doc
    out = np.zeros((n, len(NAMES)), np.float32)
    if not n:
        return out
    first = np.searchsorted(doc, doc, "left")
    behind = np.searchsorted(doc, doc, "right")
    row = np.arange(n)
    begin, finish = view.batch.doc_start[doc], view.batch.doc_end[doc]
    before = view.segments.start - begin
    after = finish - view.segments.end
    length = view.length.astype(np.float64)
    mean = ngrams[:, 1].astype(np.float64)

    out[:, 0] = before / np.maximum(finish - begin, 1)
    out[:, 1] = np.log1p(before)
    out[:, 2] = np.log1p(after)
    out[:, 3] = np.log1p(finish - begin)
    order = np.lexsort((mean, doc))
    out[:, 4] = mean[order[(first + behind - 1) // 2]]
    out[:, 5] = mean - out[:, 4]

    def around(values: NDArray[np.float64], low: NDArray[np.int64], high: NDArray[np.int64]) -> NDArray[np.float64]:
        return _mean(values * length, length, np.maximum(low, first), np.minimum(high, behind))

    out[:, 6] = around(mean, row - 1, row)
    out[:, 7] = around(mean, row - 2, row)
    out[:, 8] = around(mean, row - 5, row)
    out[:, 9] = around(mean, row + 1, row + 2)
    out[:, 10] = around(mean, row + 1, row + 3)
    out[:, 11] = around(mean, row + 1, row + 6)
    out[:, 12] = around(mean, first, row)
    out[:, 13] = around(mean, row + 1, behind)
    terms, hosts = keywords[:, 9].astype(np.float64), domains[:, 0].astype(np.float64)
    out[:, 14] = around(terms, row - 2, row) + around(terms, row + 1, row + 3)
    out[:, 15] = around(terms, row + 1, row + 6)
    out[:, 16] = around(terms, row - 5, row)
    out[:, 17] = around(hosts, row - 2, row) + around(hosts, row + 1, row + 3)
    count = np.concatenate(([0.0], np.cumsum(np.rint(np.expm1(domains[:, 1].astype(np.float64))))))
    low, high = np.minimum(row + 1, behind), np.minimum(row + 4, behind)
    out[:, 18] = np.log1p(np.maximum(count[high] - count[low], 0))
    stub = ngrams[:, 6].astype(np.float64)
    for step in (1, 2, 3):
        out[:, 19] = np.maximum(out[:, 19], np.where(row - step >= first, stub[np.maximum(row - step, 0)], 0))
    out[:, 20] = np.where(row + 1 < behind, stub[np.minimum(row + 1, n - 1)], 0)
    plain = np.where(stub > FORM, n, row)  # the next segment that is no form, this one not counted
    onward = np.append(np.minimum.accumulate(plain[::-1])[::-1], n)[row + 1]
    out[:, 21] = around(mean, onward, onward + 2)
    out[:, 22] = around(terms, onward, onward + 2)
    out[:, 23] = around(hosts, onward, onward + 2)
    fits = languages[:, 3].astype(np.float64)
    out[:, 24] = np.where(row > first, around(fits, row - 2, row) - fits, 0)
    out[:, 25] = np.where(row + 1 < behind, around(fits, row + 1, row + 3) - fits, 0)
    out[:, 26] = view.total(view.text.once) / view.length
    return out


def _mean(
    weighted: NDArray[np.float64], weights: NDArray[np.float64], low: NDArray[np.int64], high: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Weighted mean over the rows from `low` to before `high` of each row; 0 where there are none."""
    sums = np.concatenate(([0], np.cumsum(np.rint(weighted * EXACT).astype(np.int64)))) / EXACT
    totals = np.concatenate(([0.0], np.cumsum(weights)))
    high = np.maximum(high, low)
    total = totals[high] - totals[low]
    return np.where(total > 0, (sums[high] - sums[low]) / np.maximum(total, 1), 0.0)
