"""The guest of one call: how it is tried, and how much time it has."""

from __future__ import annotations

import asyncio
import json

import pytest
from kit.edge import FOR_EVER, OK, Edge, Failing, Shelf, Strings, Web, guest, spinning

from proxy.errors import GuestError, GuestTimeout, GuestTrap
from wasm_host.functions.guest import guest_limits
from wasm_host.functions.services import Services
from wasm_host.functions.settings import FunctionLimits

SEND = json.dumps({"method": "GET", "url": "https://api.example.com/"})


def starting(code: str, strings: Strings | None = None) -> str:
    return guest(OK, strings, more=f"(func $start (local $n i32) {code}) (start $start)")


def test_what_a_function_may_use_its_guests_may() -> None:
    limits = guest_limits(FunctionLimits(cpu_s=0.5, memory_bytes=65536))
    assert (limits.call_time_s, limits.memory_bytes) == (0.5, 65536)


@pytest.mark.parametrize("code", ["unreachable", FOR_EVER])
def test_a_guest_that_does_not_start_is_found_out(code: str) -> None:
    with pytest.raises(GuestError):
        Edge(starting(code), cpu_s=0.05).function.try_out()


@pytest.mark.parametrize("later", [False, True])
def test_on_trial_a_guest_may_use_what_answers_at_once_and_wait_for_nothing(later: bool) -> None:
    strings = Strings()
    edge = Edge(starting(f"(drop (call $cache_get {strings('a')}))", strings), Services(cache=Shelf(later=later)))
    if not later:
        return edge.function.try_out()
    with pytest.raises(GuestTrap, match="it waits as it starts") as caught:
        edge.function.try_out()
    assert caught.value.reason == "hostcall_misuse"


async def test_on_trial_a_guest_waits_for_nothing_where_the_loop_runs_either() -> None:
    strings = Strings()
    edge = Edge(starting(f"(drop (call $cache_get {strings('a')}))", strings), Services(cache=Shelf(later=True)))
    with pytest.raises(GuestTrap, match="it waits as it starts"):
        edge.function.try_out()


async def test_on_trial_no_request_is_sent() -> None:
    strings, web = Strings(), Web()
    edge = Edge(starting(f"(drop (call $http_send {strings(SEND)} {strings('')}))", strings), Services(http=web))
    with pytest.raises(GuestTrap, match="it waits as it starts"):
        edge.function.try_out()
    assert web.asked == []
    assert asyncio.all_tasks() == {asyncio.current_task()}


def test_on_trial_what_a_store_cannot_do_is_the_guests_failure() -> None:
    strings = Strings()
    services = Services(cache=Failing(RuntimeError("no running event loop")))  # type: ignore[arg-type]
    edge = Edge(starting(f"(drop (call $cache_get {strings('a')}))", strings), services)
    with pytest.raises(GuestTrap, match="no running event loop"):
        edge.function.try_out()


async def test_a_start_function_and_the_entry_share_the_calls_time() -> None:
    strings = Strings()
    code = f"{spinning(1_000)} (call $log {strings('started')})"
    edge = Edge(guest(FOR_EVER + OK, strings, more=f"(func $start (local $n i32) {code}) (start $start)"), cpu_s=0.05)
    with pytest.raises(GuestTimeout, match="longer than 50 ms"):
        await edge.call()
    assert 0.05 <= edge.registry.function_cpu.child("hello").value < 0.2


async def test_many_that_start_at_once_each_find_their_own_memory() -> None:
    strings = Strings()
    edge = Edge(starting(f"{spinning(20_000_000)} (call $log {strings('started')})", strings))
    await asyncio.gather(*(edge.call() for _ in range(5)))
    assert [each["text"] for each in edge.told] == ["started"] * 5
