"""Reloads: what is configured now replaces what runs, everywhere or nowhere, one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack

from proxy.administration import Administration
from proxy.errors import StartError
from proxy.garbage import collect
from proxy.listening import Listening
from proxy.plan import Generation, Load, Plan
from proxy.reload_report import Book, Report
from proxy.rollout import Rollout, bring_up_to_date
from proxy.runtime import log
from proxy.workforce import Workforce


class Reloads:
    """`load` reads the configuration anew. `on_begin` and `on_end` are called around each reload."""

    def __init__(
        self,
        load: Load,
        workforce: Workforce,
        listening: Listening,
        administration: Administration,
        book: Book,
        one_at_a_time: asyncio.Lock,
        on_begin: Callable[[], None],
        on_end: Callable[[], None],
    ) -> None:
        self._load, self._workforce, self._listening = load, workforce, listening
        self._administration, self._book = administration, book
        self._one_at_a_time = one_at_a_time
        self._on_begin, self._on_end = on_begin, on_end
        self._next: asyncio.Task[Report] | None = None
        self._last_number = workforce.generation.number

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
            await self._replace(plan)
        except StartError as error:
            return Report("refused", running.number, str(error).splitlines())
        except Exception as error:  # ours; a later reload may do
            log.exception("a reload failed")
            return Report("refused", self._workforce.generation.number, [f"{type(error).__name__}: {error}"])
        return Report("reloaded", self._workforce.generation.number, (), changes)

    async def _replace(self, plan: Plan) -> None:
        """Make a plan what runs; raises StartError, and nothing has changed."""
        if self._workforce.stopping.is_set():
            raise StartError("the proxy is about to end")  # a successor may have the sockets by now
        with ExitStack() as undo:
            sockets = self._listening.stage(plan.listeners, plan.workers)
            undo.callback(sockets.discard)
            admin = await self._administration.stage(plan.admin)
            undo.callback(admin.discard)
            generation = self._numbered(plan)
            rollout = Rollout(generation, self._workforce, sockets.of_worker)
            undo.callback(rollout.discard)
            await rollout.prepare()
            undo.pop_all()
        leaving = sockets.commit()
        leaving.unbind()
        admin.commit()
        self._workforce.generation = generation
        await rollout.commit()
        self._workforce.fill()
        leaving.close()
        await bring_up_to_date(self._workforce)

    def _numbered(self, plan: Plan) -> Generation:
        """Number a plan; one that is refused has used its number up, for a worker may still be building it."""
        self._last_number += 1
        return Generation(self._last_number, plan)
