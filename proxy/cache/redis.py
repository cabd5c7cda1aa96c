"""The second tier: responses in Redis or DragonflyDB, shared by all workers and nodes.

Requests never fail or queue for it. A lookup has its time, then it is a miss; writes happen behind; and when Redis
does not answer, a breaker leaves it alone until a probe succeeds.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeVar

from proxy.cache.breaker import Breaker
from proxy.cache.purge import Purge
from proxy.cache.redis_batch import Batches
from proxy.cache.redis_client import NOBODY_THERE, RedisClient, Reply
from proxy.cache.redis_layout import Keys
from proxy.cache.redis_lookup import MISS, Found, Lookups
from proxy.cache.redis_purges import PurgeLog
from proxy.cache.redis_scripts import Command
from proxy.cache.redis_settings import MIB, RedisSettings
from proxy.cache.redis_writer import WriteBehind, Writer
from proxy.cache.stored import Stored
from proxy.errors import CacheStoreError
from proxy.messages import Headers
from proxy.metrics import Registry
from proxy.runtime import Waiter, monotonic, spawn

__all__ = ["Found", "RedisSettings", "RedisTier", "Writer"]

log = logging.getLogger("penstock.cache")

T = TypeVar("T")

BULK_TIMEOUT_S: Final = 1.0
"""For what nobody waits for, or is long: writes, chunks, the log of purges."""
LOOK_S: Final = 0.5
"""How often to look for purges while there are no lookups, which look each time."""
START_S: Final = 0.5
"""How long a starting worker waits for the first connection."""
LOOKUPS_AT_ONCE: Final = 128
READ_AT_ONCE_BYTES: Final = 2 * MIB
WRITTEN_AT_ONCE_BYTES: Final = MIB
BREAKING: Final = NOBODY_THERE | {"timeout", "connection", "client"}
"""Failures that say something about the backend, not about one command."""


class RedisTier:
    """One cache's shared tier, as one worker sees it.

    `on_purge` is called for each purge that another worker published, in their order; `on_purges_lost` where some may
    have been missed, because Redis lost its data or the log has dropped them.
    """

    def __init__(
        self,
        name: str,
        settings: RedisSettings,
        registry: Registry,
        on_purge: Callable[[Purge], None],
        on_purges_lost: Callable[[], None],
    ) -> None:
        self._name, self._registry, self._settings = name, registry, settings
        self._up = registry.cache_backend_up.child(name)
        self._client = RedisClient(settings)
        self._breaker = Breaker(settings.failures)
        self._owner = secrets.token_hex(8)
        keys = Keys(name)
        self._purges = PurgeLog(keys, self._work, on_purge, on_purges_lost, self._count)
        self._finds = Batches("cache lookups", self._send_lookups, most=LOOKUPS_AT_ONCE)
        self._reads = Batches("cache chunks", self._send, most=READ_AT_ONCE_BYTES)
        self._writes = Batches("cache writes", self._send, most=WRITTEN_AT_ONCE_BYTES)
        self._line = WriteBehind(
            self._writes,
            keys,
            settings,
            may_write=lambda: self.available,
            count=self._count_store,
            on_refused=self._count,
        )
        self._lookups = Lookups(
            keys,
            settings,
            self._purges,
            self._finds,
            self._reads,
            owner=self._owner,
            on_trouble=self._count,
            unlock=self.unlock,
        )
        self._news, self._tried = asyncio.Event(), asyncio.Event()
        self._watching: asyncio.Task[None] | None = None
        self._said_down = False

    # -- what a cache asks of it

    @property
    def available(self) -> bool:
        """Whether there is any use in asking."""
        return not self._breaker.is_open

    @property
    def generation(self) -> int:
        """The number of the last shared purge that is known here; what is fetched from now on has survived it."""
        return self._purges.generation

    def find(self, key: str, headers: Headers, *, lock: bool = False) -> Waiter[Found]:
        """Ask for the response that a request selects; a miss after `timeout_s` at the latest.

        With `lock`, a miss also tries to become the one that fetches for all nodes; `unlock` when that is done.
        """
        if self.available:
            return self._lookups.find(key, headers, lock=lock)
        waiter: Waiter[Found] = Waiter()
        waiter.wake(MISS)
        return waiter

    def begin(self, stored: Stored) -> Writer:
        """Begin to write a response whose body is still coming."""
        return Writer(self._line, stored)

    def put(self, stored: Stored) -> None:
        """Write a whole response in the place of the one with the same selection."""
        if self.available:
            writer = self.begin(stored)
            writer.feed(stored.body)
            writer.commit(stored)

    def drop(self, key: str) -> None:
        """Remove all responses of a resource, if Redis is there; a purge reaches them in any case."""
        self._line.drop(key)

    def unlock(self, key: str) -> None:
        """Let others fetch again, after what was written so far."""
        self._line.unlock(key, self._owner)

    def purge(self, purge: Purge) -> Waiter[bool]:
        """Tell all nodes; the waiter learns whether they can know by now, else they are told once Redis is back."""
        waiter = self._purges.add(purge)
        if self.available:
            self._news.set()
        else:
            self._purges.put_off()
        return waiter

    def describe(self) -> dict[str, Any]:
        """Return its state for the admin, as JSON."""
        return {"available": self.available, "generation": self.generation, "backlog_bytes": self._writes.held}

    # -- its life

    async def start(self) -> None:
        """Connect in the background, and give that a moment."""
        self._watching = spawn(self._watch(), f"cache {self._name}")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_S):
                await self._tried.wait()

    async def close(self) -> None:
        """Let go of Redis; what was not written yet is lost."""
        self._breaker.is_open = True
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait([self._watching])
        closed = CacheStoreError("the worker ends", reason="connection")
        for batches in (self._finds, self._reads, self._writes):
            await batches.close(closed)
        self._purges.put_off()
        await self._client.close()

    async def _watch(self) -> None:
        """Look for purges while Redis answers, and for Redis while it doesn't."""
        while True:
            if not self._breaker.is_open:
                await self._look()
            elif monotonic() >= self._breaker.probe_at:
                await self._probe()
            self._tried.set()
            await self._rest()

    async def _rest(self) -> None:
        if self._breaker.is_open:
            await asyncio.sleep(max(0.0, self._breaker.probe_at - monotonic()))
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_S * random.uniform(0.75, 1.25)):
                await self._news.wait()
        self._news.clear()

    async def _look(self) -> None:
        try:
            await self._send_lookups([])
            await self._counted(self._purges.publish())
        except CacheStoreError:
            self._purges.put_off()

    async def _probe(self) -> None:
        """Try whether Redis is back, and use it only when every purge that was missed is known here."""
        try:
            await self._counted(self._connect())
        except CacheStoreError as error:
            self._breaker.put_off(monotonic(), random.random())
            self._say_down(error)
            return
        self._breaker.close()
        self._up.value = 1
        if self._said_down:
            self._said_down = False
            log.warning("cache %s: the shared tier is back", self._name)

    async def _connect(self) -> None:
        await self._client.reopen()
        await self._client.load_scripts(BULK_TIMEOUT_S)
        await self._purges.sync()
        await self._purges.publish()
        await self._client.run([("PING",)], self._settings.timeout_s)

    # -- the way to Redis

    async def _send_lookups(self, commands: Sequence[Command]) -> list[Reply]:
        """Send lookups with a look at the log of purges, and judge by that before they are."""
        return await self._counted(self._look_up(commands))

    async def _look_up(self, commands: Sequence[Command]) -> list[Reply]:
        replies = await self._client.run([self._purges.look, *commands], self._settings.timeout_s)
        self._breaker.succeed()
        await self._purges.follow(replies[0])
        return replies[1:]

    async def _send(self, commands: Sequence[Command]) -> list[Reply]:
        if self._breaker.is_open:
            raise CacheStoreError("left alone", reason="connection")
        return await self._counted(self._work(commands))

    async def _work(self, commands: Sequence[Command]) -> list[Reply]:
        return await self._client.run(commands, BULK_TIMEOUT_S)

    async def _counted(self, doing: Awaitable[T]) -> T:
        try:
            return await doing
        except CacheStoreError as error:
            self._failed(error)
            raise

    def _failed(self, error: CacheStoreError) -> None:
        self._count(error)
        if error.reason not in BREAKING:
            return
        if self._breaker.fail(monotonic(), random.random(), at_once=error.reason in NOBODY_THERE):
            self._say_down(error)
            self._up.value = 0
            for batches in (self._finds, self._reads, self._writes):
                batches.abandon(error)
            self._purges.put_off()
            self._news.set()

    def _say_down(self, error: CacheStoreError) -> None:
        if not self._said_down:
            self._said_down = True
            log.warning("cache %s: the shared tier is left alone: %s (%s)", self._name, error.reason, error)

    def _count(self, error: CacheStoreError) -> None:
        self._registry.cache_backend_failures.child(self._name, error.reason).value += 1

    def _count_store(self, outcome: str) -> None:
        self._registry.cache_stores.child(self._name, "redis", outcome).value += 1
