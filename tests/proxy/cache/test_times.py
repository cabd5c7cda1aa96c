"""Until when a stored response is fresh, may be served stale, and is worth keeping."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.received import NOW, dated, kept, received, responding

from proxy.cache.policy import Policy
from proxy.cache.verdict import Verdict

LENIENT = Policy(stale_while_revalidate_s=10, stale_if_error_s=100, stale_unreachable_s=1000)


def test_a_response_is_fresh_from_its_birth_for_its_lifetime() -> None:
    stored = kept("Cache-Control: max-age=60", "Age: 20", dated("Date", 0))
    assert (stored.born, stored.fresh_until) == (NOW - 20, NOW + 40)


def test_without_validator_and_leave_it_is_kept_while_it_is_fresh() -> None:
    stored = kept("Cache-Control: max-age=60", policy=Policy(keep_s=1000))
    assert stored.keep_until == NOW + 60


@pytest.mark.parametrize("line", ['ETag: "a"', dated("Last-Modified", -10)])
def test_what_can_be_validated_is_kept_longer(line: str) -> None:
    assert kept("Cache-Control: max-age=60", line, policy=Policy(keep_s=1000)).keep_until == NOW + 1060


def test_what_came_stale_is_kept_from_now_if_it_can_be_validated() -> None:
    stored = kept("Cache-Control: max-age=60", "Age: 500", 'ETag: "a"', policy=Policy(keep_s=1000))
    assert stored.fresh_until < NOW
    assert stored.keep_until == NOW + 1000


def test_the_route_gives_leave_where_the_response_says_nothing() -> None:
    stored = kept("Cache-Control: max-age=60", policy=LENIENT)
    assert (stored.stale_while_revalidate_s, stored.stale_if_error_s) == (10, 100)
    assert stored.keep_until == NOW + 1060


def test_the_response_is_heard_first() -> None:
    stored = kept("Cache-Control: max-age=60, stale-while-revalidate=0, stale-if-error=5000", policy=LENIENT)
    assert (stored.stale_while_revalidate_s, stored.stale_if_error_s) == (0, 5000)
    assert stored.keep_until == NOW + 5060


@pytest.mark.parametrize(
    "line",
    [
        "Cache-Control: max-age=60, must-revalidate, stale-while-revalidate=5",
        "Cache-Control: max-age=60, proxy-revalidate, stale-if-error=5",
        "Cache-Control: s-maxage=60",
        "CDN-Cache-Control: max-age=60, must-revalidate",
    ],
)
def test_no_leave_counts_against_a_prohibition(line: str) -> None:
    stored = kept(line, policy=LENIENT)
    assert stored.must_revalidate
    assert (stored.stale_while_revalidate_s, stored.stale_if_error_s) == (0, 0)
    assert stored.keep_until == stored.fresh_until == NOW + 60


@pytest.mark.parametrize(
    "lines", [["Cache-Control: no-cache, max-age=60", 'ETag: "a"'], ['ETag: "a"'], ["Cache-Control: foo", 'ETag: "a"']]
)
def test_what_says_no_cache_or_nothing_is_kept_for_validation_alone(lines: list[str]) -> None:
    stored = kept(*lines, policy=LENIENT)
    assert stored.fresh_until == -math.inf
    assert stored.must_revalidate
    assert stored.keep_until == NOW + LENIENT.keep_s


@given(
    max_age=st.integers(0, 2**40),
    age=st.integers(0, 2**40),
    while_revalidate=st.integers(0, 2**40),
    if_error=st.integers(0, 2**40),
    validator=st.booleans(),
)
def test_what_may_still_be_used_is_kept(
    max_age: int, age: int, while_revalidate: int, if_error: int, validator: bool
) -> None:
    windows = f"stale-while-revalidate={while_revalidate}, stale-if-error={if_error}"
    lines = [f"Cache-Control: max-age={max_age}, {windows}", f"Age: {age}", 'ETag: "a"' if validator else "X: y"]
    stored = received(responding(*lines), policy=LENIENT)
    if isinstance(stored, Verdict):
        assert not validator
        return
    longest = max(stored.stale_while_revalidate_s, stored.stale_if_error_s, LENIENT.stale_unreachable_s)
    assert stored.keep_until >= stored.fresh_until + longest
    assert stored.keep_until > NOW
    assert not validator or stored.keep_until >= NOW + LENIENT.keep_s
