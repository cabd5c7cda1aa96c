"""Medians, ratios, and what is taken away."""

from __future__ import annotations

import pytest

from bench.timing import Case, Stopwatch, Timing, summarise


def nothing() -> None:
    return None


def test_a_time_is_the_median_of_its_rounds_and_keeps_its_limit():
    taken = [{"call": us} for us in (3.0, 9.0, 2.0)]
    assert summarise([Case("call", nothing, limit_us=2.5)], taken, {}) == [Timing("call", 3.0, {}, 2.5)]


def test_ratios_are_taken_within_each_round_so_that_drift_cancels():
    cases = [Case("call", nothing), Case("loop", nothing)]
    taken = [{"call": 3.0, "loop": 1.0}, {"call": 6.0, "loop": 2.0}, {"call": 30.0, "loop": 10.0}]
    call, loop = summarise(cases, taken, {"× loop": "loop"})
    assert call.ratios == {"× loop": pytest.approx(3.0)}
    assert loop.ratios == {"× loop": pytest.approx(1.0)}


def slow() -> None:
    sum(range(20_000))


def fastest_us(case: Case) -> float:
    """Return the least of several times: what else the machine does only ever adds."""
    stopwatch = Stopwatch(case)
    return min(stopwatch.take_us() for _ in range(5))


def test_a_time_is_divided_by_how_many_there_are():
    assert fastest_us(Case("one", slow, per=20_000)) < fastest_us(Case("all", slow)) / 1_000


def test_the_bare_calls_time_is_taken_away():
    assert fastest_us(Case("nothing", slow, bare=slow)) < fastest_us(Case("slow", slow)) / 2
