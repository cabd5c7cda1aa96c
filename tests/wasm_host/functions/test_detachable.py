"""A call runs inside whoever awaits it until its answer is let go."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from kit.wire import eventually

from proxy.runtime import Strand, Waiter
from wasm_host.functions.detachable import Detachable
from wasm_host.functions.draft import Draft


class Steps:
    """A call that takes steps, and lets its answer go before the one that is named."""

    def __init__(self, let_go_before: int | None = None) -> None:
        self.draft, self._let_go_before = Draft(100), let_go_before
        self.strands: list[Strand] = []
        self.done: list[int] = []
        self.ended = False

    async def _run(self, steps: tuple[Callable[[], Awaitable[Any]], ...]) -> None:
        try:
            for number, step in enumerate(steps):
                if number == self._let_go_before:
                    self.draft.terminate(202)
                await step()
                self.done.append(number)
        finally:
            self.ended = True

    async def call(self, *steps: Callable[[], Awaitable[Any]]) -> None:
        await Detachable(self._run(steps), self.draft, self.strands.append)


async def turn() -> None:
    await asyncio.sleep(0)


async def test_without_an_answer_it_runs_to_its_end_in_whoever_awaits_it() -> None:
    steps = Steps()
    await steps.call(turn, turn)
    assert (steps.done, steps.ended, steps.strands) == ([0, 1], True, [])


@pytest.mark.parametrize("kind", ["a turn of the loop", "a future", "a waiter"])
async def test_once_the_answer_is_let_go_it_goes_on_by_itself(kind: str) -> None:
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    waiter: Waiter[None] = Waiter()

    waits: dict[str, Callable[[], Awaitable[None]]] = {
        "a turn of the loop": turn,
        "a future": lambda: future,
        "a waiter": lambda: waiter,
    }
    steps = Steps(let_go_before=1)
    await steps.call(turn, waits[kind], turn)
    assert (steps.done, steps.ended, len(steps.strands)) == ([0], False, 1)
    future.set_result(None)
    waiter.wake(None)
    assert await eventually(lambda: steps.ended)
    assert steps.done == [0, 1, 2]


async def test_what_does_not_wait_after_its_answer_needs_no_strand() -> None:
    async def at_once() -> None:
        return

    steps = Steps(let_go_before=1)
    await steps.call(turn, at_once)
    assert (steps.ended, steps.strands) == (True, [])


async def test_who_awaits_it_can_cancel_it_before_its_answer_and_not_after() -> None:
    before, after = Steps(), Steps(let_go_before=0)
    waiter: Waiter[None] = Waiter()
    task = asyncio.ensure_future(before.call(lambda: asyncio.sleep(3600)))
    await turn()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert before.ended
    await after.call(lambda: waiter)
    assert not after.ended
    after.strands[0].cancel()
    assert after.ended


async def test_a_failure_reaches_whoever_awaits_it() -> None:
    async def broken() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await Steps().call(turn, broken)
