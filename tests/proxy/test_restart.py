"""When a worker is replaced."""

from hypothesis import given
from hypothesis import strategies as st

from proxy.restart import LONGEST_WAIT_S, RestartPolicy


def test_a_first_end_is_mended_at_once() -> None:
    assert RestartPolicy().wait_s(3600) == 0


def test_quick_ends_are_mended_ever_later() -> None:
    policy = RestartPolicy()
    assert [policy.wait_s(0.5) for _ in range(8)] == [0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5]


def test_a_worker_that_served_well_starts_the_count_anew() -> None:
    policy = RestartPolicy()
    for _ in range(5):
        policy.wait_s(0.5)
    assert policy.wait_s(60) == 0


def test_twenty_ends_within_a_minute_of_workers_that_served_are_mended_at_once() -> None:
    policy = RestartPolicy()
    assert [policy.wait_s(2.5) for _ in range(20)] == [0] * 20


def test_a_first_end_or_two_are_no_failing() -> None:
    policy = RestartPolicy()
    judged = []
    for served_s in (3600, 0.5, 0.5):
        policy.wait_s(served_s)
        judged.append(policy.failing)
    assert judged == [False, False, True]


def test_a_worker_that_was_never_ready_is_failing_until_one_serves_well() -> None:
    policy = RestartPolicy()
    policy.wait_s(None)
    assert policy.failing
    policy.wait_s(60)
    assert not policy.failing


def test_three_starts_without_one_ready_worker_are_hopeless() -> None:
    policy = RestartPolicy()
    judged = []
    for _ in range(3):
        policy.wait_s(None)
        judged.append(policy.hopeless)
    assert judged == [False, False, True]


def test_a_place_that_was_ready_once_is_never_hopeless() -> None:
    policy = RestartPolicy()
    policy.wait_s(60)
    for _ in range(10):
        policy.wait_s(None)
    assert not policy.hopeless


def test_a_place_beside_others_that_were_ready_is_never_hopeless() -> None:
    policy = RestartPolicy(proven=True)
    for _ in range(10):
        policy.wait_s(None)
    assert not policy.hopeless


@given(st.lists(st.none() | st.floats(0, 100)))
def test_no_wait_is_longer_than_the_longest(served: list[float | None]) -> None:
    policy = RestartPolicy()
    assert all(0 <= policy.wait_s(each) <= LONGEST_WAIT_S for each in served)
