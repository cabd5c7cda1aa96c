"""Where guests come from: replaced when they fail, left alone when they fail often, and never more than allowed."""

from collections.abc import Iterator

import pytest
from kit.clock import FakeClock
from kit.wasm import Joined

from proxy.errors import GuestError, GuestTimeout, GuestTrap, GuestUnavailable
from proxy.metrics import Registry
from wasm_host.guest import Guest
from wasm_host.guest_metrics import GuestMetrics
from wasm_host.pool import QUARANTINE, REPLACING, STARTING, FreshGuests, Guests, SharedGuests


@pytest.fixture(autouse=True)
def clock() -> Iterator[FakeClock]:
    with FakeClock() as clock:
        yield clock


class Case:
    """Guests of one filter; `fails` is what the next starts end with."""

    def __init__(self, *fails: Exception, most: int | None = None) -> None:
        self.registry = Registry()
        self.fails = list(fails)
        self.made: list[Guest] = []
        metrics = GuestMetrics(self.registry, "auth")
        self._joined = Joined('(memory (export "memory") 1)')
        self.guests: Guests[Guest] = (
            SharedGuests("auth", self._make, metrics)
            if most is None
            else FreshGuests("auth", self._make, metrics, most)
        )

    def _make(self) -> Guest:
        if self.fails:
            raise self.fails.pop(0)
        self.made.append(Guest(self._joined.linked))
        return self.made[-1]

    def break_(self, failure: GuestError) -> None:
        """Take a guest and let it fail, as one does that traps."""
        guest = self.guests.take()
        guest.close()
        self.guests.failed(guest, failure)

    @property
    def alive(self) -> int:
        assert self.guests.alive == self.registry.wasm_instances.child("auth").value
        return self.guests.alive

    @property
    def quarantined(self) -> float:
        return self.registry.wasm_quarantined.child("auth").value

    def traps(self, reason: str) -> float:
        return self.registry.wasm_traps.child("auth", reason).value


def refusal(case: Case) -> str:
    with pytest.raises(GuestUnavailable) as caught:
        case.guests.take()
    assert caught.value.status == 503
    return caught.value.reason


# One guest for all.


def test_all_exchanges_share_one_guest() -> None:
    case = Case()
    assert case.guests.current is None
    first = case.guests.take()
    assert case.guests.take() is first is case.guests.current
    assert case.alive == 1


def test_a_guest_that_fails_is_replaced_by_the_next_who_takes_one() -> None:
    case = Case()
    case.break_(GuestTrap(reason="unreachable"))
    assert case.guests.current is None
    assert case.alive == 0
    assert case.guests.take() is case.made[1]
    assert case.traps("unreachable") == 1


def test_the_failure_of_a_guest_that_was_replaced_leaves_its_successor_alone() -> None:
    case = Case()
    old = case.guests.take()
    case.break_(GuestTrap())
    successor = case.guests.take()
    case.guests.failed(old, GuestTrap())
    assert case.guests.take() is successor


def test_a_few_failures_cost_no_wait_and_then_each_costs_a_longer_one(clock: FakeClock) -> None:
    case, waits = Case(), []
    for _ in range(REPLACING.free + 7):
        case.break_(GuestTrap())
        waits.append(case.guests.wait_s())
        clock.advance(case.guests.wait_s())
    assert waits[: REPLACING.free] == [0.0] * REPLACING.free
    assert waits[REPLACING.free :] == pytest.approx([0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0])


def test_before_the_wait_is_over_no_guest_is_made(clock: FakeClock) -> None:
    case = Case()
    for _ in range(REPLACING.free + 1):
        case.break_(GuestTrap())
    assert refusal(case) == "backing_off"
    clock.advance(REPLACING.first_s)
    case.guests.take()


def test_failures_are_forgotten_after_a_while(clock: FakeClock) -> None:
    case = Case()
    for _ in range(REPLACING.free):
        case.break_(GuestTrap())
    clock.advance(REPLACING.forget_s + 1)
    case.break_(GuestTrap())
    assert case.guests.wait_s() == 0


def test_a_request_over_its_limit_costs_the_guest_nothing() -> None:
    case = Case()
    guest = case.guests.take()
    for _ in range(2 * REPLACING.free):
        case.guests.failed(None, GuestTrap(reason="other"))
    assert case.guests.take() is guest
    assert case.guests.wait_s() == 0


# Time.


def test_a_filter_that_times_out_again_and_again_is_not_called(clock: FakeClock) -> None:
    case = Case()
    for _ in range(QUARANTINE.free):
        case.break_(GuestTimeout())
        assert case.quarantined == 0
    case.break_(GuestTimeout())
    assert refusal(case) == "quarantined"
    assert case.quarantined == 1
    assert case.guests.wait_s() == 0  # It is long, and nobody is to wait for its end.
    clock.advance(QUARANTINE.first_s)
    case.guests.take()
    assert case.quarantined == 0
    assert case.traps("timeout") == QUARANTINE.free + 1


def test_each_further_timeout_doubles_the_quarantine(clock: FakeClock) -> None:
    case = Case()
    for _ in range(QUARANTINE.free + 1):
        case.break_(GuestTimeout())
    for quarantine_s in (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0):
        clock.advance(quarantine_s - 0.1)
        assert refusal(case) == "quarantined"
        clock.advance(0.2)
        if quarantine_s < 60.0:
            case.break_(GuestTimeout())


def test_traps_do_not_lead_to_quarantine() -> None:
    case = Case()
    for _ in range(QUARANTINE.free + 3):
        case.break_(GuestTrap())
    assert case.quarantined == 0


# The start.


def test_a_guest_that_does_not_start_is_counted_and_told() -> None:
    failure = GuestTrap(reason="unreachable")
    case = Case(failure)
    with pytest.raises(GuestTrap) as caught:
        case.guests.prepare()
    assert caught.value is failure
    assert (case.traps("unreachable"), case.alive) == (1, 0)
    case.guests.prepare()
    assert case.alive == 1


def test_what_a_host_function_breaks_at_the_start_is_the_guests_failure(caplog: pytest.LogCaptureFixture) -> None:
    broken = ValueError("mine")
    case = Case(broken)
    with pytest.raises(GuestTrap, match="a host function failed: mine") as caught:
        case.guests.prepare()
    assert caught.value.__cause__ is broken
    assert case.traps("trap") == 1
    assert "Traceback" in caplog.text


def test_starts_that_fail_are_not_tried_without_end(clock: FakeClock) -> None:
    case = Case(*[GuestTrap() for _ in range(STARTING.free + 1)])
    for _ in range(STARTING.free + 1):
        with pytest.raises(GuestTrap):
            case.guests.take()
    assert refusal(case) == "backing_off"
    assert case.guests.wait_s() == 0  # Nobody waits, for the next one hardly starts.
    clock.advance(STARTING.first_s)
    case.guests.take()


def test_a_start_that_times_out_counts_for_the_quarantine_too() -> None:
    case = Case(*[GuestTimeout() for _ in range(QUARANTINE.free + 1)])
    for _ in range(QUARANTINE.free + 1):
        with pytest.raises(GuestTimeout):
            case.guests.take()
    assert refusal(case) == "quarantined"


def test_a_place_that_is_not_to_be_had_is_nobodys_failure() -> None:
    case = Case(*[GuestUnavailable(reason="no_instance")] * 20)
    for _ in range(20):
        assert refusal(case) == "no_instance"
    case.guests.take()
    assert case.registry.wasm_traps.samples() == []


# The end.


def test_a_retired_guest_is_closed_when_no_exchange_holds_it() -> None:
    case = Case()
    guest = case.guests.take()
    guest.users = 1
    case.guests.retire()
    assert (case.alive, case.guests.current) == (1, None)
    guest.release()
    assert case.alive == 0


def test_to_retire_where_there_is_no_guest_is_no_matter() -> None:
    for case in (Case(), Case(most=1)):
        case.guests.retire()
        assert case.alive == 0


# A guest for each exchange.


def test_each_exchange_has_a_guest_of_its_own_which_ends_with_it() -> None:
    case = Case(most=2)
    first, second = case.guests.take(), case.guests.take()
    assert first is not second
    assert case.guests.current is None
    first.users = 1
    first.release()
    assert (first.alive, second.alive, case.alive) == (False, True, 1)


def test_there_are_no_more_at_once_than_the_limit() -> None:
    case = Case(most=2)
    first, _ = case.guests.take(), case.guests.take()
    assert refusal(case) == "no_instance"
    first.close()
    case.guests.take()
    assert case.alive == 2


def test_the_failures_of_some_make_nobody_else_wait() -> None:
    case = Case(most=2)
    for _ in range(3 * REPLACING.free):
        case.break_(GuestTrap())
    assert case.guests.wait_s() == 0
    case.guests.take()


def test_timeouts_of_guests_for_one_exchange_each_lead_to_quarantine_too() -> None:
    case = Case(most=2)
    for _ in range(QUARANTINE.free + 1):
        case.break_(GuestTimeout())
    assert refusal(case) == "quarantined"


def test_to_prepare_is_to_start_one_and_to_close_it() -> None:
    case = Case(GuestTrap(), most=1)
    with pytest.raises(GuestTrap):
        case.guests.prepare()
    case.guests.prepare()
    assert (case.alive, len(case.made)) == (0, 1)
