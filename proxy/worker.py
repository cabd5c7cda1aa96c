"""A worker: serves clients on inherited sockets until the supervisor tells it to drain, or is gone.

Here is what it says to the supervisor and is told by it; what serves is proxy/serving.py.
"""

from __future__ import annotations

import asyncio
import faulthandler
import signal
import socket
import sys
import traceback
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeAlias, cast

import uvloop

from proxy.cache.heap import keep_large_blocks_apart
from proxy.cache.purge import Purge
from proxy.control import Channel
from proxy.errors import ControlError, FunctionUnavailable, ProxyError
from proxy.function_lines import FunctionLines
from proxy.garbage import collect, settle
from proxy.handover import Receiving
from proxy.inheritance import Inheritance
from proxy.invalidations import Invalid
from proxy.limits import LAST_REQUEST_S
from proxy.listener import Graph
from proxy.metrics import Registry, Snapshot
from proxy.runtime import monotonic
from proxy.serving import Serving

BEAT_S: Final = 0.5

LAST_WORDS_S: Final = 2.0

SWITCH_S: Final = 0.001
"""How long a thread that reads may keep the loop from running; Python's own 5 ms would be paid at every wake-up."""

Build: TypeAlias = Callable[[Any, Registry, Graph | None], Graph]
"""Is given what to build from (JSON, from who wrote the plan), and the graph that runs, whose parts may be kept."""

Read: TypeAlias = Callable[[Any], Any]
"""Turns that JSON into what `Build` is given in its place. It runs in a thread, so it touches nothing that serves."""


def as_it_is(order: Any) -> Any:
    return order


def run(build: Build, read: Read = as_it_is) -> int:
    """Be a worker: build what the supervisor orders, serve it, and return the process's exit status."""
    faulthandler.enable()
    keep_large_blocks_apart()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the supervisor decides
    return uvloop.run(Worker(build, read, Inheritance.take()).run())


@dataclass(frozen=True, slots=True)
class End:
    """How to end: what clients have of time, and the listeners that nobody serves afterwards."""

    within_s: float = 30.0
    idle_s: float = LAST_REQUEST_S
    closing: Collection[str] = ()


class Worker:
    def __init__(self, build: Build, read: Read, inherited: Inheritance) -> None:
        self._build, self._read, self._inherited = build, read, inherited
        self._registry = Registry()
        self._serving: Serving = cast(Serving, None)
        self._receiving: Receiving = cast(Receiving, None)
        self._one_at_a_time = asyncio.Lock()
        self._serves = False

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        self._ordered: asyncio.Future[dict[str, Any]] = loop.create_future()
        self._end: asyncio.Future[End] = loop.create_future()
        channel = await Channel.over(self._inherited.control, self._handlers())
        channel.closed.add_done_callback(lambda _: self._end_by(End()))
        loop.add_signal_handler(signal.SIGTERM, self._end_by, End())
        self._receiving = Receiving(self._inherited.handover)
        self._lines = FunctionLines(partial(channel.tell, "function_lines"))
        self._serving = Serving(self._registry, partial(channel.tell, "invalid"), self._lines.take)
        loop.add_signal_handler(signal.SIGUSR1, self._serving.reopen_logs)
        try:
            return await self._live(channel)
        finally:
            self._receiving.close()
            channel.close()
            await asyncio.wait({channel.closed}, timeout=LAST_WORDS_S)

    async def _live(self, channel: Channel) -> int:
        """Build what the first order says, and serve from the first commit to the end."""
        settle()
        first: set[asyncio.Future[Any]] = {self._ordered, self._end}
        await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
        if self._ordered.done():
            try:
                await self._start(self._ordered.result())
            except Exception as error:
                channel.tell("failed", _description(error))
                return 1
            channel.tell("built")
        beat = Heartbeat(channel, self._registry)
        end = await self._end
        channel.tell("draining")
        async with self._one_at_a_time:
            if end.closing and not self._serves:  # Clients may wait for it all the same.
                await self._serving.commit_prepared()
            await self._serving.drain(end.within_s, end.idle_s, end.closing)
        await self._serving.end()
        self._lines.flush()
        beat.stop()
        channel.tell("ended", self._registry.snapshot())
        return 0

    async def _start(self, order: dict[str, Any]) -> None:
        async with self._one_at_a_time:
            await self._prepare(order, self._inherited.listeners)
        collect()  # What the first order left behind; later it is done as each graph goes.

    async def _prepare(self, order: dict[str, Any], sockets: Mapping[str, socket.socket]) -> None:
        try:
            await self._serving.discard()  # Not after the build: what goes would take gauges along that both have.
            graph = await self._built(order["order"])
        except BaseException:
            for each in sockets.values():
                each.close()
            raise
        ticket_key = bytes.fromhex(order["ticket_key"]) or None
        await self._serving.prepare(order["generation"], graph, sockets, ticket_key)

    async def _built(self, order: Any) -> Graph:
        read = await _in_thread(self._read, order)
        return self._build(read, self._registry, self._serving.graph if self._serves else None)

    def _end_by(self, end: End) -> None:
        if not self._end.done():
            self._end.set_result(end)

    # -- what the supervisor asks and tells

    def _handlers(self) -> dict[str, Callable[[Any], Awaitable[Any]]]:
        return {
            "ping": self._answer_ping,
            "configure": self._heed_configure,
            "prepare": self._answer_prepare,
            "commit": self._answer_commit,
            "discard": self._heed_discard,
            "snapshot": self._answer_snapshot,
            "upstreams": self._answer_upstreams,
            "caches": self._answer_caches,
            "purge": self._answer_purge,
            "invalid": self._heed_invalid,
            "wasm": self._answer_wasm,
            "reload_wasm": self._answer_reload_wasm,
            "functions": self._answer_functions,
            "invoke": self._answer_invoke,
            "reopen_logs": self._heed_reopen_logs,
            "drain": self._heed_drain,
        }

    async def _answer_ping(self, _: object) -> str:
        return "pong"

    async def _heed_configure(self, order: dict[str, Any]) -> None:
        """Take the first order: {"generation": 1, "order": …, "ticket_key": hex}. What comes of it is told.

        Nobody is let in before the commit, for a reload may come between.
        """
        self._ordered.set_result(order)

    async def _answer_prepare(self, order: dict[str, Any]) -> None:
        """Build what is to be served next; `sockets` names those that come by the handover. Raises ProxyError."""
        async with self._one_at_a_time:
            if self._end.done():
                raise ControlError("it takes no more connections")
            sockets = await self._receiving.take(order["sockets"])
            await self._prepare(order, sockets)

    async def _answer_commit(self, body: dict[str, Any]) -> None:
        async with self._one_at_a_time:
            await self._serving.commit(body["generation"], body["closing"])
            self._serves = True

    async def _heed_discard(self, body: dict[str, Any]) -> None:
        async with self._one_at_a_time:
            await self._serving.discard(body["generation"])

    async def _heed_drain(self, body: dict[str, Any]) -> None:
        self._end_by(End(body["within_s"], body["idle_s"], body["closing"]))

    async def _answer_snapshot(self, _: object) -> Snapshot:
        return self._registry.snapshot()

    async def _answer_upstreams(self, _: object) -> dict[str, Any]:
        return {name: upstream.describe() for name, upstream in self._graph.upstreams.items()}

    async def _answer_caches(self, _: object) -> dict[str, Any]:
        return {name: cache.describe() for name, cache in self._graph.caches.items()}

    async def _answer_purge(self, order: dict[str, Any]) -> dict[str, Any]:
        """Purge one cache or all; `publish` tells to pass it on to the nodes that share a tier."""
        purge = Purge(order["kind"], order["value"], order["hard"])
        return {
            name: await cache.purge(purge, publish=order["publish"])
            for name, cache in self._graph.caches.items()
            if order["cache"] in (None, name)
        }

    async def _heed_invalid(self, invalid: Invalid) -> None:
        self._serving.invalidations.heed(invalid)

    async def _answer_wasm(self, _: object) -> dict[str, list[dict[str, Any]]]:
        return {} if self._graph.modules is None else self._graph.modules.describe()

    async def _answer_reload_wasm(self, body: dict[str, str]) -> dict[str, Any]:
        if self._graph.modules is None:
            raise ControlError("no filter is a WASM module any more")
        return await self._graph.modules.reload(body["filter"])

    async def _answer_functions(self, _: object) -> dict[str, dict[str, Any]]:
        return {} if self._graph.functions is None else self._graph.functions.describe()

    async def _answer_invoke(self, body: dict[str, Any]) -> dict[str, Any]:
        """Call a function; one that fails, or is not there, is `refused` with a `status`."""
        try:
            if self._graph.functions is None:
                raise FunctionUnavailable(f"there is no function {body['name']}")
            return await self._graph.functions.invoke(body["name"], body["request"])
        except ProxyError as error:
            return {"refused": {"status": error.status, "reason": error.reason, "text": str(error)}}

    async def _heed_reopen_logs(self, _: object) -> None:
        self._serving.reopen_logs()

    @property
    def _graph(self) -> Graph:
        return self._serving.graph


async def _in_thread(read: Read, order: Any) -> Any:
    """Read while the loop goes on: at the same time it would serve nobody for as long as a second."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_S)
    try:
        return await asyncio.to_thread(read, order)
    finally:
        sys.setswitchinterval(before)


def _description(error: Exception) -> str:
    """Say what failed; the text is enough for errors of our own, others show where they came from."""
    return str(error) if isinstance(error, ProxyError) else "".join(traceback.format_exception(error))


class Heartbeat:
    """Tells the supervisor, at each beat, how late the loop ran it."""

    def __init__(self, channel: Channel, registry: Registry) -> None:
        self._channel = channel
        self._lag = registry.event_loop_lag.child()
        self._schedule()

    def _schedule(self) -> None:
        self._due = monotonic() + BEAT_S
        self._timer = asyncio.get_running_loop().call_later(BEAT_S, self._beat)

    def _beat(self) -> None:
        lag_s = max(0.0, monotonic() - self._due)
        self._lag.observe(lag_s)
        self._channel.tell("beat", {"lag_s": round(lag_s, 6)})
        self._schedule()

    def stop(self) -> None:
        self._timer.cancel()
