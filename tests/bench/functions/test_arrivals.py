"""Requests that come by chance: how many, when, and what their times come to."""

from __future__ import annotations

import pytest

from bench.functions.arrivals import moments, percentile


def test_as_many_come_as_the_rate_says_within_the_time_and_in_order():
    due = list(moments(500, 10))
    assert 4700 < len(due) < 5300
    assert due == sorted(due)
    assert due[0] > 0
    assert due[-1] < 10


def test_a_seed_stands_for_the_same_moments():
    assert list(moments(100, 1, seed=3)) == list(moments(100, 1, seed=3)) != list(moments(100, 1, seed=4))


@pytest.mark.parametrize(("percent", "found"), [(50, 5), (99, 10), (100, 10), (10, 1), (0, 1)])
def test_a_percentile_is_one_of_the_times(percent: float, found: float):
    assert percentile([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], percent) == found
