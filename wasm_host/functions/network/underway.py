"""Calls that have begun: Tasks that a Task or a Strand awaits, or nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from proxy.runtime import log
from wasm_host.functions.hostcall import HostcallFailed

T = TypeVar("T")

_under_way: set[asyncio.Task[Any]] = set()
"""The loop itself holds its Tasks weakly."""


def begin(call: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
    """Run a call in a Task of its own, whose HostcallFailed is nobody's trouble but of who awaits it."""
    task = asyncio.get_running_loop().create_task(call, name=name)
    _under_way.add(task)
    task.add_done_callback(_ended)
    return task


def _ended(task: asyncio.Task[Any]) -> None:
    _under_way.discard(task)
    error = None if task.cancelled() else task.exception()
    if error is not None and not isinstance(error, HostcallFailed):
        log.error("%s failed", task.get_name(), exc_info=error)
