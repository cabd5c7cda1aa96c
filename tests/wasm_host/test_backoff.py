"""How long a guest that fails is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasm_host.backoff import Backoff, Patience

PATIENCE = Patience(free=2, first_s=1.0, most_s=10.0, forget_s=60.0)

patiences = st.builds(
    Patience,
    free=st.integers(0, 10),
    first_s=st.floats(0.001, 10),
    most_s=st.floats(10, 1000),
    forget_s=st.integers(1000, 5000).map(float),
)
gaps = st.lists(st.integers(0, 6000).map(float), max_size=40)


def waits(patience: Patience, gaps_s: list[float]) -> list[float]:
    """Let a guest fail after each gap; return how long it is to be left alone each time."""
    backoff, now, found = Backoff(patience), 1000.0, []
    for gap_s in gaps_s:
        now += gap_s
        backoff.failed(now)
        found.append(max(0.0, backoff.until - now))
    return found


def test_a_few_failures_are_free_and_each_further_one_doubles_the_wait() -> None:
    assert waits(PATIENCE, [1] * 8) == [0, 0, 1, 2, 4, 8, 10, 10]


def test_nothing_is_to_be_waited_for_before_the_first_failure() -> None:
    assert Backoff(PATIENCE).until < 0


def test_failures_are_forgotten_after_a_while_without_one() -> None:
    assert waits(PATIENCE, [0, 0, 0, 0, 60, 61, 0, 0]) == [0, 0, 1, 2, 4, 0, 0, 1]


@given(patiences, gaps)
def test_no_wait_is_longer_than_the_longest(patience: Patience, gaps_s: list[float]) -> None:
    assert all(wait_s <= patience.most_s + 1e-6 for wait_s in waits(patience, gaps_s))


@given(patiences, st.integers(0, 40))
def test_as_many_failures_as_are_free_cost_nothing(patience: Patience, failures: int) -> None:
    found = waits(patience, [0.0] * failures)
    assert not any(found[: patience.free])
    assert all(found[patience.free :])


@given(patiences, gaps)
def test_what_counts_is_the_failures_since_the_last_quiet_while(patience: Patience, gaps_s: list[float]) -> None:
    quiet = patience.forget_s * 2 + 1
    assert waits(patience, [*gaps_s, quiet, *gaps_s])[len(gaps_s) :] == pytest.approx(waits(patience, [0.0, *gaps_s]))


@given(patiences)
def test_ten_thousand_failures_are_counted(patience: Patience) -> None:
    backoff = Backoff(patience)
    for _ in range(10_000):
        backoff.failed(1.0)
    assert backoff.failures == 10_000
    assert 0 < backoff.until - 1.0 <= patience.most_s + 1e-6
