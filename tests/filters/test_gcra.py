"""The generic cell rate algorithm, against a bucket that is filled by hand."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from filters.gcra import Gcra

INTERVAL = 1_000


class Bucket:
    """The plain model: units that grow with time up to a capacity, kept exactly."""

    def __init__(self, interval: int, capacity: int) -> None:
        self._interval, self._capacity = interval, capacity
        self._units, self._at = Fraction(capacity), 0

    def take(self, now: int) -> tuple[bool, int, int]:
        """Return whether there was a unit, how many whole ones are left, and the time until there is one more."""
        self._units = min(Fraction(self._capacity), self._units + Fraction(now - self._at, self._interval))
        self._at = now
        allowed = self._units >= 1
        if allowed:
            self._units -= 1
        whole = int(self._units)
        return allowed, whole, int((whole + 1 - self._units) * self._interval)


@given(st.integers(1, 5), st.lists(st.integers(0, 3 * INTERVAL), max_size=60))
def test_it_is_a_bucket(burst: int, pauses: list[int]) -> None:
    gcra, bucket = Gcra(INTERVAL, burst), Bucket(INTERVAL, burst)
    due, now = 0, 0
    for pause in pauses:
        now += pause
        taking = gcra.take(due, now)
        assert (taking.allowed, taking.remaining, taking.next_ns) == bucket.take(now)
        due = taking.due_ns


@given(st.integers(1, 5), st.integers(0, 10), st.integers(0, INTERVAL))
def test_whoever_waits_as_told_is_let_in(burst: int, before: int, pause: int) -> None:
    gcra, due, now = Gcra(INTERVAL, burst), 0, pause
    for _ in range(burst + before):
        due = gcra.take(due, now).due_ns
    refused = gcra.take(due, now)
    assert not refused.allowed
    assert not gcra.take(due, now + refused.next_ns - 1).allowed
    assert gcra.take(due, now + refused.next_ns).allowed


def test_a_refusal_costs_nothing() -> None:
    gcra = Gcra(INTERVAL, 1)
    due = gcra.take(0, 0).due_ns
    assert gcra.take(due, 1).due_ns == due


def test_a_key_is_as_good_as_new_after_the_window() -> None:
    gcra, due = Gcra(INTERVAL, 3), 0
    for _ in range(3):
        due = gcra.take(due, 0).due_ns
    assert gcra.take(due, gcra.window_ns)[2:] == gcra.take(0, gcra.window_ns)[2:]
