"""A guest's time is what it computes, not what the machine or the host does meanwhile."""

from __future__ import annotations

import pytest

from wasm_host import calls, fibers
from wasm_host.calls import Running
from wasm_host.engine import TICK_S
from wasm_host.fibers import FiberRunning


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Be the thread's clock, and the wall's."""
    made = Clock()
    monkeypatch.setattr(calls, "thread_time", made)
    monkeypatch.setattr(fibers, "thread_time", made)
    monkeypatch.setattr(fibers, "monotonic", made)
    return made


def test_time_is_over_when_it_is_spent(clock: Clock) -> None:
    running = Running(5 * TICK_S)
    outcomes = []
    for _ in range(6):
        clock.now += TICK_S
        outcomes.append(running.overdue())
    assert outcomes == [False] * 5 + [True]
    assert running.stopped


def test_a_long_pause_between_two_ticks_counts_as_one(clock: Clock) -> None:
    running = Running(2 * TICK_S)
    running.overdue()
    clock.now += 100 * TICK_S
    assert not running.overdue()
    clock.now += TICK_S
    assert running.overdue()


def test_the_next_call_begins_at_nothing(clock: Clock) -> None:
    running = Running(TICK_S)
    running.overdue()
    clock.now += TICK_S
    assert running.overdue()
    running.ticked_at = 0.0  # As Guest.enter does.
    assert not running.overdue()


def test_what_was_spent_before_a_wait_counts(clock: Clock) -> None:
    running = FiberRunning(0.01)
    running.resume(None, 0.01, 0.0, from_loop=True)
    clock.now += 0.006
    spent_s, _ = running.suspend()
    assert spent_s == pytest.approx(0.006)
    clock.now += 5.0
    running.resume(None, 0.01, spent_s, from_loop=False)
    assert not running.overdue()
    clock.now += 0.004
    assert running.overdue()


def test_what_a_fiber_ran_after_its_last_tick_counts(clock: Clock) -> None:
    running = FiberRunning(1.0)
    running.resume(None, 1.0, 0.0, from_loop=True)
    clock.now += 0.007
    running.overdue()
    clock.now += 0.002
    assert running.suspend()[0] == pytest.approx(0.009)


def test_a_stretch_without_a_tick_is_a_tick_at_most(clock: Clock) -> None:
    running = FiberRunning(1.0)
    running.resume(None, 1.0, 0.0, from_loop=True)
    clock.now += 3.0
    assert running.suspend()[0] == pytest.approx(TICK_S)
