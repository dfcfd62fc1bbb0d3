"""Models: what is stored, and what is refused."""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest

from spamguard import SpamGuard
from spamguard.classify import MODELS, load, save
from spamguard.errors import ModelError, SpamguardError

DEFAULT = MODELS / "default"


def test_a_model_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    model = load()
    save(model, tmp_path / "a")
    save(load(tmp_path / "a"), tmp_path / "b")
    for name in ("arrays.npz", "model.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
        assert (tmp_path / "a" / name).read_bytes() == (DEFAULT / name).read_bytes()


def test_the_shipped_model_fits_in_5_mb() -> None:
    assert sum(path.stat().st_size for path in DEFAULT.iterdir()) <= 5_000_000


def test_contributions_add_up(guard: SpamGuard, contaminated: str) -> None:
    from spamguard import features

    trees = load().segments.trees
    columns = features.extract(guard._view([contaminated]))
    moved = trees.contributions(columns).sum(axis=1)
    start = trees.score(columns) - moved
    assert np.allclose(start, start[0], atol=1e-3)


def test_scores_do_not_depend_on_the_batch() -> None:
    scorer = load().segments
    columns = np.random.default_rng(0).normal(0, 3, (500, len(scorer.nets.centre))).astype(np.float32)
    whole = scorer.score(columns)
    assert all(scorer.score(columns[i : i + 1])[0] == whole[i] for i in range(0, 500, 7))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: (folder / "arrays.npz").unlink(),
        lambda folder: (folder / "arrays.npz").write_bytes(b"not a zip"),
        lambda folder: (folder / "arrays.npz").write_bytes((DEFAULT / "arrays.npz").read_bytes()[:5000]),
        lambda folder: (folder / "arrays.npz").write_bytes(pickle.dumps({"spam": 1})),
        lambda folder: (folder / "model.json").write_text("{}"),
        lambda folder: (folder / "model.json").write_text("[1, 2"),
        lambda folder: (folder / "model.json").write_text(json.dumps({"format": 99, "columns": []})),
    ],
)
def test_a_spoiled_model_is_refused_with_a_remedy(tmp_path: Path, spoil: object) -> None:
    folder = tmp_path / "model"
    shutil.copytree(DEFAULT, folder)
    spoil(folder)  # type: ignore[operator]
    with pytest.raises(ModelError, match=r"[Tt]rain|Give"):
        SpamGuard(model=folder)


def test_no_pickle_is_ever_loaded(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(DEFAULT, folder)
    arrays = dict(np.load(DEFAULT / "arrays.npz"))
    arrays["spam"] = np.array([print], dtype=object)
    np.savez(folder / "arrays.npz", **arrays)
    with pytest.raises(SpamguardError):
        SpamGuard(model=folder)
