"""The trained classifier: a model of segments, a model of spans, and the tables they look up.

A model is a folder: ``arrays.npz`` (plain arrays, no pickle), ``model.json`` (names, costs, thresholds, how it was made)
and ``card.md`` (the same for people). Loading needs numpy only.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spamguard import features, joints
from spamguard.errors import ModelError
from spamguard.features import Learned, Text, View
from spamguard.features.hashing import look_up, rows
from spamguard.features.keywords import trade_counts
from spamguard.features.lanes import look_up_sums, pack, pieces
from spamguard.features.learned import FINE_UNIT
from spamguard.joints import Ends
from spamguard.nets import Nets
from spamguard.scorer import Scorer
from spamguard.segment import Segments
from spamguard.sieve import Sieve
from spamguard.trim import CLIP, Candidates, Costs

FORMAT = 4
"""Raised when an older package could not read a newer model or the other way round."""

MODELS = Path(__file__).parent / "models"
DEFAULT = "default"

SPAN_NAMES = (
    *features.NAMES,  # the columns of a segment, of the span taken as one segment
    "score_highest",  # of its segments' log-odds
    "score_mean",  # by length
    "score_sum",  # clipped
    "segment_count",  # logarithm of 1 + n
    "document_share",  # share of the document's characters
    "rest_highest",  # highest log-odds among the two segments on either side
    "cut_share",  # characters in all candidates, as often as they are proposed, over those of the document
    *joints.ENDS_NAMES,
)
"""Columns of the span model."""

LABEL_ORDERS = (3, 4, 6)
CAMPAIGN_ORDERS = (4, 6)
"""Shorter n-grams are shared by all text of a script."""
CAMPAIGN_ROWS = 1 << 18
CAMPAIGN_PRICE, CAMPAIGN_MOST = 4.0, 12.0
"""Natural log-odds: evidence of a campaign that may be chance, and the most that it can add."""

SCORERS = ("segments", "spans", "starts", "stops")


@dataclass(frozen=True)
class Model:
    """Everything learned.

    Attributes
    ----------
    learned : Learned
        Tables the features look up.
    sieve : Sieve
        Sends texts home in which nothing is suspicious.
    segments, spans : Scorer
        Log-odds of a segment, and of a candidate span, for being injected.
    starts, stops : Scorer
        Log-odds of a joint for being where an injected stretch begins, or ends.
    costs : tuple of Costs
        Of the decoder; it proposes at each.
    calibration : tuple of float
        Slope and intercept that turn a span's log-odds into calibrated log-odds (Platt 1999).
    thresholds : mapping of str to float
        Probability from which a span is cut, at each named operating point.
    campaigns : int8 array, shape (2**18,) or (0,)
        Evidence of each hashed n-gram for campaigns taught by ``spamguard train --from``, in `FINE_UNIT`; empty where none
        was. It is added to what the scorers say.
    labels : tuple of str
        Trades.
    label_rows : int8 array, shape (2**14, n_labels)
        Evidence of each hashed n-gram for each trade.
    label_terms : float32 array, shape (n_keyword_categories, n_labels)
        Evidence of the lexicon's terms of each category for each trade.
    label_bias : float32 array, shape (n_labels,)
    about : dict
        Version, sources, counts and measured rates; what the card says.
    """

    learned: Learned
    sieve: Sieve
    segments: Scorer
    spans: Scorer
    starts: Scorer
    stops: Scorer
    costs: tuple[Costs, ...]
    calibration: tuple[float, float]
    thresholds: Mapping[str, float]
    campaigns: NDArray[np.int8]
    labels: tuple[str, ...]
    label_rows: NDArray[np.int8]
    label_terms: NDArray[np.float32]
    label_bias: NDArray[np.float32]
    about: dict[str, Any]

    def suspects(self, text: Text) -> NDArray[np.bool_]:
        """Which texts of a batch are to be looked at closely, shape (n_texts,): the others are clean."""
        found = self.sieve.score(text) >= self.sieve.limit
        if len(self.campaigns):
            begin, finish = (text.batch.to_folded(edge) for edge in (text.batch.doc_start, text.batch.doc_end))
            sums = np.concatenate(([0], np.cumsum(np.maximum(self._familiar(text), 0), dtype=np.int64)))
            found |= _campaign_odds(sums[finish] - sums[begin]) > 0  # no stretch of it can hold more
        return found

    def odds(self, view: View, columns: NDArray[np.float32]) -> NDArray[np.float64]:
        """Log-odds of each segment, from its columns and the campaigns taught."""
        scores = self.segments.score(columns)
        if len(self.campaigns):
            scores = scores + _campaign_odds(view.total(self._familiar(view.text)))
        return scores

    def ends(
        self, view: View, columns: NDArray[np.float32], scores: NDArray[np.float64], candidates: Candidates
    ) -> tuple[Ends, Ends]:
        """The joints near the ends of each candidate."""
        return joints.weigh((self.starts, self.stops), columns, scores, view.segments.doc, candidates)

    def probabilities(
        self, view: View, scores: NDArray[np.float64], candidates: Candidates, ends: tuple[Ends, Ends]
    ) -> NDArray[np.float64]:
        """Calibrated probability of each candidate span."""
        slope, intercept = self.calibration
        clear = joints.clearness(ends[0].odds, ends[1].odds)
        odds = slope * self.spans.score(np.concatenate((span_columns(view, scores, candidates), clear), axis=1)) + intercept
        if len(self.campaigns):
            sums = np.concatenate(([0.0], np.cumsum(view.total(self._familiar(view.text)))))
            odds += _campaign_odds(sums[candidates.last] - sums[candidates.first])
        return 1 / (1 + np.exp(-np.clip(odds, -30, 30)))

    def _familiar(self, text: Text) -> NDArray[np.int32]:
        """Evidence for taught campaigns around each folded character, in `FINE_UNIT`."""
        return np.where(text.plain, look_up(self.campaigns, text.hashes, CAMPAIGN_ORDERS), 0)

    @cached_property
    def label_lanes(self) -> NDArray[np.uint64]:
        """`label_rows` packed for adding, see `lanes.pack`."""
        return pack(self.label_rows)

    def trades(self, view: View) -> list[str]:
        """The most likely trade of each segment of a view."""
        lengths = view.end - view.start
        end = np.cumsum(lengths)
        cut = pieces(end - lengths, end)  # the segments end to end, without what lies between
        at = np.append(view.inside[0], 0)
        evidence = np.zeros((len(view.segments), len(self.labels)))
        for order in LABEL_ORDERS:
            row = rows(view.text.hashes[order][at - order // 2], len(self.label_rows))
            evidence += look_up_sums(self.label_lanes, row, cut, len(self.labels))
        evidence /= np.sqrt(len(LABEL_ORDERS) * view.length)[:, None]
        evidence += trade_counts(view).astype(np.float64) @ self.label_terms + self.label_bias
        return [self.labels[best] for best in np.argmax(evidence, axis=1)]


def _campaign_odds(evidence: NDArray[np.float64]) -> NDArray[np.float64]:
    """What summed evidence of campaigns adds to log-odds: nothing for chance hits."""
    return np.clip(FINE_UNIT * evidence - CAMPAIGN_PRICE, 0, CAMPAIGN_MOST)


def span_columns(view: View, scores: NDArray[np.float64], candidates: Candidates) -> NDArray[np.float32]:
    """Columns of the span model for each candidate but the last ones, `joints.clearness`."""
    segments = view.segments
    begin, finish = segments.start[candidates.first], segments.end[candidates.last - 1]
    whole = View(view.text, Segments.at(view.batch, np.concatenate((begin, finish))), view)
    at = whole.owner(begin)
    width = len(SPAN_NAMES) - len(features.NAMES) - len(joints.ENDS_NAMES)
    extra = np.zeros((len(begin), width), np.float32)
    length = (segments.end - segments.start).astype(np.float64)
    clipped = np.clip(scores, -CLIP, CLIP)
    doc = segments.doc[candidates.first]
    doc_length = np.maximum(view.batch.doc_end - view.batch.doc_start, 1)[doc]
    n = len(segments)
    for number, (a, b) in enumerate(zip(candidates.first.tolist(), candidates.last.tolist(), strict=True)):
        extra[number, 0] = scores[a:b].max()
        extra[number, 1] = float(clipped[a:b] @ length[a:b]) / max(float(length[a:b].sum()), 1.0)
        extra[number, 2] = clipped[a:b].sum()
        around = [i for i in (a - 2, a - 1, b, b + 1) if 0 <= i < n and segments.doc[i] == doc[number]]
        extra[number, 5] = max((scores[i] for i in around), default=-CLIP)
    extra[:, 3] = np.log1p(candidates.last - candidates.first)
    extra[:, 4] = (finish - begin) / doc_length
    extra[:, 6] = np.bincount(doc, weights=finish - begin, minlength=doc.max(initial=0) + 1)[doc] / doc_length
    return np.concatenate((features.extract(whole)[at], extra), axis=1)


def save(model: Model, folder: Path) -> None:
    """Write a model; the same model gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    learned = model.learned
    arrays = {
        "spam": learned.spam,
        "stub": learned.stub,
        "host": learned.host,
        "terms": learned.terms,
        "language_rows": learned.language_rows,
        "language_columns": learned.language_columns,
        "campaigns": model.campaigns,
        "label_rows": model.label_rows,
        "label_terms": model.label_terms,
        "label_bias": model.label_bias,
    }
    arrays |= model.sieve.nets.to_arrays("sieve")
    for name in SCORERS:
        arrays |= getattr(model, name).to_arrays(name)
    np.savez_compressed(folder / "arrays.npz", **arrays)  # type: ignore[arg-type]
    settings = {
        "format": FORMAT,
        "columns": list(SPAN_NAMES),
        "languages": list(learned.languages),
        "language_unit": learned.language_unit,
        "sieve_limit": model.sieve.limit,
        "costs": [{"stretch": each.stretch, "lean": each.lean} for each in model.costs],
        "calibration": list(model.calibration),
        "thresholds": dict(model.thresholds),
        "labels": list(model.labels),
        "about": model.about,
    }
    text = json.dumps(settings, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / "model.json").write_text(text + "\n", encoding="utf-8")


def load(model: str | Path = DEFAULT) -> Model:
    """Read a model by the name of a shipped one or the path of a folder.

    Raises
    ------
    ModelError
        If there is no such model, a file is not what it should be, or it was made for another version.
    """
    folder = _folder(model)
    try:
        settings = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        if settings["format"] != FORMAT or settings["columns"] != list(SPAN_NAMES):
            raise ModelError(
                f"{folder}: made for another version of spamguard (format {settings['format']}, this one reads {FORMAT}"
                " with its own columns). Train it again with this version."
            )
        with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
            return _assemble(settings, arrays)
    except FileNotFoundError as error:
        raise ModelError(
            f"no model {str(model)!r}: {error.filename} is missing. Give the folder that `spamguard train --out` wrote,"
            f" or one of {sorted(path.name for path in MODELS.iterdir() if path.is_dir())}."
        ) from None
    except (ValueError, KeyError, TypeError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise ModelError(f"{folder}: not a spamguard model, or a damaged one ({error}). Train or copy it again.") from None


def _folder(model: str | Path) -> Path:
    """Folder of a model given by path or by the name of a shipped one."""
    shipped = MODELS / str(model)
    return shipped if not Path(model).is_dir() and shipped.is_dir() else Path(model)


def load_once(model: str | Path = DEFAULT) -> Model:
    """`load`, or the model that this process has read of the same files before."""
    folder = _folder(model)
    files = (folder / "arrays.npz", folder / "model.json")
    stamp = tuple(path.stat().st_mtime_ns for path in files if path.exists())
    return _load_stamped(str(model), stamp)


@lru_cache(maxsize=4)
def _load_stamped(model: str, stamp: tuple[int, ...]) -> Model:
    """`stamp` tells a model from one that was written over it."""
    return load(model)


def _assemble(settings: dict[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Model:
    learned = Learned(
        arrays["spam"], arrays["stub"], arrays["host"], arrays["terms"], tuple(settings["languages"]),
        arrays["language_rows"], arrays["language_columns"], float(settings["language_unit"]),
    )  # fmt: skip
    first_pass = Sieve(Nets.from_arrays("sieve", arrays), float(settings["sieve_limit"]))
    segments, spans, starts, stops = (Scorer.from_arrays(name, arrays) for name in SCORERS)
    slope, intercept = map(float, settings["calibration"])
    return Model(
        learned, first_pass, segments, spans, starts, stops,
        tuple(Costs(**each) for each in settings["costs"]), (slope, intercept),
        {name: float(value) for name, value in settings["thresholds"].items()}, arrays["campaigns"],
        tuple(settings["labels"]), arrays["label_rows"], arrays["label_terms"], arrays["label_bias"], settings["about"],
    )  # fmt: skip
