"""All that functions store in, as one worker has it."""

from __future__ import annotations

from functools import cached_property
from typing import Protocol

from proxy.cache.redis_settings import RedisSettings
from proxy.errors import StartError
from proxy.metrics import Registry
from wasm_host.functions.allowance import StoreAllowance
from wasm_host.functions.services import Cache, FunctionMetrics, KeyValues, RateLimits
from wasm_host.functions.settings import FunctionLimits
from wasm_host.functions.stores.cache import FunctionsCache, OwnCache, SharedCache, Tally
from wasm_host.functions.stores.counters import Counters
from wasm_host.functions.stores.memory import Memory
from wasm_host.functions.stores.pairs import Pairs
from wasm_host.functions.stores.rate_limits import OwnRateLimits, SharedRateLimits, Takes
from wasm_host.functions.stores.redis_link import RedisLink
from wasm_host.functions.stores.redis_pairs import RedisPairs
from wasm_host.functions.stores.scoped import Gate, ScopedCache, ScopedKeyValues, ScopedRateLimits
from wasm_host.functions.stores.settings import StoresSettings
from wasm_host.functions.stores.sqlite_store import SqliteStore
from wasm_host.functions.stores.sqlite_thread import SqliteThread


class Backend(Protocol):
    async def start(self) -> None: ...
    async def close(self) -> None: ...


class Stores:
    """Hands out what a function may use; all its versions find the same there.

    Nothing is touched for a store that no function has.
    """

    def __init__(self, settings: StoresSettings, registry: Registry) -> None:
        self.settings, self._registry = settings, registry
        self._backends: list[Backend] = []
        self._counters: dict[str, Counters] = {}

    def cache_of(self, function: str, allow: StoreAllowance, limits: FunctionLimits) -> Cache:
        return ScopedCache(self._cache, function, Gate(allow, limits), Tally.of(self._registry, function))

    def kv_of(self, function: str, allow: StoreAllowance, limits: FunctionLimits) -> KeyValues:
        """Raises StartError where the settings name no place for it."""
        return ScopedKeyValues(self._pairs, function, Gate(allow, limits))

    def rate_limits_of(self, function: str, limits: FunctionLimits) -> RateLimits:
        return ScopedRateLimits(self._takes, function, limits)

    def metrics_of(self, function: str) -> FunctionMetrics:
        counters = self._counters.get(function)
        if counters is None:
            counters = self._counters[function] = Counters(self._registry, function)
        return counters

    async def start(self) -> None:
        """Open what was handed out so far; to be called again when more was. Raises StartError."""
        for backend in self._backends:
            await backend.start()

    async def close(self) -> None:
        """End once no function runs any more."""
        for backend in self._backends:
            await backend.close()

    @cached_property
    def _cache(self) -> FunctionsCache:
        memory, redis = Memory(self.settings.cache_bytes), self.settings.cache_redis
        return OwnCache(memory) if redis is None else SharedCache(memory, self._link("cache", redis))

    @cached_property
    def _pairs(self) -> Pairs:
        place, quota = self.settings.kv, self.settings.quota
        if place is None:
            raise StartError("functions.kv has no place: give it a path or a Redis, or give functions a store")
        if isinstance(place, RedisSettings):
            return RedisPairs(self._link("kv", place), quota)
        thread = SqliteThread(place, quota, self._registry)
        self._backends.append(thread)
        return SqliteStore(thread)

    @cached_property
    def _takes(self) -> Takes:
        redis = self.settings.rate_limits_redis
        return OwnRateLimits() if redis is None else SharedRateLimits(self._link("rate_limits", redis))

    def _link(self, store: str, settings: RedisSettings) -> RedisLink:
        link = RedisLink(store, settings, self._registry)
        self._backends.append(link)
        return link
