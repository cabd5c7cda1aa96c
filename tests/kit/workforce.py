"""A workforce of real workers (answering_worker.py) in the test's own loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from kit.supervised import PATIENCE_S
from kit.worker import COMMAND
from proxy.listening import Listening
from proxy.metrics import Registry
from proxy.plan import Generation, Plan
from proxy.workforce import Workforce


def generation(number: int, order: Mapping[str, Any] | None = None, *, workers: int = 2) -> Generation:
    listeners = {"test": "127.0.0.1:0"}
    plan = Plan(
        listeners,
        [*COMMAND, "serve"],
        workers,
        5.0,
        order=order or {},
        with_functions=lambda order, functions: {**order, "functions": functions},
    )
    return Generation(number, plan)


@asynccontextmanager
async def working(first: Generation) -> AsyncIterator[tuple[Workforce, Listening]]:
    """Keep the workers of a generation, from when all are ready."""
    listening = Listening()
    listening.stage(first.plan.listeners, first.plan.workers).commit()
    workforce = Workforce(first, b"k" * 80, listening, Registry(), lambda: None)
    keeping = asyncio.create_task(workforce.keep())
    try:
        assert await workforce.until(lambda: workforce.why_not_ready() is None, PATIENCE_S)
        yield workforce, listening
    finally:
        listening.close()
        workforce.stop(0.0, idle_s=0.0, held=())
        await asyncio.wait_for(keeping, PATIENCE_S)
