"""When a worker is replaced."""

from hypothesis import given
from hypothesis import strategies as st

from proxy.restart import LONGEST_WAIT_S, RestartPolicy


def test_a_first_end_is_mended_at_once() -> None:
    assert RestartPolicy().wait_s(3600, was_ready=True) == 0


def test_quick_ends_are_mended_ever_later() -> None:
    policy = RestartPolicy()
    assert [policy.wait_s(0.5, was_ready=True) for _ in range(8)] == [0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5]


def test_a_worker_that_lived_long_starts_the_count_anew() -> None:
    policy = RestartPolicy()
    for _ in range(5):
        policy.wait_s(0.5, was_ready=True)
    assert policy.wait_s(60, was_ready=True) == 0


def test_three_starts_without_one_ready_worker_are_hopeless() -> None:
    policy = RestartPolicy()
    judged = []
    for _ in range(3):
        policy.wait_s(0.5, was_ready=False)
        judged.append(policy.hopeless)
    assert judged == [False, False, True]


def test_a_place_that_was_ready_once_is_never_hopeless() -> None:
    policy = RestartPolicy()
    policy.wait_s(60, was_ready=True)
    for _ in range(10):
        policy.wait_s(0.5, was_ready=False)
    assert not policy.hopeless


@given(st.lists(st.tuples(st.floats(0, 100), st.booleans())))
def test_no_wait_is_longer_than_the_longest(lives: list[tuple[float, bool]]) -> None:
    policy = RestartPolicy()
    assert all(0 <= policy.wait_s(*life) <= LONGEST_WAIT_S for life in lives)
