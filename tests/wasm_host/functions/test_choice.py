"""Which of two versions a request meets: by percent, the same for the same key, and moving one way only."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wasm_host.functions.choice import chosen, point_of

percents = st.integers(0, 100)
keys = st.binary(max_size=40)


@given(keys)
def test_a_key_lies_where_it_always_lies(key: bytes) -> None:
    point = point_of(key, b"hello")
    assert 0 <= point < 100
    assert point == point_of(key, b"hello")


@given(keys, percents, percents)
def test_a_share_that_grows_takes_keys_and_gives_none(key: bytes, before: int, after: int) -> None:
    point = point_of(key, b"hello")
    was, becomes = (chosen([100 - percent, percent], point) for percent in (min(before, after), max(before, after)))
    assert was <= becomes


@given(keys)
def test_all_and_nothing_are_what_they_say(key: bytes) -> None:
    point = point_of(key, b"hello")
    assert (chosen([100, 0], point), chosen([0, 100], point), chosen([100], point)) == (0, 1, 0)


@given(st.lists(st.floats(0, 50), min_size=1, max_size=3), st.floats(0, 100, exclude_max=True))
def test_a_point_always_lies_in_a_share(shares: list[float], point: float) -> None:
    assert 0 <= chosen(shares, point) < len(shares)


def test_keys_spread_as_the_percents_say() -> None:
    points = [point_of(b"%d" % number, b"hello") for number in range(4000)]
    for percent in (1, 10, 50):
        share = sum(chosen([100 - percent, percent], point) for point in points) / len(points)
        assert abs(share * 100 - percent) < 3


def test_a_client_is_not_first_for_every_function() -> None:
    first = {key for key in range(1000) if point_of(b"%d" % key, b"hello") < 10}
    also = {key for key in range(1000) if point_of(b"%d" % key, b"other") < 10}
    assert len(first & also) < 40
