"""Guests that wait: for what, for whom, and what becomes of failures."""

import asyncio
from typing import Any

import pytest
from kit.waiting import WatFiber, WatFibers, guests, later

from proxy.errors import ClientGone, GuestOutOfMemory, GuestTrap, GuestUnavailable
from proxy.runtime import Strand, Waiter
from wasm_host.signature import HostFunction, Signature


async def test_a_guest_gets_what_it_waited_for() -> None:
    async with await guests().guest() as guest:
        assert await guest.call("ask", 41) == 42


async def test_an_answer_given_at_once_needs_no_waiting() -> None:
    async with await guests(lambda value: value * 2).guest() as guest:
        coroutine = guest.call("ask", 21)
        with pytest.raises(StopIteration) as ended:
            coroutine.send(None)
        assert ended.value.value == 42


async def test_numbers_of_64_bits_go_both_ways() -> None:
    async with await guests().guest() as guest:
        assert await guest.call("ask_wide", 2**62, 2**32 - 1) == 2**63 + 2**32 - 1


async def test_negative_answers_wrap() -> None:
    async with await guests(lambda _: -1).guest() as guest:
        assert await guest.call("ask", 0) == 2**32 - 1


async def test_a_function_may_have_no_result() -> None:
    told = []

    async def tell(value: int) -> None:
        await asyncio.sleep(0)
        told.append(value)

    async with await guests(tell=tell).guest() as guest:
        await guest.call("tell", 7)
    assert told == [7]


async def test_functions_that_never_wait_stand_beside_those_that_do() -> None:
    async with await guests().guest() as guest:
        assert await guest.call("add", 2, 3) == 5
        assert await guest.call("ask", 5) == 6
        assert await guest.call("add", 2**32 - 1, 2) == 1


async def test_host_functions_find_the_guest_that_called_them() -> None:
    def ask(value: int) -> Any:
        return named(fibers.running.guest, value)

    async def named(guest: WatFiber, value: int) -> int:
        await asyncio.sleep(0.001 * value)
        return everyone.index(guest)

    fibers = guests(ask)
    everyone = [await fibers.guest() for _ in range(5)]
    answers = await asyncio.gather(*(each.call("ask", 5 - number) for number, each in enumerate(everyone)))
    assert answers == [0, 1, 2, 3, 4]
    for each in everyone:
        each.instance.close()


async def test_a_guest_waits_on_a_strand_with_no_task() -> None:
    waiter: Waiter[int] = Waiter()
    got = []

    async def ask(_: int) -> int:
        return await waiter

    guest = await guests(ask).guest()

    async def exchange() -> None:
        got.append(await guest.call("ask", 1))

    strand = Strand(exchange())
    strand.step()
    assert len(asyncio.all_tasks()) == 1
    waiter.wake(9)
    assert got == [9]
    assert strand.done()
    guest.instance.close()


# -- failures


async def test_what_a_waiting_function_raises_reaches_the_caller_as_it_is() -> None:
    broken = ClientGone("the client left")

    async def ask(_: int) -> int:
        await asyncio.sleep(0)
        raise broken

    async with await guests(ask).guest() as guest:
        with pytest.raises(ClientGone) as caught:
            await guest.call("ask", 0)
    assert caught.value is broken


@pytest.mark.parametrize("raised", [ValueError("no"), ClientGone("gone"), GuestTrap("bad pointer")])
async def test_what_a_function_raises_before_it_waits_reaches_the_caller_as_it_is(raised: Exception) -> None:
    def ask(_: int) -> int:
        raise raised

    async with await guests(ask).guest() as guest:
        with pytest.raises(type(raised)) as caught:
            await guest.call("ask", 0)
    assert caught.value is raised


async def test_a_wait_that_others_cancel_is_the_guests_failure() -> None:
    async def ask(_: int) -> int:
        raise asyncio.CancelledError

    async with await guests(ask).guest() as guest:
        with pytest.raises(GuestTrap, match="cancelled"):
            await guest.call("ask", 0)


async def test_a_wait_that_others_cancel_is_the_guests_failure_on_a_strand_too() -> None:
    waiter: Waiter[int] = Waiter()
    failures: list[BaseException] = []

    async def ask(_: int) -> int:
        return await waiter

    guest = await guests(ask).guest()

    async def exchange() -> None:
        try:
            await guest.call("ask", 1)
        except BaseException as error:
            failures.append(error)

    Strand(exchange()).step()
    waiter.cancel()
    await asyncio.sleep(0)
    assert [type(each) for each in failures] == [GuestTrap]
    guest.instance.close()


async def test_a_trap_after_a_wait_is_a_trap() -> None:
    async with await guests().guest() as guest:
        with pytest.raises(GuestTrap, match="unreachable"):
            await guest.call("ask_then_trap", 0)


async def test_a_guest_that_runs_out_of_stack_traps() -> None:
    async with await guests().guest() as guest:
        with pytest.raises(GuestTrap, match="stack"):
            await guest.call("recurse", 0)


async def test_a_guest_that_grows_over_its_memory_is_told_apart() -> None:
    async with await guests(memory_bytes=4 * 1024 * 1024).guest() as guest:
        with pytest.raises(GuestOutOfMemory):
            await guest.call("grow")


async def test_a_module_whose_start_traps_makes_no_guest() -> None:
    with pytest.raises(GuestTrap):
        await WatFibers("(func $start unreachable) (start $start)").guest()


async def test_a_start_function_may_wait() -> None:
    fibers = WatFibers(
        """
        (import "env" "ask" (func $ask (param i32) (result i32)))
        (global $got (mut i32) (i32.const 0))
        (func $start (global.set $got (call $ask (i32.const 4))))
        (start $start)
        (func (export "got") (result i32) (global.get $got))
        """,
        [HostFunction("env", "ask", Signature("i", "i"), later, waits=True)],
    )
    async with await fibers.guest() as guest:
        assert await guest.call("got") == 5


async def test_a_guest_is_entered_by_one_call_at_a_time() -> None:
    waiter: Waiter[int] = Waiter()

    async def ask(_: int) -> int:
        return await waiter

    async with await guests(ask).guest() as guest:
        first = asyncio.ensure_future(guest.call("ask", 1))
        await asyncio.sleep(0)
        with pytest.raises(GuestUnavailable):
            await guest.call("add", 1, 1)
        waiter.wake(3)
        assert await first == 3
