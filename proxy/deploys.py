"""Deploys of edge functions: the plan that runs goes on, its workers with another state of the functions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from proxy.garbage import collect
from proxy.reload_report import Book
from proxy.replacement import Replacement
from proxy.workforce import Workforce

COLLECT_S: Final = 1.0
"""What deploys leave behind, the guests that were tried for one, goes so much later: it takes as long as a deploy."""


class Deploys:
    """The configuration's file is not read for them: that is what a reload is for, which waits for its turn."""

    def __init__(self, workforce: Workforce, replacement: Replacement, book: Book, one_at_a_time: asyncio.Lock) -> None:
        self._workforce, self._replacement, self._book = workforce, replacement, book
        self._one_at_a_time = one_at_a_time
        self._under_way: set[asyncio.Task[None]] = set()
        self._collecting: asyncio.TimerHandle | None = None

    async def roll_out(self, functions: Mapping[str, Any], decide: Callable[[], None]) -> None:
        """Bring a state of the functions into all workers, or none, as `proxy.admin.desk.RollOut` says.

        Who asked may be gone before it ends: what is decided is also done.
        """
        task = asyncio.create_task(self._in_turn(functions, decide), name="deploy")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        await asyncio.shield(task)

    async def _in_turn(self, functions: Mapping[str, Any], decide: Callable[[], None]) -> None:
        async with self._one_at_a_time:
            plan = self._workforce.generation.plan
            try:
                await self._replacement.reorder(plan.with_functions(plan.order, functions), decide)
                self._book.note_deploy(self._workforce.generation.number)
            finally:
                self._collect_soon()

    def _collect_soon(self) -> None:
        if self._collecting is None:
            self._collecting = asyncio.get_running_loop().call_later(COLLECT_S, self._collect)

    def _collect(self) -> None:
        self._collecting = None
        collect()
