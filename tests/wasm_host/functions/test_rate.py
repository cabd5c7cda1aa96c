"""So many calls a second."""

from __future__ import annotations

import pytest

from wasm_host.functions.rate import Rate


def test_without_a_rate_all_get_through() -> None:
    rate = Rate(0)
    assert all(rate.lets_through(1.0) for _ in range(1000))


def test_a_seconds_worth_gets_through_at_once() -> None:
    rate = Rate(5)
    assert [rate.lets_through(100.0) for _ in range(7)] == [True] * 5 + [False] * 2


def test_room_comes_back_with_time() -> None:
    rate = Rate(4)
    assert all(rate.lets_through(100.0) for _ in range(4))
    assert [rate.lets_through(100.25), rate.lets_through(100.25)] == [True, False]
    assert [rate.lets_through(200.0) for _ in range(5)] == [True] * 4 + [False]


@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_less_than_one_a_second_lets_one_through_at_a_time(rate: float) -> None:
    limit = Rate(rate)
    assert [limit.lets_through(100.0), limit.lets_through(100.0 + 0.9 / rate)] == [True, False]
    assert limit.lets_through(100.0 + 1.1 / rate)
