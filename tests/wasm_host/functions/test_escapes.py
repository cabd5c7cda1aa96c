"""What a hostile function tries, each refused and on record: the worker lives on, and others are served."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import Any

import pytest
from kit.edge import FOR_EVER, OK, Edge, Failing, Shelf, Strings, asking, guest
from kit.exchanges import Pieces, make_exchange

from proxy.errors import FunctionTimeout, GuestError, GuestOutOfMemory, GuestTimeout, GuestTrap
from proxy.runtime import monotonic
from wasm_host.functions.services import Services

GROWING = """(loop $on (br_if $on (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable"""


def trapped(edge: Edge, reason: str) -> float:
    return edge.registry.wasm_traps.child("hello", reason).value


# -- memory


async def test_memory_ends_at_its_limit() -> None:
    edge = Edge(guest(GROWING), memory_bytes=8 * 1024 * 1024)
    with pytest.raises(GuestOutOfMemory):
        await edge.call()
    assert (trapped(edge, "out_of_memory"), edge.ended("out_of_memory")) == (1, 1)


async def test_the_limit_of_memory_is_50_mebibytes_where_nobody_says_otherwise() -> None:
    code = """(block $full (loop $on
            (br_if $full (i32.eq (memory.grow (i32.const 1)) (i32.const -1))) (br $on)))
        (i32.store (i32.const 65536) (memory.size))
        (drop (call $response_set_body (i32.const 65536) (i32.const 4))) (i32.const 0)"""
    body = (await Edge(guest(code)).call()).body or b""
    assert int.from_bytes(body, "little") == 50 * 1024 * 1024 // 65536


async def test_a_module_that_begins_with_too_much_memory_makes_no_guest() -> None:
    wat = f'(memory (export "memory") 161) (func (export "main") (result i32) {OK})'
    edge = Edge(wat, memory_bytes=10 * 1024 * 1024)
    with pytest.raises(GuestError) as caught:
        await edge.call()
    assert caught.value.status >= 500
    assert edge.running == 0


async def test_a_table_grows_to_its_limit_and_no_further() -> None:
    more = "(table $t 1 funcref)"
    code = "(i32.ne (table.grow $t (ref.null func) (i32.const 10000000)) (i32.const -1))"
    assert (await Edge(guest(code, more=more)).answer()).status == 200


async def test_endless_recursion_is_a_trap() -> None:
    more = "(func $f (param i32) (result i32) (i32.add (i32.const 1) (call $f (local.get 0))))"
    edge = Edge(guest("(call $f (i32.const 1))", more=more))
    with pytest.raises(GuestTrap, match="stack"):
        await edge.call()
    assert edge.ended("stack_overflow") == 1


# -- time


async def test_a_guest_that_spins_gives_way_and_is_ended() -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    counting = asyncio.ensure_future(count())
    edge = Edge(guest(FOR_EVER + OK), cpu_s=0.1)
    with pytest.raises(GuestTimeout, match="100 ms"):
        await edge.call()
    counting.cancel()
    assert turns >= 3
    assert (trapped(edge, "timeout"), edge.ended("timeout"), edge.running) == (1, 1, 0)
    assert edge.registry.function_cpu.child("hello").value >= 0.1


async def test_a_start_function_that_spins_uses_up_the_calls_time() -> None:
    edge = Edge(guest(OK, more=f"(func $start {FOR_EVER}) (start $start)"), cpu_s=0.05)
    with pytest.raises(GuestTimeout):
        await edge.call()


async def test_time_spent_waiting_is_not_cpu_time() -> None:
    class Slow:
        async def get(self, _: bytes) -> bytes:
            await asyncio.sleep(0.12)
            return b"at last"

    strings = Strings()
    edge = Edge(guest(f"(drop (call $cache_get {strings('a')})) {OK}", strings), Services(cache=Slow()), cpu_s=0.05)
    assert (await edge.call()).buffer == b"at last"
    assert edge.registry.function_cpu.child("hello").value < 0.1


class Never:
    """A cache that does not answer, and tells when it is left."""

    def __init__(self) -> None:
        self.begun, self.left = asyncio.Event(), asyncio.Event()

    async def get(self, _: bytes) -> bytes:
        self.begun.set()
        try:
            await asyncio.sleep(3600)
        finally:
            self.left.set()
        raise AssertionError


async def test_a_call_that_waits_for_too_long_is_a_timeout_and_its_wait_ends() -> None:
    strings, never = Strings(), Never()
    edge = Edge(guest(f"(drop (call $cache_get {strings('a')})) {OK}", strings), Services(cache=never), total_s=0.05)
    with pytest.raises(FunctionTimeout, match=r"0\.05 s") as caught:
        await edge.call()
    await asyncio.wait_for(never.left.wait(), 5)
    assert (caught.value.status, edge.ended("function_timeout"), edge.running) == (504, 1, 0)


# -- host calls


async def test_a_flood_of_host_calls_is_refused_over_its_budget() -> None:
    code = """(loop $on (local.set $m (i32.add (local.get $m) (i32.ge_s (call $request_get_method) (i32.const 0))))
        (br_if $on (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 1000))))
        (i32.ne (local.get $m) (i32.const 100))"""
    edge = Edge(guest(code), hostcalls=100)
    await edge.call()
    assert edge.counted("request_get_method", "ok") == 100
    assert edge.counted("request_get_method", "over_budget") == 900
    assert [what[:4] for what in edge.audited] == [("hello", "v1", "request_get_method", "over_budget")]


async def test_a_flood_that_does_not_stop_ends_with_its_time() -> None:
    edge = Edge(guest(f"(loop $on (drop (call $request_get_method)) (br $on)) {OK}"), cpu_s=0.05)
    with pytest.raises(GuestTimeout):
        await edge.call()
    assert edge.counted("request_get_method", "ok") == 10_000
    assert len(edge.audited) == 1


async def test_a_flood_of_waits_gives_way_to_others() -> None:
    strings = Strings()
    code = f"(loop $on (drop (call $cache_get {strings('a')})) (br $on)) {OK}"
    edge = Edge(guest(code, strings), Services(cache=Shelf(later=True)), cpu_s=0.05)
    others = Edge(guest(OK))
    flood = asyncio.ensure_future(edge.call())
    for _ in range(20):
        assert (await others.answer()).status == 200
        await asyncio.sleep(0)
    with pytest.raises(GuestTimeout):
        await flood


async def test_a_flood_of_lines_is_bounded_by_the_second_over_all_calls() -> None:
    strings = Strings()
    line = f"(call $log {strings('x')})"
    edge = Edge(guest(f"{line * 100} {OK}", strings))
    for _ in range(30):
        await edge.call()
    assert len(edge.told) < 2000
    assert edge.registry.wasm_log_dropped.child("hello").value + len(edge.told) >= 3000


# -- pointers

WILD = ("0xffffffff", "0x7fffffff", "0x80000000", "0xffff0000", "1310720")


@pytest.mark.parametrize("at", WILD)
@pytest.mark.parametrize("size", ["1", "256", "0xffffffff", "0x7fffffff"])
async def test_wild_pointers_are_refused_by_every_call_that_takes_one(at: str, size: str) -> None:
    pair = f"(i32.const {at}) (i32.const {size})"
    one = "(i32.const 1)"
    calls = [
        f"(call $cache_get {pair})",
        f"(call $cache_set {pair} {pair} {one})",
        f"(call $http_get {pair})",
        f"(call $http_delete {pair})",
        f"(call $http_post {pair} {pair} {pair})",
        f"(call $http_put {pair} {pair} {pair})",
        f"(call $get_shared_buffer (i32.const {at}) {pair})",
        f"(call $request_get_header {pair})",
        f"(call $response_set_header {pair} {pair})",
        f"(call $response_add_header {pair} {pair})",
        f"(call $response_remove_header {pair})",
        f"(call $response_set_body {pair})",
    ]
    strings = Strings()
    services = Services(cache=Shelf())
    edge = Edge(asking(strings, *calls), services)
    assert await edge.results() == [-1] * len(calls)
    assert (await Edge(guest(f"(call $log {pair}) {OK}")).answer()).status == 200


@pytest.mark.parametrize("at", WILD)
async def test_wild_pointers_are_refused_by_our_own_calls_too(at: str) -> None:
    pair = f"(i32.const {at}) (i32.const 16)"
    one, wide = "(i32.const 1)", "(i64.const 1)"
    calls = [
        f"(call $secret_get {pair})",
        f"(call $cache_delete {pair})",
        f"(call $cache_increment {pair} {wide} {one})",
        f"(call $kv_get {pair})",
        f"(call $kv_set {pair} {pair} {one})",
        f"(call $kv_delete {pair})",
        f"(call $kv_increment {pair} {wide})",
        f"(call $kv_compare_and_set {pair} {pair} {pair} {one})",
        f"(call $kv_keys {pair} {one})",
        f"(call $http_send {pair} {pair})",
        f"(call $route_send {pair} {pair})",
        f"(call $rate_limit {pair} {one} {one})",
        f"(call $metric_add {pair} {wide})",
        f"(call $random {pair})",
    ]

    never: Any = Failing(AssertionError("a service was reached"))
    services = Services(never, never, never, never, never, never)
    assert await Edge(asking(Strings(), *calls), services).results() == [-3] * len(calls)


# -- what is left behind


@pytest.mark.parametrize("turns", [0, 1, 2, 5])
async def test_many_clients_that_leave_leave_nothing_behind(turns: int) -> None:
    strings = Strings()
    code = f"(loop $on (drop (call $cache_get {strings('a')})) (br $on)) {OK}"
    edge = Edge(guest(code, strings), Services(cache=Shelf(later=True)))
    for _ in range(10):
        tasks = [asyncio.ensure_future(edge.call()) for _ in range(100)]
        for _ in range(turns):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(each, asyncio.CancelledError) for each in ended)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gc.collect()
    assert edge.running == 0
    assert [each for each in asyncio.all_tasks() if each is not asyncio.current_task()] == []
    assert edge.ended("cancelled") == (1000 if turns else 0)


async def test_a_client_that_leaves_frees_its_guest_and_ends_its_wait() -> None:
    strings, never = Strings(), Never()
    edge = Edge(guest(f"(drop (call $cache_get {strings('a')})) {OK}", strings), Services(cache=never))
    task = asyncio.ensure_future(edge.call())
    await asyncio.wait_for(never.begun.wait(), 5)
    assert edge.running == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(never.left.wait(), 5)
    assert (edge.running, edge.ended("cancelled")) == (0, 1)


async def test_an_idle_function_keeps_nothing_of_its_last_call() -> None:
    edge, exchange = Edge(guest(f"(drop (call $request_get_body)) {OK}")), make_exchange("POST")
    exchange.request.body = body = Pieces(b"much")
    await edge.call(exchange)
    kept = weakref.ref(body)
    del exchange, body
    gc.collect()
    assert kept() is None


async def test_a_thousand_traps_leave_room_for_those_after_them() -> None:
    edge = Edge(guest("unreachable"))
    for _ in range(1500):
        with pytest.raises(GuestTrap):
            await edge.call()
    assert edge.running == 0
    assert (await Edge(guest(OK)).answer()).status == 200


async def test_a_hostile_call_does_not_touch_the_one_beside_it() -> None:
    strings = Strings()
    get = f"(drop (call $cache_get {strings('a')}))"
    services = Services(cache=Shelf(a=b"fine", later=True))
    good = Edge(guest(f"{get} {get} {get} {OK}", strings), services)
    bad = Edge(guest(f"{get} unreachable", strings), services)
    begun = monotonic()
    ended = await asyncio.gather(*(each.call() for _ in range(20) for each in (good, bad)), return_exceptions=True)
    assert [getattr(each, "buffer", None) for each in ended[::2]] == [b"fine"] * 20
    assert all(isinstance(each, GuestTrap) for each in ended[1::2])
    assert monotonic() - begun < 30
