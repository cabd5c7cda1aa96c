"""How calls of guests that wait end: out of time, cancelled, closed under way, and ten thousand at once."""

import asyncio
import gc
import resource
import weakref
from pathlib import Path

import pytest
from kit.waiting import WatFiber, guests

from proxy.errors import GuestTimeout, GuestTrap, GuestUnavailable
from proxy.runtime import Strand, Waiter, monotonic

# -- time


async def test_a_spinning_guest_lets_the_loop_go_on_and_is_stopped() -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    counting = asyncio.ensure_future(count())
    async with await guests(call_time_s=0.2).guest() as guest:
        begun = monotonic()
        with pytest.raises(GuestTimeout, match="200 ms"):
            await guest.call("spin")
    counting.cancel()
    assert 0.2 <= monotonic() - begun < 2.0
    assert turns >= 3


async def test_a_guest_that_asks_for_ever_lets_the_loop_go_on_and_is_stopped() -> None:
    async def at_once(value: int) -> int:
        return value

    async with await guests(at_once, call_time_s=0.2).guest() as guest:
        turned = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0.02, turned.set_result, None)
        with pytest.raises(GuestTimeout):
            await guest.call("ask_for_ever")
        assert turned.done()


async def test_time_spent_waiting_is_not_the_guests() -> None:
    async def ask(value: int) -> int:
        await asyncio.sleep(0.05)
        return value

    async with await guests(ask, call_time_s=0.03).guest() as guest:
        assert await guest.call("ask_often", 3) == 6


async def test_a_guest_that_was_stopped_does_not_make_anothers_trap_a_timeout() -> None:
    fibers = guests(call_time_s=0.02)
    async with await fibers.guest() as spinning, await fibers.guest() as trapping:
        with pytest.raises(GuestTimeout):
            await spinning.call("spin")
        with pytest.raises(GuestTrap):
            await trapping.call("ask_then_trap", 0)


# -- ends


async def cancelled_at(guest: WatFiber, turns: int) -> None:
    task = asyncio.ensure_future(guest.call("ask_often", 1000))
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 10])
async def test_cancelling_unwinds_the_guest_at_any_stage(turns: int) -> None:
    awaited = []

    async def ask(value: int) -> int:
        awaited.append(value)
        try:
            await asyncio.sleep(0)
        finally:
            awaited.remove(value)
        return 1

    async with await guests(ask).guest() as guest:
        await cancelled_at(guest, turns)
    assert awaited == []


async def test_cancelling_a_strand_ends_its_call() -> None:
    waiter: Waiter[int] = Waiter()
    ends: list[BaseException] = []

    async def ask(_: int) -> int:
        return await waiter

    guest = await guests(ask).guest()

    async def exchange() -> None:
        try:
            await guest.call("ask", 1)
        except BaseException as error:
            ends.append(error)
            raise

    strand = Strand(exchange())
    strand.step()
    strand.cancel()
    assert [type(each) for each in ends] == [asyncio.CancelledError]
    guest.instance.close()


async def test_cancelling_a_spinning_guest_ends_it_at_the_next_tick() -> None:
    async with await guests(call_time_s=5.0).guest() as guest:
        task = asyncio.ensure_future(guest.call("spin"))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_closing_a_guest_ends_the_call_that_waits() -> None:
    waiter: Waiter[int] = Waiter()

    async def ask(_: int) -> int:
        return await waiter

    guest = await guests(ask).guest()
    task = asyncio.ensure_future(guest.call("ask", 1))
    await asyncio.sleep(0)
    guest.instance.close()
    waiter.wake(1)
    with pytest.raises(GuestUnavailable):
        await task
    with pytest.raises(GuestUnavailable):
        await guest.call("add", 1, 1)


async def test_closing_twice_is_closing_once() -> None:
    guest = await guests().guest()
    guest.instance.close()
    guest.instance.close()


async def test_a_call_that_nobody_finishes_is_unwound_when_it_is_collected() -> None:
    guest = await guests().guest()
    coroutine = guest.call("ask_often", 10)
    coroutine.send(None)
    coroutine.close()
    guest.instance.close()


async def test_a_closed_guest_is_collected() -> None:
    guest = await guests().guest()
    await guest.call("ask", 1)
    guest.instance.close()

    class Mark:
        pass

    guest.mark = mark = Mark()  # type: ignore[attr-defined]
    gone = weakref.ref(mark)
    fibers_running = guest.instance._linked.running
    fibers_running.guest = None
    del guest, mark
    gc.collect()
    assert gone() is None


# -- many


def resident_kib() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // 1024


async def test_ten_thousand_calls_leave_nothing_behind() -> None:
    fibers = guests()

    async def one(number: int) -> None:
        async with await fibers.guest() as guest:
            if number % 10 == 3:
                await cancelled_at(guest, number % 7)
            elif number % 10 == 7:
                with pytest.raises(GuestTrap):
                    await guest.call("ask_then_trap", 0)
            else:
                assert await guest.call("ask_often", 3) == 9

    async def wave() -> None:
        await asyncio.gather(*(one(number) for number in range(200)))
        gc.collect()

    for _ in range(10):
        await wave()
    before, objects = resident_kib(), len(gc.get_objects())
    for _ in range(40):
        await wave()
    assert resident_kib() - before < 16 * 1024, "a store is 64 KiB and more"
    assert len(gc.get_objects()) - objects < 100
    assert len(asyncio.all_tasks()) == 1


async def test_the_collector_may_run_at_any_moment() -> None:
    before = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    try:
        fibers = guests()
        for number in range(20):
            async with await fibers.guest() as guest:
                assert await guest.call("ask_often", 5) == 20
                await cancelled_at(guest, number % 4)
    finally:
        gc.set_threshold(*before)
