"""The public contract: what users call, and what they may rely on."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pytest

import spamguard
from spamguard import Reason, Result, SpamGuard, Span, classify

CLEAN_TYPES = [b"bytes", None, 3, float("nan"), ["a list"]]


def test_a_tail_is_cut_to_the_character(guard: SpamGuard, contaminated: str) -> None:
    result = guard.clean(contaminated)
    assert result.verdict == "trimmed"
    assert result.text.endswith("regional press fund.")
    assert contaminated.startswith(result.text)
    assert result.spans[-1].end == len(contaminated)
    assert {span.label for span in result.spans} == {"gambling"}


def test_reasons_name_what_was_seen(guard: SpamGuard, contaminated: str) -> None:
    for span in guard.clean(contaminated).spans:
        assert span.reasons
        assert all(isinstance(reason, Reason) and reason.detail for reason in span.reasons)
        assert all(0 <= reason.start < reason.end <= len(contaminated) for reason in span.reasons)
        weights = [reason.weight for reason in span.reasons]
        assert weights == sorted(weights, reverse=True)
    kinds = {reason.kind for span in guard.clean(contaminated).spans for reason in span.reasons}
    assert "ngrams" in kinds
    details = " ".join(reason.detail for span in guard.clean(contaminated).spans for reason in span.reasons)
    assert "zalbetgiris.com" in details


def test_a_clean_article_is_left_alone(guard: SpamGuard, contaminated: str) -> None:
    article = contaminated[: contaminated.index("Leave a Reply")].rstrip()
    result = guard.clean(article)
    assert result == Result(article)
    assert result.verdict == "clean"
    assert result.text is article


def test_a_form_without_spam_stays(guard: SpamGuard, contaminated: str) -> None:
    form = contaminated[: contaminated.index(" giriş")]
    assert form.endswith("marked *")
    assert guard.clean(form).verdict == "clean"


def test_a_page_of_spam_leaves_nothing(guard: SpamGuard, contaminated: str) -> None:
    page = contaminated[contaminated.index("zalbet") :]
    result = guard.clean(page)
    assert result.verdict == "spam"
    assert result.text == ""
    assert result.spans[0].start == 0
    assert result.spans[-1].end == len(page)


def test_restore_gives_the_original(guard: SpamGuard, contaminated: str) -> None:
    result = guard.clean(contaminated)
    assert result.restore() == contaminated
    assert len(result.kept) == len(result.removed) + 1


def test_many_equals_one_by_one(guard: SpamGuard, contaminated: str, articles: list[str]) -> None:
    texts = [contaminated, "", *articles[:20], contaminated[::-1], contaminated]
    one_by_one = [guard.clean(text) for text in texts]
    assert guard.clean_many(texts) == one_by_one
    assert guard.clean_many(iter(texts), n_jobs=2) == one_by_one


@pytest.mark.parametrize("value", CLEAN_TYPES)
def test_clean_takes_a_str_and_says_so(guard: SpamGuard, value: object) -> None:
    with pytest.raises(TypeError, match="wanted a str"):
        guard.clean(value)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="at position 1"):
        guard.clean_many(["fine", value])  # type: ignore[list-item]


def test_where_limits_the_cuts(contaminated: str) -> None:
    assert SpamGuard(where=("head", "body")).clean(contaminated).verdict == "clean"
    assert SpamGuard(where=("tail",)).clean(contaminated).verdict == "trimmed"
    page = contaminated[contaminated.index("zalbet") :]
    assert SpamGuard(where=("tail",)).clean(page).verdict == "clean"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"where": ("middle",)}, "where"),
        ({"where": ()}, "where"),
        ({"threshold": 1.5}, "probability"),
        ({"threshold": "loose"}, "strict"),
    ],
)
def test_options_are_checked(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SpamGuard(**options)  # type: ignore[arg-type]


def test_operating_points_are_ordered() -> None:
    strict, balanced, eager = (SpamGuard(threshold=name).threshold for name in ("strict", "balanced", "eager"))
    assert strict >= balanced >= eager
    assert SpamGuard().threshold == balanced


def test_importing_and_cleaning_need_neither_scikit_learn_nor_pandas() -> None:
    code = (
        "import sys; from spamguard import SpamGuard; SpamGuard().clean('A text. slot gacor www.bet88giris.com');"
        "print([name for name in ('sklearn', 'pandas', 'scipy', 'joblib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_public_names() -> None:
    assert set(spamguard.__all__) == {"Reason", "Result", "Span", "SpamGuard", "SpamguardError", "__version__"}
    assert Span.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert repr(SpamGuard()).startswith("SpamGuard(model='default'")


def test_a_guard_is_pickled_without_its_model(guard: SpamGuard, contaminated: str) -> None:
    packed = pickle.dumps(guard)
    assert len(packed) < 1000
    assert pickle.loads(packed).clean(contaminated) == guard.clean(contaminated)
    whole = SpamGuard(classify.load(), threshold=guard.threshold)
    assert pickle.loads(pickle.dumps(whole)).clean(contaminated) == guard.clean(contaminated)
