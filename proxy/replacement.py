"""One plan in the place of another, everywhere or nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from proxy.administration import Administration
from proxy.errors import StartError
from proxy.listening import Listening
from proxy.plan import Generation, Plan
from proxy.rollout import Rollout, bring_up_to_date, outlast_leavers
from proxy.workforce import Workforce


class Replacement:
    """Who calls it holds the lock by which one replacement runs at a time."""

    def __init__(self, workforce: Workforce, listening: Listening, administration: Administration) -> None:
        self._workforce, self._listening, self._administration = workforce, listening, administration
        self._last_number = workforce.generation.number

    async def replace(self, plan: Plan) -> None:
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

    async def reorder(self, order: Any, decide: Callable[[], None]) -> None:
        """Let workers build from another order, all else staying; returns when no request meets the former any more.

        `decide` is called in a thread once all have built it, and before the first swaps. Raises what it raises, and
        StartError; then nothing has changed.
        """
        generation = self._numbered(replace(self._workforce.generation.plan, order=order))
        with ExitStack() as undo:
            rollout = Rollout(generation, self._workforce, self._listening.of_worker)
            undo.callback(rollout.discard)
            await rollout.prepare()
            await asyncio.to_thread(decide)
            undo.pop_all()
        self._workforce.generation = generation
        await rollout.commit()
        await bring_up_to_date(self._workforce)
        await outlast_leavers(self._workforce)

    def _numbered(self, plan: Plan) -> Generation:
        """Number a plan; one that is refused has used its number up, for a worker may still be building it."""
        self._last_number += 1
        return Generation(self._last_number, plan)
