import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.cache.breaker import FIRST_PAUSE_S, LONGEST_PAUSE_S, Breaker


def closed(failures: int = 5) -> Breaker:
    breaker = Breaker(failures)
    breaker.close()
    return breaker


def test_it_begins_open_with_a_probe_due() -> None:
    breaker = Breaker(5)
    assert breaker.is_open
    assert breaker.probe_at <= 0


def test_so_many_failures_in_a_row_open_it_once() -> None:
    breaker = closed(3)
    assert [breaker.fail(10.0, 0.0, at_once=False) for _ in range(4)] == [False, False, True, False]
    assert breaker.is_open


def test_a_success_between_begins_the_row_anew() -> None:
    breaker = closed(2)
    for _ in range(5):
        assert not breaker.fail(10.0, 0.0, at_once=False)
        breaker.succeed()
    assert not breaker.is_open


def test_proof_that_nobody_is_there_opens_it_at_once() -> None:
    assert closed(5).fail(10.0, 0.0, at_once=True)


def test_pauses_double_up_to_the_longest() -> None:
    breaker = closed(1)
    breaker.fail(100.0, 0.0, at_once=False)
    pauses = [breaker.probe_at - 100.0]
    for _ in range(6):
        breaker.put_off(100.0, 0.0)
        pauses.append(breaker.probe_at - 100.0)
    assert pauses == pytest.approx([0.5, 1.0, 2.0, 4.0, 5.0, 5.0, 5.0])


def test_closing_makes_the_next_pause_short_again() -> None:
    breaker = closed(1)
    for _ in range(5):
        breaker.put_off(0.0, 0.0)
    breaker.close()
    breaker.fail(100.0, 0.0, at_once=False)
    assert breaker.probe_at == pytest.approx(100.0 + FIRST_PAUSE_S)


@given(chance=st.floats(0, 1), probes=st.integers(1, 10))
def test_a_pause_is_shortened_by_half_at_most(chance: float, probes: int) -> None:
    breaker = closed(1)
    for _ in range(probes):
        breaker.put_off(0.0, chance)
        assert FIRST_PAUSE_S / 2 <= breaker.probe_at <= LONGEST_PAUSE_S
