"""A module that is replaced while requests are under way: each is served by one module from its begin to its end."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import Final

import pytest
from kit.faults import POISON, FaultyProxy, faulty, guest
from kit.messages import Message
from kit.wire import Wire, eventually, get

from proxy.errors import AbiMismatch, GuestError

either_kind = pytest.mark.parametrize("instances", ["shared", "per_request"])


def version(number: int, *, more: str = "") -> str:
    """Write `x-version` into the request and into the answer."""
    return guest(f"""
        (data (i32.const 64) "x-version") (data (i32.const 80) "{number}")
        (func $mark (param i32)
            (drop (call $add_header_map_value
                (local.get 0) (i32.const 64) (i32.const 9) (i32.const 80) (i32.const 1))))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (call $mark (i32.const 0)) {more} (i32.const 0))
        (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
            (call $mark (i32.const 2)) (i32.const 0))
    """)


TRAPS_IF_POISONED: Final = "(if (call $poisoned) (then unreachable))"
REFUSES: Final = guest('(func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.const 0))')
TRAPS_AT_ITS_START: Final = guest('(func (export "_initialize") unreachable)')
SPINS_AT_ITS_START: Final = guest('(func (export "_initialize") (loop (br 0)))')
MISFITS: Final = guest('(func (export "proxy_on_tick") (param i64))')


async def echoing(wire: Wire) -> None:
    """Answer, after a moment, with the version that the request was given."""
    while wire.ended is None:
        request = await wire.expect_message(within_s=60)
        await asyncio.sleep(0.005)
        seen = (request.get("x-version") or "").encode()
        await wire.send(b"HTTP/1.1 200 OK\r\nX-Seen: %b\r\nContent-Length: 2\r\n\r\nok" % seen)


def versions(answers: list[Message | None]) -> set[tuple[str | None, str | None]]:
    """Return the pairs of versions, at the request and at the answer, that exchanges met."""
    return {(each.get("x-seen"), each.get("x-version")) for each in answers if each}


async def swap_often(proxy: FaultyProxy) -> None:
    for number in range(2, 8):
        await asyncio.sleep(0.02)
        proxy.swap(version(number))


@either_kind
async def test_every_exchange_meets_one_version(instances: str) -> None:
    async with faulty(version(1), instances=instances, script=echoing) as proxy:
        load, _ = await asyncio.gather(proxy.load(poison=get(), rounds=6), swap_often(proxy))
        load.check_innocent()
        met = versions([*load.innocent, *load.poisoned])
        assert len(met) > 1
        assert all(at_request == at_answer for at_request, at_answer in met)
        assert proxy.traps() == {}
        assert proxy.instances == (instances == "shared")


async def test_requests_poison_the_old_module_and_the_new() -> None:
    async with faulty(version(1, more=TRAPS_IF_POISONED), script=echoing) as proxy:
        load, _ = await asyncio.gather(proxy.load(rounds=2), swap_often(proxy))
        load.check_innocent()
        proxy.swap(version(8, more=TRAPS_IF_POISONED))
        load = await proxy.load()
        load.check_innocent()
        assert load.statuses == [500, 500]
        # What the poison of another interrupts has its answer from the next guest, of the same version.
        assert versions(load.innocent) == {("8", "8")}


@either_kind
@pytest.mark.parametrize("bad", [REFUSES, TRAPS_AT_ITS_START, SPINS_AT_ITS_START])
async def test_a_module_that_does_not_start_changes_nothing(bad: str, instances: str) -> None:
    async with faulty(version(1), instances=instances, script=echoing) as proxy:
        loading = asyncio.ensure_future(proxy.load(poison=get(), rounds=4))
        for _ in range(3):
            await asyncio.sleep(0.02)
            with pytest.raises(GuestError):
                proxy.swap(bad)
        load = await loading
        load.check_innocent()
        assert versions(load.innocent) == {("1", "1")}
        assert not proxy.quarantined
        assert proxy.instances == (instances == "shared")


async def test_a_module_that_does_not_fit_changes_nothing() -> None:
    async with faulty(version(1), script=echoing) as proxy:
        with pytest.raises(AbiMismatch):
            proxy.program(MISFITS)
        load = await proxy.load()
        assert versions(load.innocent) == {("1", "1")}


PAUSES: Final = guest("""
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (call $poisoned))
""")


@either_kind
async def test_an_old_guest_is_closed_with_its_last_exchange(instances: str) -> None:
    async with faulty(PAUSES, instances=instances, pause_s=0.3) as proxy:
        wire = await proxy.connect()
        await wire.send(get("/", POISON))
        await wire.expect_nothing(0.05)
        old = 1 if instances == "per_request" else proxy.instances
        proxy.swap(version(2))
        assert proxy.instances == old + (instances == "shared")
        answer = await proxy.ask()
        assert answer is not None
        assert answer.get("x-version") == "2"
        await wire.expect_response(504)
        assert await eventually(lambda: proxy.instances == (instances == "shared"))


@either_kind
async def test_nothing_is_left_of_modules_that_were_replaced(instances: str) -> None:
    async with faulty(version(1), instances=instances) as proxy:
        programs = []
        for number in range(2, 8):
            programs.append(weakref.ref(proxy.filter.program))
            proxy.swap(version(number))
            (await proxy.load(poison=get(), rounds=1)).check_innocent()
        gc.collect()
        assert [each for each in programs if each() is not None] == []
