"""What an alias points at, and how a new version gets its percent of it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasm_host.functions.registry.split import Share, Split, with_newcomer

BY_COOKIE = {"cookie": "sid"}


@st.composite
def splits(draw: st.DrawFn) -> Split:
    first, second = draw(st.permutations("abc"))[:2]
    percent = draw(st.integers(1, 99))
    sticky = draw(st.none() | st.just(BY_COOKIE))
    return draw(
        st.sampled_from([Split.whole(first), Split((Share(first, percent), Share(second, 100 - percent)), sticky)])
    )


@pytest.mark.parametrize(
    ("shares", "text"),
    [
        ([], "one version, or at two"),
        ([Share("a", 50), Share("b", 25), Share("c", 25)], "one version, or at two"),
        ([Share("a", 50), Share("a", 50)], "the same"),
        ([Share("a", 50)], "100 together"),
        ([Share("a", 50), Share("b", 51)], "100 together"),
        ([Share("a", 100), Share("b", 0)], "at least 1"),
        ([Share("a", 101), Share("b", -1)], "at least 1"),
    ],
)
def test_shares_that_do_not_add_up_are_refused(shares: list[Share], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        Split(tuple(shares))


@given(splits())
def test_a_split_comes_back_from_its_json(split: Split) -> None:
    assert Split.of_json(json.loads(json.dumps(split.to_json()))) == split


def test_without_percent_a_newcomer_gets_all() -> None:
    assert with_newcomer(Split.whole("a"), "b", 100) == with_newcomer(None, "b", 100) == Split.whole("b")


def test_a_newcomer_leaves_the_rest_to_who_was_there() -> None:
    assert with_newcomer(Split.whole("a"), "b", 10) == Split((Share("a", 90), Share("b", 10)))


def test_a_newcomer_takes_the_place_of_one_before() -> None:
    before = Split((Share("a", 90), Share("b", 10)))
    assert with_newcomer(before, "c", 20) == Split((Share("a", 80), Share("c", 20)))


def test_a_newcomer_may_get_more() -> None:
    before = Split((Share("a", 90), Share("b", 10)), BY_COOKIE)
    assert with_newcomer(before, "b", 30) == Split((Share("a", 70), Share("b", 30)), BY_COOKIE)


def test_a_sticky_key_takes_the_place_of_the_one_before() -> None:
    before = Split((Share("a", 90), Share("b", 10)), {"client": True})
    assert with_newcomer(before, "b", 30, BY_COOKIE).sticky == BY_COOKIE


@pytest.mark.parametrize("before", [None, Split.whole("b")])
def test_where_nobody_is_left_for_the_rest_a_percent_is_refused(before: Split | None) -> None:
    with pytest.raises(ValueError, match="other 90 percent"):
        with_newcomer(before, "b", 10)


@given(splits(), st.sampled_from("abc"), st.integers(1, 99))
def test_a_newcomer_gets_its_percent(before: Split, version: str, percent: int) -> None:
    try:
        after = with_newcomer(before, version, percent)
    except ValueError:
        assert before.versions == (version,)
    else:
        assert after.shares[-1] == Share(version, percent)
        assert after.shares[0].version in before.versions
