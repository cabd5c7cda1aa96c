"""Lifetimes and ages (RFC 9111 §4.2)."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.received import NOW, PLAIN, dated, headers

from proxy.cache.fields import LONGEST_S
from proxy.cache.freshness import Reception, born, lifetime, said
from proxy.cache.policy import Policy


def lasting(*lines: str, status: int = 200, policy: Policy = PLAIN, ttl_s: float | None = None) -> float | None:
    fields = headers(*lines)
    return lifetime(status, said(fields), fields, Reception.of(fields, NOW, NOW).date, policy, ttl_s)


def age_at_receipt(*lines: str, delay_s: float = 0.0, at: float = NOW) -> float:
    fields = headers(*lines)
    return at - born(fields, Reception.of(fields, at - delay_s, at))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["Cache-Control: max-age=60"], 60),
        (["Cache-Control: max-age=1, s-maxage=60"], 60),
        (["Cache-Control: s-maxage=1", "Cache-Control: max-age=60"], 1),
        (["Cache-Control: max-age=60", dated("Expires", -60)], 60),
        (["Cache-Control: max-age=60", "Expires: 0"], 60),
        (["Cache-Control: max-age=0", dated("Expires", 60)], 0),
        (["Cache-Control: max-age=oops", dated("Expires", 60)], 0),
        (["Cache-Control: s-maxage=oops, max-age=60"], 0),
        ([dated("Expires", 60), dated("Date", 0)], 60),
        ([dated("Expires", 60), dated("Date", -10)], 70),
        ([dated("Expires", 300), dated("Date", 400)], -100),
        ([dated("Expires", 60)], 60),
        ([dated("Expires", 60), "Date: foo"], 60),
        (["Expires: 0"], 0),
        (["Expires: foo", dated("Expires", 60)], 0),
        (["Cache-Control: no-transform"], None),
        ([], None),
    ],
)
def test_s_maxage_comes_before_max_age_before_expires(lines: list[str], expected: float | None) -> None:
    assert lasting(*lines) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["CDN-Cache-Control: max-age=60", "Cache-Control: max-age=1"], 60),
        (["CDN-Cache-Control: max-age=1", "Cache-Control: s-maxage=60"], 1),
        (["CDN-Cache-Control: max-age=60", dated("Expires", -60)], 60),
        (["CDN-Cache-Control: max-age=0", dated("Expires", 60)], 0),
        (["CDN-Cache-Control: public", dated("Expires", 60)], None),
        (['CDN-Cache-Control: max-age="60"', "Cache-Control: max-age=1"], 1),
        (["CDN-Cache-Control: ", "Cache-Control: max-age=1"], 1),
    ],
)
def test_a_valid_targeted_field_takes_the_place_of_cache_control_and_expires(
    lines: list[str], expected: float | None
) -> None:
    assert lasting(*lines) == expected


@pytest.mark.parametrize(
    ("offset_s", "expected"), [(-1000, 100), (-10_000_000, 86_400), (0, 0), (60, 0)], ids=["", "capped", "now", "later"]
)
def test_a_tenth_of_the_time_since_last_modified_is_guessed(offset_s: float, expected: float) -> None:
    assert lasting(dated("Last-Modified", offset_s), dated("Date", 0)) == expected


@pytest.mark.parametrize("status", [200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501])
def test_statuses_of_rfc_9110_section_15_1_may_be_guessed_at(status: int) -> None:
    assert lasting(dated("Last-Modified", -1000), status=status) == 100


@pytest.mark.parametrize("status", [201, 202, 302, 307, 403, 500, 502, 503, 504, 599])
def test_others_may_be_guessed_at_only_if_they_are_public(status: int) -> None:
    assert lasting(dated("Last-Modified", -1000), status=status) is None
    assert lasting(dated("Last-Modified", -1000), "Cache-Control: public", status=status) == 100


def test_nothing_is_guessed_from_what_is_no_date() -> None:
    assert lasting("Last-Modified: yesterday") is None


def test_the_route_chooses_how_much_is_guessed() -> None:
    policy = Policy(heuristic_fraction=0.5, heuristic_max_s=300)
    assert lasting(dated("Last-Modified", -100), policy=policy) == 50
    assert lasting(dated("Last-Modified", -1000), policy=policy) == 300


def test_the_route_default_is_for_what_says_nothing() -> None:
    policy = Policy(default_ttl_s=30)
    assert lasting(policy=policy) == 30
    assert lasting("Cache-Control: max-age=5", policy=policy) == 5
    assert lasting(dated("Last-Modified", -100), policy=policy) == 10
    assert lasting(status=302, policy=policy) is None
    assert lasting(status=302, policy=Policy(default_ttl_s=30, statuses=frozenset({302}))) == 30


def test_a_filter_overrules_what_the_response_says_but_not_the_cap() -> None:
    assert lasting("Cache-Control: max-age=5", ttl_s=60.0) == 60
    assert lasting(ttl_s=60.0, policy=Policy(max_ttl_s=10)) == 10


@pytest.mark.parametrize("line", ["Cache-Control: max-age=60", dated("Expires", 60), dated("Last-Modified", -600)])
def test_the_cap_holds_for_every_lifetime(line: str) -> None:
    assert lasting(line, policy=Policy(max_ttl_s=10)) == 10
    assert lasting(line) == 60


@pytest.mark.parametrize(
    ("lines", "delay_s", "expected"),
    [
        ([dated("Date", 0)], 0, 0),
        ([dated("Date", 0), "Age: 30"], 0, 30),
        ([dated("Date", 0), "Age: 30"], 5, 35),
        ([dated("Date", -100), "Age: 30"], 5, 100),
        ([dated("Date", 100)], 0, 0),
        ([], 5, 5),
        (["Date: foo", "Age: foo"], 0, 0),
        ([dated("Date", 0), "Age: 99999999999"], 0, LONGEST_S),
    ],
)
def test_the_age_at_receipt_is_the_larger_of_the_apparent_and_the_stated_one(
    lines: list[str], delay_s: float, expected: float
) -> None:
    assert age_at_receipt(*lines, delay_s=delay_s) == expected


def test_the_fraction_of_a_second_that_a_date_leaves_out_is_no_age() -> None:
    assert age_at_receipt(dated("Date", 0), at=NOW + 0.9) == 0


@given(
    date=st.integers(-(2**40), 2**40),
    stated=st.integers(0, 2**40),
    delay_s=st.floats(-10, 1e6),
    fraction=st.floats(0, 0.999),
)
def test_no_response_is_younger_than_it_says_or_born_later_than_it_came(
    date: int, stated: int, delay_s: float, fraction: float
) -> None:
    at = NOW + fraction
    since = born(headers(f"Age: {stated}"), Reception(at - delay_s, at, date, dated=True))
    age = at - since
    assert age >= min(stated, LONGEST_S) - 1e-3
    assert age >= math.floor(at) - date - 1e-3
    assert since <= at


@given(st.integers(0, 2**70), st.integers(0, 2**70), st.floats(0, 1e9))
def test_no_lifetime_is_over_the_cap(max_age: int, s_maxage: int, cap: float) -> None:
    found = lasting(f"Cache-Control: max-age={max_age}, s-maxage={s_maxage}", policy=Policy(max_ttl_s=cap))
    assert found == min(s_maxage, LONGEST_S, cap)
