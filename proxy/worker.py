"""A worker: serves clients on inherited sockets until the supervisor tells it to drain, or is gone."""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import signal
import traceback
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final, TypeAlias

import uvloop

from proxy.access_log import AccessLog
from proxy.cache.heap import keep_large_blocks_apart
from proxy.cache.purge import Purge
from proxy.control import Channel
from proxy.errors import ProxyError
from proxy.http1.service import Service
from proxy.inheritance import Inheritance
from proxy.invalidations import Invalid, Invalidations
from proxy.listener import Graph, serve, service_of
from proxy.metrics import Registry, Snapshot
from proxy.runtime import log, monotonic

BEAT_S: Final = 0.5
DRAIN_S: Final = 30.0
"""For a drain that nobody put a time to: the worker itself got SIGTERM, or the supervisor is gone."""

DRAIN_LOOK_S: Final = 0.01
"""How often a drain looks whether connections are left, so that none has to tell when it closes."""

LAST_WORDS_S: Final = 2.0


Build: TypeAlias = Callable[[Registry], Graph]


def run(build: Build) -> int:
    """Be a worker: build the graph, serve it, and return the process's exit status."""
    faulthandler.enable()
    keep_large_blocks_apart()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the supervisor decides
    return uvloop.run(Worker(build, Inheritance.take()).run())


class Worker:
    def __init__(self, build: Build, inherited: Inheritance) -> None:
        self._build, self._inherited = build, inherited
        self._registry = Registry()
        self._graph = Graph([])
        self._services: list[Service] = []
        self._servers: list[asyncio.AbstractServer] = []
        self._stop: asyncio.Future[float] | None = None
        self._channel: Channel | None = None
        self._invalidations: Invalidations | None = None

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        self._stop = loop.create_future()
        self._channel = channel = await Channel.over(self._inherited.control, self._handlers())
        channel.closed.add_done_callback(lambda _: self._stop_within(DRAIN_S))
        loop.add_signal_handler(signal.SIGTERM, self._stop_within, DRAIN_S)
        loop.add_signal_handler(signal.SIGUSR1, self._reopen_logs)
        try:
            await self._start()
        except Exception as error:
            channel.tell("failed", _description(error))
            await self._end_channel()
            return 1
        channel.tell("ready")
        beat = Heartbeat(channel, self._registry)
        within_s = await self._stop
        channel.tell("draining")
        await self._drain(within_s)
        beat.stop()
        channel.tell("ended", self._registry.snapshot())
        await self._end_channel()
        return 0

    def _handlers(self) -> dict[str, Callable[[Any], Awaitable[Any]]]:
        """Name what the supervisor may ask. Deploy belongs here too."""
        return {
            "ping": self._answer_ping,
            "snapshot": self._answer_snapshot,
            "upstreams": self._answer_upstreams,
            "caches": self._answer_caches,
            "purge": self._answer_purge,
            "invalid": self._heed_invalid,
            "wasm": self._answer_wasm,
            "reload_wasm": self._answer_reload_wasm,
            "reopen_logs": self._answer_reopen_logs,
            "drain": self._answer_drain,
        }

    async def _answer_ping(self, _: object) -> str:
        return "pong"

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
        if self._invalidations is not None:
            self._invalidations.heed(invalid)

    async def _answer_wasm(self, _: object) -> dict[str, list[dict[str, Any]]]:
        return {} if self._graph.modules is None else self._graph.modules.describe()

    async def _answer_reload_wasm(self, body: dict[str, str]) -> dict[str, Any]:
        assert self._graph.modules is not None, "the supervisor asks only for what was described"
        return await self._graph.modules.reload(body["filter"])

    async def _answer_reopen_logs(self, _: object) -> None:
        self._reopen_logs()

    async def _answer_drain(self, body: dict[str, float]) -> None:
        self._stop_within(body["within_s"])

    async def _start(self) -> None:
        self._graph = self._build(self._registry)
        if self._graph.modules is not None:
            self._graph.modules.start()
        assert self._channel is not None
        for cache in self._graph.caches.values():
            await cache.start()
        self._invalidations = Invalidations(self._graph.caches, partial(self._channel.tell, "invalid"))
        for spec in self._graph.listeners:
            service = service_of(spec, self._registry)
            self._services.append(service)
            self._servers.append(await serve(spec, service, self._inherited.listeners[spec.name]))
        _settle_memory()

    def _logs(self) -> set[AccessLog]:
        return {spec.access_log for spec in self._graph.listeners if spec.access_log is not None}

    def _reopen_logs(self) -> None:
        for each in self._logs():
            each.reopen()
        if self._graph.modules is not None:
            self._graph.modules.reopen_logs()

    def _stop_within(self, within_s: float) -> None:
        assert self._stop is not None
        if not self._stop.done():
            self._stop.set_result(within_s)

    async def _drain(self, within_s: float) -> None:
        """Stop accepting and wait for the exchanges under way; what is left at the deadline ends with the process."""
        for server in self._servers:
            server.close()
        for service in self._services:
            service.drain()
        deadline = monotonic() + within_s
        while left := sum(len(service.connections) for service in self._services):
            if monotonic() >= deadline:
                log.warning("%d connections are cut: they did not end within %g s", left, within_s)
                break
            await asyncio.sleep(DRAIN_LOOK_S)
        if self._graph.modules is not None:
            await self._graph.modules.close()
        if self._invalidations is not None:
            self._invalidations.flush()
        for cache in self._graph.caches.values():
            await cache.close()
        for upstream in self._graph.upstreams.values():
            upstream.close()
        for each in self._logs():
            each.close()

    async def _end_channel(self) -> None:
        assert self._channel is not None
        self._channel.close()
        await asyncio.wait({self._channel.closed}, timeout=LAST_WORDS_S)


def _settle_memory() -> None:
    """Keep the garbage collector out of the way.

    What was built lives as long as the worker, so it need not be walked again; and an exchange makes no cycles, so
    looking for them after every 700 objects, 5 % of the time, finds none.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


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
