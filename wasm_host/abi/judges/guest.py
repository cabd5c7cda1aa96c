"""A guest that is asked one question, and then thrown away: nothing of one request is there for the next."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from wasm_host.calls import Linked
from wasm_host.fibers import FiberInstance, FiberLinked, at_once
from wasm_host.guest import Guest
from wasm_host.handover import handed_over
from wasm_host.memory import Memory

if TYPE_CHECKING:
    from wasm_host.abi.judges.program import JudgeProgram

Function = Callable[..., Coroutine[Any, Any, int]]


class JudgeGuest(Guest):
    """Runs on a stack of its own, so that one which computes for long gives way to other requests at each tick."""

    __slots__ = ("_allocate", "_answer", "_call_time_s", "_fiber")

    def __init__(self, program: JudgeProgram) -> None:
        """Make an instance; raises GuestError."""
        self._call_time_s = program.limits.call_time_s
        super().__init__(program.linked)
        allocate, answer = self._fiber.functions
        assert allocate is not None
        assert answer is not None
        self._allocate: Function = allocate
        self._answer: Function = answer

    def _instantiate(self, linked: Linked) -> Memory:
        assert isinstance(linked, FiberLinked)
        self._fiber = FiberInstance(linked, self)
        at_once(self._fiber.start())
        return self._fiber.memory

    def _free(self) -> None:
        self._fiber.close()

    async def judge(self, question: bytes) -> int:
        """Hand a question over and return the answer, both within the time of one call; raises GuestError."""
        fiber = self._fiber
        place = await handed_over(self.memory, self._allocate, question)
        fiber.call_time_s = self._call_time_s - fiber.spent_s
        return await self._answer(place, len(question))
