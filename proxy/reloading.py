"""Reloads: what is configured now replaces what runs, everywhere or nowhere, one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from proxy.errors import StartError
from proxy.garbage import collect
from proxy.plan import Load
from proxy.reload_report import Book, Report
from proxy.replacement import Replacement
from proxy.runtime import log
from proxy.workforce import Workforce


class Reloads:
    """`load` reads the configuration anew. `on_begin` and `on_end` are called around each reload."""

    def __init__(
        self,
        load: Load,
        workforce: Workforce,
        replacement: Replacement,
        book: Book,
        one_at_a_time: asyncio.Lock,
        on_begin: Callable[[], None],
        on_end: Callable[[], None],
    ) -> None:
        self._load, self._workforce, self._replacement, self._book = load, workforce, replacement, book
        self._one_at_a_time = one_at_a_time
        self._on_begin, self._on_end = on_begin, on_end
        self._next: asyncio.Task[Report] | None = None

    async def reload(self) -> Report:
        """Reload; who asks while one waits for its turn joins that one."""
        if self._next is None:
            self._next = asyncio.create_task(self._in_turn(), name="reload")
        return await asyncio.shield(self._next)

    async def _in_turn(self) -> Report:
        async with self._one_at_a_time:
            self._next = None  # who asks from now on may mean what this one reads too early
            self._on_begin()
            try:
                report = await self._report()
                self._book.note(report)
            finally:
                self._on_end()
            collect()  # The guests of the check, for one, and the open files of their modules.
            return report

    async def _report(self) -> Report:
        running = self._workforce.generation
        try:
            plan = await asyncio.to_thread(self._load)
            changes = plan.changes(running.plan.order)
            await self._replacement.replace(plan)
        except StartError as error:
            return Report("refused", running.number, str(error).splitlines())
        except Exception as error:  # ours; a later reload may do
            log.exception("a reload failed")
            return Report("refused", self._workforce.generation.number, [f"{type(error).__name__}: {error}"])
        return Report("reloaded", self._workforce.generation.number, (), changes)
