"""How often an address may be wrong."""

from __future__ import annotations

from ipaddress import IPv4Address

from hypothesis import given
from hypothesis import strategies as st

from proxy.admin.attempts import BURST, EVERY_S, MOST_ADDRESSES, Attempts


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def failing(times: int, address: str = "192.0.2.1") -> tuple[Attempts, Clock]:
    clock = Clock()
    attempts = Attempts(clock)
    for _ in range(times):
        attempts.failed(address)
    return attempts, clock


def test_who_was_wrong_a_few_times_need_not_wait() -> None:
    assert failing(BURST - 1)[0].wait_s("192.0.2.1") == 0


def test_who_was_wrong_more_often_waits_for_the_next_try() -> None:
    attempts, clock = failing(BURST)
    assert attempts.wait_s("192.0.2.1") == EVERY_S
    clock.now += EVERY_S
    assert attempts.wait_s("192.0.2.1") == 0
    attempts.failed("192.0.2.1")
    assert attempts.wait_s("192.0.2.1") == EVERY_S


def test_others_do_not_wait_for_them() -> None:
    assert failing(BURST)[0].wait_s("192.0.2.2") == 0


def test_after_a_while_all_is_forgiven() -> None:
    attempts, clock = failing(BURST)
    clock.now += BURST * EVERY_S
    for _ in range(BURST - 1):
        attempts.failed("192.0.2.1")
    assert attempts.wait_s("192.0.2.1") == 0


def test_the_addresses_of_one_ipv6_network_count_as_one() -> None:
    attempts, _ = failing(BURST, "2001:db8::1")
    assert attempts.wait_s("2001:db8::2") == EVERY_S
    assert attempts.wait_s("2001:db8:0:1::1") == 0


def test_what_is_no_address_counts_by_itself() -> None:
    assert failing(BURST, "unix, user 1000")[0].wait_s("unix, user 1000") == EVERY_S


@given(start=st.integers(0, 2**32 - 1), step=st.integers(1, 2**20))
def test_only_so_many_addresses_are_remembered(start: int, step: int) -> None:
    attempts, _ = failing(0)
    for number in range(MOST_ADDRESSES + 50):
        attempts.failed(str(IPv4Address((start + number * step) % 2**32)))
    assert len(attempts._empty_at) <= MOST_ADDRESSES
