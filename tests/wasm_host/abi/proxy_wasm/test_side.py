"""One direction of an exchange: a word to go on may come before the pause that it ends."""

import asyncio

from wasm_host.abi.proxy_wasm.body_flow import BodyFlow
from wasm_host.abi.proxy_wasm.pause import Pause
from wasm_host.abi.proxy_wasm.side import Side
from wasm_host.limits import GuestLimits


def side() -> Side:
    return Side(BodyFlow(GuestLimits(), 413))


def test_a_word_before_the_pause_is_kept_for_it_once() -> None:
    early = side()
    early.resume()
    assert (early.take_resumed(), early.take_resumed()) == (True, False)


async def test_a_word_in_a_pause_ends_it_and_is_not_kept() -> None:
    paused = side()
    pause = paused.pause = Pause(5.0)
    waiting = asyncio.ensure_future(pause.over())
    await asyncio.sleep(0)
    paused.resume()
    await waiting
    assert not paused.take_resumed()


def test_headers_can_be_edited_at_first() -> None:
    assert side().open
