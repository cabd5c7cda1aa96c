"""One named cache of a worker: its tiers, its purges, and what is under way into it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakSet

from proxy.body import Body
from proxy.cache.answering import prepared
from proxy.cache.book import Book
from proxy.cache.fill import Budget, Fill
from proxy.cache.flight import Flight, Flights
from proxy.cache.memory import MemoryTier
from proxy.cache.passing import Passing
from proxy.cache.purge import Purge
from proxy.cache.purges import Purges
from proxy.cache.redis import RedisSettings, RedisTier, Writer
from proxy.cache.stored import Stored
from proxy.messages import Headers
from proxy.metrics import Registry
from proxy.runtime import monotonic, wall_clock

if TYPE_CHECKING:
    from proxy.cache.origin import CachedOrigin

FILLING_SHARE: Final = 8
"""One part in so many of the memory may be taken by bodies on their way in, besides what is stored."""
TIMED_OF: Final = 64
"""Of so many lookups in memory one is timed: two looks at the clock cost as much as the lookup."""
TEND_S: Final = 1.0
SET_BACK_S: Final = 1.0
"""A clock that is put right by less may go on unnoticed."""
TENDED: Final = 2000
"""So many resources are looked at, each second, for what is past keeping."""


def _nobody_else(url: str) -> None:
    """Stand for the other workers where there are none."""


class Cache:
    """Holds responses for the routes that use it: `users`, as long as there is anything that leads to them."""

    def __init__(
        self, name: str, *, memory_bytes: int, max_object_bytes: int, redis: RedisSettings | None, registry: Registry
    ) -> None:
        self.name = name
        self.memory = MemoryTier(memory_bytes)
        self.max_object_bytes = min(max_object_bytes, self.memory.largest_bytes)
        self.purges = Purges()
        self.users: WeakSet[CachedOrigin] = WeakSet()
        self.shared = None if redis is None else RedisTier(name, redis, registry, self._take, self._lose)
        self.flights = Flights()
        self.passing, self.validated, self.refreshing = Passing(), Passing(), Passing()
        self.budget = Budget(memory_bytes // FILLING_SHARE)
        self.book = Book(name, registry)
        self._registry = registry
        self._size, self._count = registry.cache_size.child(name), registry.cache_entries.child(name)
        self._evictions = registry.cache_evictions.child(name)
        self._told = (0, 0, 0)
        self.shared_lookup = registry.cache_lookup_duration.child(name, "redis")
        self._lookup, self._until_timed = registry.cache_lookup_duration.child(name, "memory"), TIMED_OF
        self._timer: asyncio.TimerHandle | None = None
        self._last_tended = -math.inf
        self.on_invalidated: Callable[[str], None] = _nobody_else

    # -- what is stored

    def find(self, key: str, headers: Headers) -> Stored | None:
        """Return the response in memory that a request selects, fresh or not, if no purge took it."""
        self._until_timed -= 1
        if self._until_timed:
            return self._found(key, headers)
        self._until_timed, begun_at = TIMED_OF, monotonic()
        stored = self._found(key, headers)
        self._lookup.observe(monotonic() - begun_at)
        return stored

    def _found(self, key: str, headers: Headers) -> Stored | None:
        stored = self.memory.find(key, headers)
        if stored is None or stored.checked == self.purges.version:
            return stored
        return self._judged(stored)

    def _judged(self, stored: Stored) -> Stored | None:
        purges = self.purges
        taken = purges.verdict(stored.url, stored.tags, stored.checked)
        if stored.checked < purges.floor:  # A hard purge of it may have been forgotten, or missed.
            stored.forbid_stale()
        stored.checked = purges.version
        if taken == "hard":
            self.memory.remove(stored)
            return None
        if taken == "soft":
            stored.fresh_until = min(stored.fresh_until, wall_clock())
        return stored

    def survives(self, stored: Stored) -> bool:
        """Tell whether no purge has come since a response that is about to be shared was asked for."""
        return self.purges.verdict(stored.url, stored.tags, stored.checked) is None

    def put(self, stored: Stored) -> None:
        """Store a whole response in both tiers."""
        self.promote(stored)
        if self.shared is not None:
            self.shared.put(stored)

    def begin(self, stored: Stored) -> Writer | None:
        """Begin to write a response whose body is still coming to the shared tier, if there is one."""
        return None if self.shared is None else self.shared.begin(stored)

    def keep(self, stored: Stored, writer: Writer | None) -> None:
        """Store a response that has come whole; `writer` has its body already."""
        self.promote(stored)
        if writer is not None:
            writer.commit(stored)

    def fill(self, stored: Stored, body: Body, flight: Flight, writer: Writer | None = None) -> Fill:
        """Make, not start, what reads a body that is still coming, stores it if it is whole, and ends its flight."""

        def whole(content: bytes) -> None:
            stored.body = content
            self.keep(stored, writer)
            flight.end()

        return Fill(
            body,
            limit_bytes=self.max_object_bytes,
            budget=self.budget,
            sink=writer,
            on_whole=whole,
            on_lost=flight.end,
        )

    def promote(self, stored: Stored) -> None:
        """Store a whole response in memory alone, unless a purge took it on its way: there may be a newer one."""
        if self.survives(stored):
            stored.head = prepared(stored)
            outcome = "stored" if self.memory.put(stored) else "too_large"
        else:
            outcome = "purged"
        self._registry.cache_stores.child(self.name, "memory", outcome).value += 1

    # -- purges

    async def purge(self, purge: Purge, *, publish: bool) -> dict[str, Any]:
        """Purge here and now; with `publish` on all nodes that share the second tier, at once or when it is back."""
        told = True
        for each in self._spellings(purge):
            self._take(each)
            if self.shared is not None and publish:
                told = await self.shared.purge(each) and told
        if self.shared is None or not publish:
            return {"purged": "local"}
        return {"purged": "shared" if told else "local, and shared once the tier is back"}

    def _spellings(self, purge: Purge) -> Iterable[Purge]:
        """Return a purge as the routes spell the URL that it names: theirs may ignore or sort parameters."""
        if purge.kind != "url" or not self.users:
            return [purge]
        urls = {user.rules.keyed_url(purge.value) for user in self.users}
        return [replace(purge, value=url) for url in sorted(urls)]

    def invalidate(self, url: str) -> None:
        """Drop the responses of a URL that a request has changed (RFC 9111 §4.4), here and wherever they are shared."""
        self.forget(url)
        if self.shared is not None:
            self.shared.purge(Purge("url", url, hard=True))
        self.on_invalidated(url)

    def forget(self, url: str) -> None:
        """Drop the responses of a URL in this worker."""
        self.purges.add(Purge("url", url, hard=True))

    def _take(self, purge: Purge) -> None:
        self.purges.add(purge)
        self._registry.cache_purges.child(self.name, purge.kind).value += 1

    def _lose(self) -> None:
        """Purges of others may have been missed: nothing is served any more that was not validated since."""
        self.purges.lose()

    @property
    def generation(self) -> int:
        return 0 if self.shared is None else self.shared.generation

    # -- its life

    async def start(self) -> None:
        if self.shared is not None:
            await self.shared.start()
        self._tend()

    def _tend(self) -> None:
        """Drop what is past keeping, a part at a time, and say how much is held."""
        memory, now = self.memory, wall_clock()
        self._mind_clock(now)
        memory.expire(now, TENDED)
        self._tell(memory.size_bytes, memory.count, memory.evictions)
        self._timer = asyncio.get_running_loop().call_later(TEND_S, self._tend)

    def _tell(self, size_bytes: int, count: int, evictions: int) -> None:
        """Add to the metrics what has changed: for a while there may be two caches of this name."""
        cells, told = (self._size, self._count, self._evictions), self._told
        for cell, now, before in zip(cells, (size_bytes, count, evictions), told, strict=True):
            cell.value += now - before
        self._told = (size_bytes, count, evictions)

    def _mind_clock(self, now: float) -> None:
        """Have everything validated after the clock was set back, for it would be fresh for so much longer."""
        if now < self._last_tended - SET_BACK_S:
            self.purges.lose()
            for each in (self.passing, self.validated, self.refreshing):
                each.clear()
        self._last_tended = now

    async def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._tell(0, 0, self.memory.evictions)
        if self.shared is not None:
            await self.shared.close()

    def describe(self) -> dict[str, Any]:
        """Return its state for the admin, as JSON."""
        return {
            "entries": self.memory.count,
            "bytes": self.memory.size_bytes,
            "limit_bytes": self.memory.limit_bytes,
            "redis": None if self.shared is None else self.shared.describe(),
        }
