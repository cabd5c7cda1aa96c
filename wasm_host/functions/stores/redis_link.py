"""A worker's way to the Redis of one store of its functions.

What is asked in one turn of the loop goes in one round trip. Nobody waits longer than the settings say; and when Redis
does not answer, a breaker leaves it alone until a probe succeeds.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from proxy.cache.breaker import Breaker
from proxy.cache.redis_batch import Batches
from proxy.cache.redis_client import NOBODY_THERE, RedisClient, Reply
from proxy.cache.redis_scripts import Command
from proxy.cache.redis_settings import KIB, MIB, RedisSettings
from proxy.errors import CacheStoreError
from proxy.metrics import Registry
from proxy.patience import Patience
from proxy.runtime import Waiter, monotonic, spawn
from wasm_host.functions.hostcall import HostcallFailed, Reason
from wasm_host.functions.stores.redis_scripts import SCRIPTS
from wasm_host.functions.stores.trouble import Trouble

T = TypeVar("T")

START_S: Final = 0.5
"""How long a start waits for the first connection."""
PROBE_S: Final = 1.0
AT_ONCE_BYTES: Final = MIB
"""What goes and comes by one round trip, more or less."""
COMMAND_BYTES: Final = 4 * KIB
"""What a command weighs besides its value; so at most 256 go at once."""
SMOOTHING: Final = 4
"""One part in so many is what the latest replies add to how large they are thought to be."""
MOST_EXPECTED_BYTES: Final = 64 * KIB
"""No reply is thought to be larger: what is asked for holds no memory yet, so many may wait for large ones."""
BREAKING: Final = NOBODY_THERE | {"timeout", "connection", "client"}
"""Failures that say something about Redis, not about one command."""


class Question:
    """Commands with their time, and who is told what comes of them: one of the two, once. `weight` is in bytes."""

    __slots__ = ("_answered", "_failed", "_over", "_patience", "commands", "weight")

    def __init__(
        self,
        commands: Sequence[Command],
        weight: int,
        within_s: float,
        answered: Callable[[list[Reply]], None],
        failed: Callable[[CacheStoreError], None],
    ) -> None:
        self.commands, self.weight = commands, weight
        self._answered, self._failed, self._over = answered, failed, False
        self._patience = Patience(within_s, self._be_late)

    @property
    def wanted(self) -> bool:
        return not self._over

    def settle(self, replies: list[Reply]) -> None:
        refused = next((reply for reply in replies if isinstance(reply, CacheStoreError)), None)
        if refused is not None:
            self.fail(refused)
        elif self._ends():
            self._answered(replies)

    def fail(self, error: CacheStoreError) -> None:
        if self._ends():
            self._failed(error)

    def _be_late(self) -> None:
        self.fail(CacheStoreError("no answer in time", reason="timeout"))

    def _ends(self) -> bool:
        """Tell whether this is the first end."""
        if self._over:
            return False
        self._over = True
        self._patience.cancel()
        return True


class RedisLink:
    """Takes questions. Before `start`, the first one only begins to connect."""

    def __init__(self, store: str, settings: RedisSettings, registry: Registry) -> None:
        self._store, self._settings = store, settings
        self._client = RedisClient(settings, SCRIPTS)
        self._breaker = Breaker(settings.failures)
        self._batches = Batches(f"functions' {store}", self._send, most=AT_ONCE_BYTES)
        self._trouble = Trouble(store, registry)
        self._opened, self._tried = asyncio.Event(), asyncio.Event()
        self._watching: asyncio.Task[None] | None = None
        self._usual_bytes = 0  # of a reply
        self._closed = False

    async def start(self) -> None:
        """Connect, once, and give that a moment."""
        self._watch_on()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_S):
                await self._tried.wait()

    async def close(self) -> None:
        """Let go of Redis; questions under way fail."""
        self._closed = self._breaker.is_open = True
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait([self._watching])
        await self._batches.close(CacheStoreError("the worker ends", reason="connection"))
        await self._client.close()

    def ask(
        self,
        commands: Sequence[Command],
        answered: Callable[[list[Reply]], None],
        failed: Callable[[CacheStoreError], None],
        *,
        sent_bytes: int = 0,
    ) -> None:
        """Send commands; one that is refused fails them all. `failed` may be called at once."""
        weight = len(commands) * (COMMAND_BYTES + min(self._usual_bytes, MOST_EXPECTED_BYTES)) + sent_bytes

        def count_and_fail(error: CacheStoreError) -> None:
            self._trouble.count(error.reason)
            failed(error)

        self._watch_on()
        if self._breaker.is_open:
            count_and_fail(CacheStoreError("it is left alone for now", reason="away"))
        elif self._batches.held + weight > self._settings.backlog_bytes:
            count_and_fail(CacheStoreError("too much waits for it", reason="backlog"))
        else:
            self._batches.add(Question(commands, weight, self._settings.timeout_s, answered, count_and_fail))

    def value(self, command: Command, read: Callable[[Reply], T], *, sent_bytes: int = 0) -> Waiter[T]:
        """Send a command for what `read` makes of its reply; where that fails, HostcallFailed is raised."""
        waiter: Waiter[T] = Waiter()

        def answered(replies: list[Reply]) -> None:
            try:
                value = read(replies[0])
            except HostcallFailed as error:
                waiter.throw(error)
            else:
                waiter.wake(value)

        self.ask([command], answered, lambda error: waiter.throw(_told(error)), sent_bytes=sent_bytes)
        return waiter

    async def _send(self, commands: Sequence[Command]) -> list[Reply]:
        try:
            replies = await self._client.run(commands, self._settings.timeout_s)
        except CacheStoreError as error:
            self._failed(error)
            raise
        self._breaker.succeed()
        came_bytes = sum(len(reply) for reply in replies if isinstance(reply, bytes))
        self._usual_bytes += (came_bytes // len(replies) - self._usual_bytes) // SMOOTHING
        return replies

    def _failed(self, error: CacheStoreError) -> None:
        at_once = error.reason in NOBODY_THERE
        if error.reason in BREAKING and self._breaker.fail(monotonic(), random.random(), at_once=at_once):
            self._trouble.begin(str(error))
            self._batches.abandon(error)
            self._opened.set()

    # -- while it is left alone

    def _watch_on(self) -> None:
        if self._watching is None and not self._closed:
            self._watching = spawn(self._watch(), f"Redis of the functions' {self._store}")

    async def _watch(self) -> None:
        """Look for Redis while it is not there."""
        while True:
            while self._breaker.is_open:
                await asyncio.sleep(max(0.0, self._breaker.probe_at - monotonic()))
                await self._probe()
                self._tried.set()
            await self._opened.wait()
            self._opened.clear()

    async def _probe(self) -> None:
        try:
            await self._client.reopen()
            await self._client.load_scripts(PROBE_S)
            await self._client.run([("PING",)], self._settings.timeout_s)
        except CacheStoreError as error:
            self._trouble.count(error.reason)
            self._breaker.put_off(monotonic(), random.random())
            self._trouble.begin(f"{error.reason} ({error})")
            return
        self._breaker.close()
        self._trouble.end()


def _told(error: CacheStoreError) -> HostcallFailed:
    reason: Reason = "timeout" if error.reason == "timeout" else "unavailable"
    return HostcallFailed(reason, str(error))
