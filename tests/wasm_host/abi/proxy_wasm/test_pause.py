"""An exchange's wait for its guest: how it ends."""

import asyncio

import pytest

from proxy.errors import PauseTimeout
from wasm_host.abi.proxy_wasm.pause import GuestLost, Pause


async def begun(pause: Pause) -> asyncio.Task[None]:
    task = asyncio.create_task(pause.over())
    await asyncio.sleep(0)
    return task


async def test_the_guests_word_ends_it() -> None:
    pause = Pause(5.0)
    waiting = await begun(pause)
    assert not waiting.done()
    pause.end()
    await waiting


async def test_a_word_that_came_first_leaves_nothing_to_wait_for() -> None:
    pause = Pause(5.0)
    pause.end()
    await pause.over()


async def test_it_ends_at_its_limit_with_a_504() -> None:
    with pytest.raises(PauseTimeout, match=r"within 0\.01 s") as caught:
        await Pause(0.01).over()
    assert caught.value.status == 504


async def test_what_befalls_the_guest_is_raised() -> None:
    pause = Pause(5.0)
    waiting = await begun(pause)
    pause.fail(GuestLost())
    with pytest.raises(GuestLost):
        await waiting


async def test_a_failure_after_the_guests_word_is_too_late() -> None:
    pause = Pause(5.0)
    waiting = await begun(pause)
    pause.end()
    pause.fail(GuestLost())
    await waiting


async def test_a_word_after_the_limit_is_too_late() -> None:
    pause = Pause(5.0)
    waiting = await begun(pause)
    pause.on_deadline(pause.deadline)
    pause.end()
    with pytest.raises(PauseTimeout):
        await waiting


async def test_an_exchange_that_is_cancelled_is_not_watched_on() -> None:
    pause = Pause(0.01)
    waiting = await begun(pause)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    pause.end()
