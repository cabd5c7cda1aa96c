"""A line through points."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.soak.slope import Slope, fit


def test_a_line_is_found_again():
    slope = fit([(at, 100 + 0.5 * at) for at in range(20)])
    assert (slope.per_s, slope.error_per_s) == (pytest.approx(0.5), pytest.approx(0, abs=1e-9))
    assert slope.mean == pytest.approx(104.75)


def test_the_standard_error_is_that_of_the_book():
    slope = fit([(0, 1), (1, 3), (2, 2), (3, 5)])  # by hand: slope 1.1, residuals' squares 2.7, spread 5
    assert slope.per_s == pytest.approx(1.1)
    assert slope.error_per_s == pytest.approx((2.7 / 2 / 5) ** 0.5)


@pytest.mark.parametrize("points", [[], [(1.0, 2.0)], [(0.0, 1.0), (1.0, 9.0)], [(3.0, 1.0)] * 5])
def test_too_few_points_say_nothing(points: list[tuple[float, float]]):
    slope = fit(points)
    assert slope.error_per_s == inf
    assert not slope.grows(0.0)


@given(st.lists(st.floats(0, 1e9), min_size=3, max_size=50))
def test_what_swings_around_a_value_is_no_growth_beyond_its_error(values: list[float]):
    mirrored = [*values, *values[::-1]]
    assert fit([(float(at), value) for at, value in enumerate(mirrored)]).per_s == pytest.approx(0, abs=1e-3)


def test_growth_is_more_than_a_share_and_more_than_chance():
    assert Slope(1.0, 0.1, 36_000, 90).share_per_hour == pytest.approx(0.1)
    assert Slope(1.0, 0.1, 36_000, 90).grows(0.05)
    assert not Slope(1.0, 0.1, 36_000, 90).grows(0.2)
    assert not Slope(1.0, 0.6, 36_000, 90).grows(0.05)
    assert not Slope(-1.0, 0.1, 36_000, 90).grows(0.05)
