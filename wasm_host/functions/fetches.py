"""The requests that one call has sent: so many in all, so many not waited for yet, each known by a number."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.services import HttpAnswer
from wasm_host.functions.settings import FunctionLimits
from wasm_host.functions.waits import Waits


class Fetches:
    """Their methods raise HostcallFailed."""

    __slots__ = ("_begun", "_limits", "_open", "_waits")

    def __init__(self, waits: Waits, limits: FunctionLimits) -> None:
        self._waits, self._limits = waits, limits
        self._begun = 0
        self._open: dict[int, asyncio.Task[HttpAnswer]] = {}

    def begin(self, send: Callable[[], Awaitable[HttpAnswer]]) -> int:
        """Send a request, which goes on while the guest does; returns its number, from 1."""
        limits = self._limits
        if self._waits.ended is not None:
            raise self._waits.ended
        if self._begun >= limits.http_calls:
            raise HostcallFailed("over_budget", f"more than {limits.http_calls} requests in one call")
        if len(self._open) >= limits.http_at_once:  # Those that are done, too: their answers are held here.
            raise HostcallFailed("over_budget", f"more than {limits.http_at_once} requests at once")
        awaitable = send()
        self._begun += 1
        self._open[self._begun] = self._waits.begin(awaitable)
        return self._begun

    def take(self, number: int) -> asyncio.Task[HttpAnswer]:
        """Return what a request comes to; once."""
        task = self._open.pop(number, None)
        if task is None:
            raise HostcallFailed("invalid", f"there is no request {number} to wait for")
        return task
