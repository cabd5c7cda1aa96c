"""A guest that traps in a callback of its own, which belongs to no request, or before it has started."""

from __future__ import annotations

from typing import Final

import pytest
from kit.faults import CLIENTS, POISON, escaped, faulty, guest
from kit.wire import eventually, get

from proxy.errors import GuestError
from wasm_host.abi.proxy_wasm.pairs import encode_pairs

either_kind = pytest.mark.parametrize("instances", ["shared", "per_request"])

TICKS_AFTER_POISON: Final = """
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (if (call $poisoned) (then (drop (call $set_tick_period_milliseconds (i32.const 1)))))
        (i32.const 0))
    (func (export "proxy_on_tick") (param i32) unreachable)
"""


async def test_a_trap_in_a_tick_fails_no_request() -> None:
    async with faulty(guest(TICKS_AFTER_POISON)) as proxy:
        load = await proxy.load(rounds=4)
        load.check_innocent()
        assert load.statuses == [200, 200]
        assert await eventually(lambda: proxy.traps() == {"unreachable": proxy.traps().get("unreachable")})
        assert (await proxy.load()).statuses == [200, 200]


BUSY_TICKS: Final = """
    (func (export "proxy_on_configure") (param i32 i32) (result i32)
        (drop (call $set_tick_period_milliseconds (i32.const 1)))
        (i32.const 1))
    (func (export "proxy_on_tick") (param i32) (local $left i32)
        (local.set $left (i32.const 10000000))
        (loop $on
            (local.set $left (i32.sub (local.get $left) (i32.const 1)))
            (br_if $on (local.get $left))))
"""


async def test_a_guest_that_is_busy_at_each_tick_leaves_half_of_the_time_to_others() -> None:
    async with faulty(guest(BUSY_TICKS), call_time_s=1.0) as proxy:
        (await proxy.load(poison=get())).check_innocent()
        assert proxy.traps() == {}


TELLS_ITSELF: Final = """
    (data (i32.const 64) "queue")
    (global $queue (mut i32) (i32.const 0))
    (func (export "proxy_on_configure") (param i32 i32) (result i32)
        (drop (call $register_shared_queue (i32.const 64) (i32.const 5) (i32.const 72)))
        (global.set $queue (i32.load (i32.const 72)))
        (i32.const 1))
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (if (call $poisoned)
            (then (drop (call $enqueue_shared_queue (global.get $queue) (i32.const 64) (i32.const 5)))))
        (i32.const 0))
"""


async def test_a_trap_at_a_message_fails_no_request() -> None:
    traps = '(func (export "proxy_on_queue_ready") (param i32 i32) unreachable)'
    async with faulty(guest(TELLS_ITSELF + traps)) as proxy:
        load = await proxy.load()
        load.check_innocent()
        assert load.statuses == [200, 200]
        assert proxy.traps() == {"unreachable": 2}


async def test_a_guest_that_enqueues_whenever_it_is_told_of_a_message_leaves_others_their_turn() -> None:
    enqueues = """
        (func (export "proxy_on_queue_ready") (param i32 i32)
            (drop (call $enqueue_shared_queue (local.get 1) (i32.const 64) (i32.const 5)))
            (drop (call $dequeue_shared_queue (local.get 1) (i32.const 80) (i32.const 84))))
    """
    async with faulty(guest(TELLS_ITSELF + enqueues)) as proxy:
        load = await proxy.load()
        load.check_innocent()
        assert load.statuses == [200, 200]
        assert proxy.traps() == {}


CALL: Final = encode_pairs([(b":method", b"GET"), (b":path", b"/"), (b":authority", b"a")])

CALLS_OUT: Final = f"""
    (data (i32.const 64) "origin")
    (data (i32.const 80) "{escaped(CALL)}")
    (func $call_out
        (if (call $http_call (i32.const 64) (i32.const 6) (i32.const 80) (i32.const {len(CALL)})
            (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1000) (i32.const 180))
            (then unreachable)))
"""
"""Calls the origin; the call's id goes to 180."""

ASKS_FIRST: Final = (
    CALLS_OUT
    + """
    (func (export "proxy_on_request_headers") (param $id i32) (param i32 i32) (result i32)
        (call $call_out)
        (i32.store (i32.add (i32.const 1024) (i32.load (i32.const 180))) (local.get $id))
        (i32.store (i32.add (i32.const 4096) (i32.load (i32.const 180))) (call $poisoned))
        (i32.const 1))
    (func (export "proxy_on_http_call_response") (param i32) (param $call i32) (param i32 i32 i32)
        {before}
        (drop (call $set_effective_context (i32.load (i32.add (i32.const 1024) (local.get $call)))))
        {after}
        (drop (call $continue_stream (i32.const 0))))
"""
)
"""Holds each request until the origin has answered a call; remembers by the call who asked, and if it was poisoned."""

IF_POISONED: Final = "(if (i32.load (i32.add (i32.const 4096) (local.get $call))) (then unreachable))"


async def test_requests_that_wait_for_a_guest_go_on_in_the_next_when_it_breaks() -> None:
    asks = ASKS_FIRST.replace("{before}", "").replace("{after}", IF_POISONED)
    async with faulty(guest(asks)) as proxy:
        load = await proxy.load()
        load.check_innocent()
        assert load.statuses == [500, 500]
        assert proxy.traps() == {"unreachable": 2}


async def test_the_request_that_a_call_was_made_for_is_to_blame_for_a_trap_at_its_answer() -> None:
    asks = ASKS_FIRST.replace("{before}", IF_POISONED).replace("{after}", "")
    async with faulty(guest(asks)) as proxy:
        load = await proxy.load()
        load.check_innocent()
        assert load.statuses == [500, 500]


async def test_a_guest_of_its_own_breaks_only_the_request_that_waits_for_it() -> None:
    asks = ASKS_FIRST.replace("{before}", IF_POISONED).replace("{after}", "")
    async with faulty(guest(asks), instances="per_request") as proxy:
        load = await proxy.load()
        load.check_innocent()
        assert load.statuses == [500, 500]
        assert proxy.instances == 0


BROKEN_STARTS: Final = {
    "start function": "(func $begin unreachable) (start $begin)",
    "a start function that calls the host": """
        (func $begin
            (if (call $log (i32.const 2) (i32.const 16) (i32.const 8)) (then (return)))
            unreachable)
        (start $begin)""",
    "a start function that spins": "(func $begin (loop (br 0))) (start $begin)",
    "_initialize": '(func (export "_initialize") unreachable)',
    "_start": '(func (export "_start") unreachable)',
    "main": '(func (export "_initialize")) (func (export "main") (param i32 i32) (result i32) unreachable)',
    "context_create": '(func (export "proxy_on_context_create") (param i32 i32) unreachable)',
    "vm_start": '(func (export "proxy_on_vm_start") (param i32 i32) (result i32) unreachable)',
    "vm_start refuses": '(func (export "proxy_on_vm_start") (param i32 i32) (result i32) (i32.const 0))',
    "configure": '(func (export "proxy_on_configure") (param i32 i32) (result i32) unreachable)',
    "configure refuses": '(func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.const 0))',
    "a message to itself": """
        (data (i32.const 64) "queue")
        (func (export "proxy_on_configure") (param i32 i32) (result i32)
            (drop (call $register_shared_queue (i32.const 64) (i32.const 5) (i32.const 72)))
            (drop (call $enqueue_shared_queue (i32.load (i32.const 72)) (i32.const 64) (i32.const 5)))
            (i32.const 1))
        (func (export "proxy_on_queue_ready") (param i32 i32) unreachable)""",
}


@either_kind
@pytest.mark.parametrize("start", BROKEN_STARTS)
async def test_a_filter_whose_guest_cannot_start_does_not_start(start: str, instances: str) -> None:
    with pytest.raises(GuestError):
        async with faulty(guest(BROKEN_STARTS[start]), instances=instances):
            pass


BREAKS_FOR_GOOD: Final = """
    (data (i32.const 64) "broken")
    (func (export "proxy_on_vm_start") (param i32 i32) (result i32)
        (if (i32.eqz (call $get_shared_data (i32.const 64) (i32.const 6) (i32.const 72) (i32.const 76) (i32.const 80)))
            (then unreachable))
        (i32.const 1))
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (if (call $poisoned)
            (then
                (drop (call $set_shared_data (i32.const 64) (i32.const 6) (i32.const 0) (i32.const 0) (i32.const 0)))
                unreachable))
        (i32.const 0))
"""
"""Starts once; after the poison none of its successors does."""


@pytest.mark.parametrize(("on_error", "statuses"), [("closed", {500, 503}), ("open", {200})])
@either_kind
async def test_a_guest_that_starts_no_more_is_not_tried_for_each_request(
    instances: str, on_error: str, statuses: set[int]
) -> None:
    async with faulty(guest(BREAKS_FOR_GOOD), instances=instances, on_error=on_error) as proxy:
        await proxy.ask(get("/", POISON))
        load = await proxy.load()
        answers = {each.status for each in load.innocent if each}
        assert len(load.innocent) == 2 * CLIENTS - 2
        assert answers <= statuses
        assert proxy.traps()["unreachable"] < 10
        assert proxy.instances == 0


async def test_a_module_in_its_place_ends_that() -> None:
    async with faulty(guest(BREAKS_FOR_GOOD)) as proxy:
        await proxy.ask(get("/", POISON))
        await proxy.ask()
        proxy.swap(guest(""))
        (await proxy.load()).check_innocent()
