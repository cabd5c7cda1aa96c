"""A version of a function: what its calls come to, how many run at once, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from kit.edge import OK, Edge, Failing, Shelf, Strings, guest
from kit.exchanges import Pieces, make_exchange
from kit.wire import eventually

from proxy.errors import (
    ClientGone,
    FilterError,
    FunctionBusy,
    FunctionRateExceeded,
    FunctionTimeout,
    FunctionUnavailable,
    GuestTrap,
    ProxyError,
)
from proxy.runtime import Strand
from wasm_host.engine import GUESTS
from wasm_host.functions.services import Services


class Gate:
    """A cache that answers once it is opened; `waiting` tells how many have asked."""

    def __init__(self) -> None:
        self._opened, self.waiting = asyncio.Event(), 0

    async def get(self, _: bytes) -> bytes:
        self.waiting += 1
        await self._opened.wait()
        return b"through"

    def open(self) -> None:
        self._opened.set()


def waiting(gate: Gate, then: str = OK, before: str = "", **limits: float) -> Edge:
    strings = Strings()
    return Edge(
        guest(f"{before} (drop (call $cache_get {strings('a')})) {then}", strings), Services(cache=gate), **limits
    )  # type: ignore[arg-type]


async def until(condition: Callable[[], object]) -> None:
    assert await eventually(condition)


# -- outcomes


async def test_a_call_is_counted_with_its_time() -> None:
    edge = Edge(guest(OK))
    await edge.call()
    assert edge.ended("ok") == 1
    (sample,) = edge.registry.function_duration.samples()
    assert isinstance(sample[1], list)
    assert sum(sample[1][1:]) == 1
    assert 0 < edge.registry.function_cpu.child("hello").value < 1


async def test_a_trap_is_an_error_and_nothing_else() -> None:
    strings = Strings()
    edge = Edge(guest(f"(drop (call $response_set_body {strings('let in')})) unreachable", strings))
    with pytest.raises(GuestTrap) as caught:
        await edge.call()
    assert (caught.value.status, edge.ended("unreachable")) == (500, 1)
    assert [(each["level"], each["text"][:12]) for each in edge.told] == [("error", "unreachable:")]


async def test_a_host_function_with_a_bug_ends_its_call_alone(caplog: pytest.LogCaptureFixture) -> None:
    strings = Strings()
    broken = Services(cache=Failing(ValueError("a bug")))  # type: ignore[arg-type]
    edge = Edge(guest(f"(drop (call $cache_get {strings('a')})) {OK}", strings), broken)
    with pytest.raises(GuestTrap, match="a host function failed"):
        await edge.call()
    assert edge.ended("hostcall_failed") == 1
    assert "a bug" in caplog.text


async def test_what_breaks_the_request_is_not_the_functions_fault() -> None:
    class Broken:
        length = None
        ready = False

        async def read(self) -> bytes:
            raise ClientGone("the client left")

        def discard(self) -> None: ...

    exchange = make_exchange("POST")
    exchange.request.body = Broken()
    edge = Edge(guest(f"(drop (call $request_get_body)) {OK}"))
    with pytest.raises(ClientGone):
        await edge.call(exchange)
    assert edge.ended("client_gone") == 1
    assert edge.registry.wasm_traps.samples() == []


async def test_a_body_half_read_is_lost_for_those_behind_and_no_chain_passes_over_that() -> None:
    class Slow(Pieces):
        async def read(self) -> bytes:
            piece = await super().read()
            if not piece:
                await asyncio.sleep(3600)
            return piece

    exchange = make_exchange("POST")
    exchange.request.body = Slow(b"half")
    edge = Edge(guest(f"(drop (call $request_get_body)) {OK}"), total_s=0.05)
    with pytest.raises(ProxyError, match="half read") as caught:
        await edge.call(exchange)
    assert not isinstance(caught.value, FilterError)
    assert (caught.value.status, caught.value.reason) == (504, "function_timeout")


async def test_a_call_needs_no_task_of_its_own() -> None:
    edge, answers = Edge(guest(OK)), []

    async def exchange() -> None:
        answers.append(await edge.answer())

    Strand(exchange()).step()
    assert [each.status for each in answers] == [200]


async def test_a_call_that_waits_needs_no_task_of_its_own() -> None:
    gate, answers = Gate(), []
    edge = waiting(gate)

    async def exchange() -> None:
        answers.append((await edge.call()).buffer)

    Strand(exchange()).step()
    await until(lambda: gate.waiting)
    gate.open()
    await until(lambda: answers)
    assert answers == [b"through"]


async def test_a_strand_whose_client_leaves_frees_the_guest() -> None:
    gate = Gate()
    edge = waiting(gate)
    strand = Strand(edge.call())
    strand.step()
    await until(lambda: gate.waiting)
    strand.cancel()
    await until(strand.done)
    assert (edge.running, edge.ended("cancelled")) == (0, 1)


# -- how many at once


async def test_so_many_run_and_the_others_wait_for_their_turn() -> None:
    gate = Gate()
    edge = waiting(gate, concurrency=2)
    calls = [asyncio.ensure_future(edge.call()) for _ in range(5)]
    await until(lambda: gate.waiting == 2)
    assert edge.running == 2
    assert edge.registry.functions_queued.child("hello").value == 3
    gate.open()
    assert [each.buffer for each in await asyncio.gather(*calls)] == [b"through"] * 5
    assert (edge.running, edge.registry.functions_queued.child("hello").value) == (0, 0)


async def test_so_many_wait_and_the_others_are_turned_away() -> None:
    gate = Gate()
    edge = waiting(gate, concurrency=1, queue=1)
    calls = [asyncio.ensure_future(edge.call()) for _ in range(2)]
    await until(lambda: gate.waiting == 1)
    with pytest.raises(FunctionBusy) as caught:
        await edge.call()
    assert (caught.value.status, caught.value.reason, edge.ended("function_busy")) == (503, "function_busy", 1)
    gate.open()
    await asyncio.gather(*calls)


async def test_nobody_waits_for_longer_than_may_be() -> None:
    gate = Gate()
    edge = waiting(gate, concurrency=1, queue_s=0.02)
    first = asyncio.ensure_future(edge.call())
    await until(lambda: gate.waiting == 1)
    with pytest.raises(FunctionBusy, match=r"0\.02 s"):
        await edge.call()
    assert edge.registry.functions_queued.child("hello").value == 0
    gate.open()
    await first


async def test_who_leaves_the_queue_leaves_no_gap() -> None:
    gate = Gate()
    edge = waiting(gate, concurrency=1)
    first, second, third = (asyncio.ensure_future(edge.call()) for _ in range(3))
    await until(lambda: gate.waiting == 1)
    second.cancel()
    gate.open()
    assert (await third).buffer == b"through"
    assert (await first).buffer == b"through"
    assert edge.running == 0
    assert (await edge.call()).buffer == b"through"


async def test_a_long_queue_is_served_without_nesting() -> None:
    edge = Edge(guest(OK), concurrency=1, queue=3000)
    gate = Gate()
    holding = waiting(gate, concurrency=1, queue=3000)
    calls = [asyncio.ensure_future(holding.call()) for _ in range(1500)]
    await until(lambda: gate.waiting == 1)
    gate.open()
    assert len(await asyncio.gather(*calls)) == 1500
    assert (await edge.answer()).status == 200


async def test_no_more_calls_a_second_than_may_be() -> None:
    edge = Edge(guest(OK), rate=2)
    await edge.call()
    await edge.call()
    with pytest.raises(FunctionRateExceeded) as caught:
        await edge.call()
    assert (caught.value.status, caught.value.reason, edge.ended("function_rate")) == (429, "function_rate", 1)


# -- an answer that is let go


def ending_early(gate: Gate, then: str) -> Edge:
    strings = Strings()
    code = f"""(drop (call $response_set_body {strings("early")})) (drop (call $request_terminate (i32.const 202)))
        (drop (call $cache_get {strings("a")})) {then}"""
    return Edge(guest(code, strings), Services(cache=gate))  # type: ignore[arg-type]


async def test_an_answer_is_let_go_and_the_guest_runs_to_its_end() -> None:
    gate, strings = Gate(), Strings()
    late = f"(call $log {strings('done')})"
    code = f"""(drop (call $response_set_body {strings("early")})) (drop (call $request_terminate (i32.const 202)))
        (drop (call $cache_get {strings("a")})) {late} {OK}"""
    edge = Edge(guest(code, strings), Services(cache=gate))  # type: ignore[arg-type]
    response = await edge.answer()
    assert (response.status, response.body) == (202, b"early")
    assert (edge.running, edge.told) == (1, [])
    gate.open()
    await until(lambda: not edge.running)
    assert ([each["text"] for each in edge.told], edge.ended("ok")) == (["done"], 1)


async def test_a_guest_that_does_not_wait_has_its_answer_sent_at_its_end() -> None:
    edge = Edge(guest(f"(drop (call $request_terminate (i32.const 403))) {OK}"))
    assert (await edge.answer()).status == 403
    assert edge.running == 0


async def test_nothing_can_be_set_once_an_answer_is_let_go() -> None:
    gate, strings = Gate(), Strings()
    then = f"""(i32.and (i32.eq (call $response_set_status (i32.const 500)) (i32.const -1))
        (i32.and (i32.eq (call $response_set_header {strings("x")} {strings("1")}) (i32.const -1))
        (i32.eq (call $response_set_body {strings("late")}) (i32.const -1))))"""
    code = f"""(drop (call $request_terminate (i32.const 202))) (drop (call $cache_get {strings("a")}))
        (i32.eqz {then})"""
    edge = Edge(guest(code, strings), Services(cache=gate))  # type: ignore[arg-type]
    response = await edge.answer()
    gate.open()
    await until(lambda: not edge.running)
    assert (response.status, response.body, len(response.headers), edge.ended("ok")) == (202, b"", 0, 1)


@pytest.mark.parametrize("then", ["unreachable", "(i32.const 1)"])
async def test_what_fails_behind_an_answer_that_was_let_go_is_counted_and_does_not_touch_it(then: str) -> None:
    gate = Gate()
    edge = ending_early(gate, then)
    response = await edge.answer()
    gate.open()
    await until(lambda: not edge.running)
    assert (response.status, response.body) == (202, b"early")
    assert edge.ended("unreachable") + edge.ended("function_failed") == 1


async def test_a_trap_right_after_an_answer_was_let_go_does_not_touch_it() -> None:
    edge = Edge(guest("(drop (call $request_terminate (i32.const 202))) unreachable"))
    assert (await edge.answer()).status == 202
    assert edge.ended("unreachable") == 1


async def test_a_client_that_leaves_does_not_end_what_goes_on_behind_its_answer() -> None:
    gate = Gate()
    edge = ending_early(gate, OK)
    task = asyncio.ensure_future(edge.answer())
    await task
    task.cancel()
    gate.open()
    await until(lambda: not edge.running)
    assert edge.ended("ok") == 1


async def test_a_spinning_guest_lets_its_answer_go_at_a_tick() -> None:
    edge = Edge(guest(f"(drop (call $request_terminate (i32.const 202))) (loop $on (br $on)) {OK}"), cpu_s=0.1)
    assert (await edge.answer()).status == 202
    assert edge.running == 1
    await until(lambda: not edge.running)
    assert edge.ended("timeout") == 1


# -- its end


async def test_with_every_guest_of_the_worker_taken_a_call_is_503_and_leaves_nothing() -> None:
    gate = Gate()
    edge = waiting(gate, concurrency=GUESTS + 10)
    calls = [asyncio.ensure_future(edge.call()) for _ in range(GUESTS + 10)]
    await until(lambda: sum(each.done() for each in calls) + gate.waiting == GUESTS + 10)
    gate.open()
    ended = await asyncio.gather(*calls, return_exceptions=True)
    failed = [each for each in ended if isinstance(each, ProxyError)]
    assert {(each.status, each.reason) for each in failed} == {(503, "no_instance")}
    assert (len(failed) >= 10, edge.running) == (True, 0)  # Guests of other tests may have places too.
    assert (await edge.call()).buffer == b"through"


async def test_a_function_that_is_closed_takes_no_more_calls() -> None:
    edge = Edge(guest(OK))
    await edge.function.close()
    with pytest.raises(FunctionUnavailable):
        await edge.call()


async def test_closing_waits_for_what_goes_on_behind_answers() -> None:
    gate = Gate()
    edge = ending_early(gate, OK)
    await edge.answer()
    closing = asyncio.ensure_future(edge.function.close())
    await asyncio.sleep(0)
    assert not closing.done()
    gate.open()
    await asyncio.wait_for(closing, 5)
    assert edge.ended("ok") == 1


async def test_to_give_up_closing_ends_what_goes_on() -> None:
    gate = Gate()
    edge = ending_early(gate, OK)
    await edge.answer()
    closing = asyncio.ensure_future(edge.function.close())
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    await until(lambda: not edge.running)
    assert edge.ended("cancelled") == 1


async def test_what_goes_on_behind_an_answer_ends_with_its_time() -> None:
    strings = Strings()
    code = f"(drop (call $request_terminate (i32.const 202))) (drop (call $cache_get {strings('a')})) {OK}"
    edge = Edge(guest(code, strings), Services(cache=Gate()), total_s=0.05)  # type: ignore[arg-type]
    await edge.answer()
    await until(lambda: not edge.running)
    assert edge.ended(FunctionTimeout.reason) == 1


async def test_a_function_tells_what_its_calls_came_to() -> None:
    edge = Edge(guest(OK))
    await edge.call()
    assert edge.function.describe() == {
        "version": "v1", "sha256": "", "abi": "edge", "running": 0, "outcomes": {"ok": 1},
    }  # fmt: skip


async def test_who_waits_on_memory_alone_is_answered_without_a_task() -> None:
    strings = Strings()
    edge = Edge(guest(f"(drop (call $cache_get {strings('a')})) {OK}", strings), Services(cache=Shelf(a=b"1")))
    coroutine = edge.call()
    with pytest.raises(StopIteration):
        coroutine.send(None)
