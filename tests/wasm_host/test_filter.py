"""What WASM filters of every ABI share: a first guest, a program that can be swapped, and the wait for a guest."""

import asyncio
import time
from collections.abc import Iterable

import pytest
from kit.wasm import Joined

from proxy.chain import Chain, Step
from proxy.errors import GuestError, GuestTimeout, GuestTrap, GuestUnavailable
from proxy.metrics import Registry
from wasm_host import filter as filter_module
from wasm_host.filter import Program, WasmFilter
from wasm_host.guest import Guest
from wasm_host.guest_metrics import GuestMetrics
from wasm_host.pool import QUARANTINE, REPLACING, Guests, SharedGuests
from wasm_host.program import GuestSettings, OnFailure


class WatProgram:
    """Makes guests that do nothing; `fails` is what the next starts end with."""

    guest_failed: OnFailure

    def __init__(self, hooks: Iterable[str] = ("on_request",), *fails: GuestError) -> None:
        self.settings = GuestSettings("auth")
        self.fails = list(fails)
        self._hooks = frozenset(hooks)
        self._joined = Joined('(memory (export "memory") 1)')

    def hooks(self) -> frozenset[str]:
        return self._hooks

    def make(self) -> Guest:
        if self.fails:
            raise self.fails.pop(0)
        return Guest(self._joined.linked)


class WatFilter(WasmFilter[Guest]):
    def guests_of(self, program: Program[Guest]) -> Guests[Guest]:
        return SharedGuests(program.settings.name, program.make, self._metrics)


def made(program: WatProgram | None = None) -> WatFilter:
    return WatFilter(program or WatProgram(), GuestMetrics(Registry(), "auth"))


def trap(filter: WatFilter, failure: GuestError | None = None) -> None:
    guest = filter.guests.take()
    guest.close()
    filter.program.guest_failed(guest, failure or GuestTrap())


def test_a_filter_has_its_programs_name_and_hooks() -> None:
    filter = made(WatProgram(["on_request", "on_complete"]))
    assert filter.name == "auth"
    assert filter.hooks() == {"on_request", "on_complete"}


def test_two_filters_of_one_name_keep_what_they_know_apart() -> None:
    first, second = made(), made()
    assert first.key != second.key


def test_the_first_guest_starts_before_the_first_request() -> None:
    filter = made()
    assert filter.guests.current is None
    filter.start()
    assert filter.guests.current is not None


def test_a_filter_that_does_not_start_says_why() -> None:
    with pytest.raises(GuestTrap, match="unreachable"):
        made(WatProgram((), GuestTrap("unreachable"))).start()


def test_a_guest_that_fails_is_replaced() -> None:
    filter = made()
    filter.start()
    first = filter.guests.current
    trap(filter)
    assert filter.guests.take() is not first


# Another program.


def test_new_exchanges_meet_the_new_program_and_those_under_way_keep_their_guest() -> None:
    filter, other = made(), WatProgram()
    filter.start()
    old = filter.guests.take()
    old.users = 1
    filter.swap(other)
    new = filter.guests.take()
    assert (filter.program is other, new is not old, old.alive) == (True, True, True)
    old.release()
    assert not old.alive
    assert new.alive


def test_a_program_that_does_not_start_changes_nothing() -> None:
    filter = made(WatProgram(["on_request"]))
    filter.start()
    program, guest = filter.program, filter.guests.current
    with pytest.raises(GuestTrap):
        filter.swap(WatProgram(["on_response"], GuestTrap()))
    assert (filter.program, filter.guests.current) == (program, guest)
    assert guest is not None
    assert guest.alive
    assert filter.hooks() == {"on_request"}
    trap(filter)
    assert filter.guests.take().alive


def test_a_swap_ends_what_the_old_programs_failures_led_to() -> None:
    filter = made()
    for _ in range(QUARANTINE.free + 1):
        trap(filter, GuestTimeout())
    with pytest.raises(GuestUnavailable):
        filter.guests.take()
    filter.swap(WatProgram())
    assert filter.guests.take().alive


def test_a_failure_in_an_old_guest_leaves_the_new_ones_alone() -> None:
    filter = made()
    old, old_program = filter.guests.take(), filter.program
    old.users = 1
    filter.swap(WatProgram())
    new = filter.guests.take()
    for _ in range(REPLACING.free + 1):
        old_program.guest_failed(old, GuestTrap())
    assert filter.guests.take() is new
    assert filter.guests.wait_s() == 0


def test_a_chain_compiled_again_has_the_hooks_of_both_programs() -> None:
    filter = made(WatProgram(["on_request", "on_request_body"]))
    chain = Chain([Step(filter)])
    filter.swap(WatProgram(["on_request", "on_response"]))
    assert (len(chain.request_body_hooks), len(chain.response_hooks)) == (1, 0)
    chain.compile()
    # An exchange whose request the old program is seeing still brings it its body.
    assert (len(chain.request_body_hooks), len(chain.response_hooks)) == (1, 1)


def test_a_closed_filter_has_no_guest() -> None:
    filter = made()
    filter.start()
    guest = filter.guests.current
    filter.close()
    assert guest is not None
    assert not guest.alive
    assert filter.guests.alive == 0


# The wait for a guest.


def worn(filter: WatFilter) -> None:
    """Let guests fail until who wants one has to wait."""
    while not filter.guests.wait_s():
        trap(filter)


async def test_who_wants_a_guest_waits_where_the_last_ones_failed() -> None:
    filter = made()
    worn(filter)
    begun = time.monotonic()
    guest = await filter.available()
    assert guest.alive
    assert REPLACING.first_s * 0.9 <= time.monotonic() - begun < 2


async def test_all_who_wait_get_the_same_guest() -> None:
    filter = made()
    worn(filter)
    guests = await asyncio.gather(*(filter.available() for _ in range(50)))
    assert len(set(map(id, guests))) == 1
    assert filter.guests.alive == 1


async def test_nobody_waits_where_there_is_a_guest() -> None:
    filter = made()
    filter.start()
    coroutine = filter.available()
    with pytest.raises(StopIteration) as ended:
        coroutine.send(None)
    assert ended.value.value is filter.guests.current


async def test_who_waits_while_another_guest_fails_waits_for_the_next() -> None:
    filter = made()
    worn(filter)
    waiting = asyncio.ensure_future(filter.available())
    await asyncio.sleep(0)
    begun = time.monotonic()
    filter.program.guest_failed(Guest(WatProgram()._joined.linked), GuestTrap())
    longer_s = filter.guests.wait_s()
    assert longer_s > REPLACING.first_s * 1.5
    assert (await waiting).alive
    assert time.monotonic() - begun >= longer_s * 0.9


async def test_nobody_waits_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filter_module, "MOST_WAIT_S", 0.2)
    filter = made()
    monkeypatch.setattr(filter.guests, "wait_s", lambda: 0.05)
    begun = time.monotonic()
    with pytest.raises(GuestUnavailable):
        await filter.available()
    assert 0.15 <= time.monotonic() - begun < 2
