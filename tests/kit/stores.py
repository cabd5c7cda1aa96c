"""What functions store in, in a test's hand."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import pytest

from kit.wire import PATIENCE_S
from proxy.cache.redis_settings import RedisSettings
from proxy.metrics import Registry
from wasm_host.functions.allowance import StoreAllowance
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.services import Cache, KeyValues, RateLimits, Soon
from wasm_host.functions.settings import FunctionLimits
from wasm_host.functions.stores.settings import StoresSettings
from wasm_host.functions.stores.stores import Stores

T = TypeVar("T")

ALL = StoreAllowance()
LIMITS = FunctionLimits()


def redis_at(url: str, **settings: Any) -> RedisSettings:
    """A busy machine is no slow Redis: what tests the time limit sets its own."""
    return RedisSettings(url, **{"timeout_s": 4 * PATIENCE_S, **settings})


async def got(soon: Soon[T]) -> T:
    """Return an answer that may come later."""
    return await soon if inspect.isawaitable(soon) else soon


async def reason_of(call: Callable[..., Soon[object]], *arguments: object) -> str:
    """Return why a call fails, at once or later."""
    with pytest.raises(HostcallFailed) as failed:
        await got(call(*arguments))
    return failed.value.reason


async def age(redis: Any, seconds: int) -> None:
    """Let time pass for what functions have in a Redis, whose clock is its own."""
    for name in await redis.keys():
        if name.endswith(b":expiries"):
            for member in await redis.zrange(name, 0, -1):
                await redis.zincrby(name, -seconds * 1000, member)
        elif (left_ms := await redis.pttl(name)) >= 0:
            await redis.pexpire(name, left_ms - seconds * 1000)  # What is over so is gone.


class Storing:
    """One worker's stores; `failures` are the calls that failed."""

    def __init__(self, settings: StoresSettings) -> None:
        self.registry = Registry()
        self.stores = Stores(settings, self.registry)

    def cache(self, function: str = "hello", allow: StoreAllowance = ALL) -> Cache:
        return self.stores.cache_of(function, allow, LIMITS)

    def kv(self, function: str = "hello", allow: StoreAllowance = ALL) -> KeyValues:
        return self.stores.kv_of(function, allow, LIMITS)

    def rate_limits(self, function: str = "hello") -> RateLimits:
        return self.stores.rate_limits_of(function, LIMITS)

    def failures(self, store: str, reason: str) -> int:
        return int(self.registry.function_store_failures.child(store, reason).value)

    def is_up(self, store: str) -> bool:
        return bool(self.registry.function_store_up.child(store).value)

    def found(self, function: str = "hello") -> dict[str, int]:
        """Return where its values were found, and how often."""
        samples = self.registry.function_cache_gets.samples()
        return {labels[1]: int(value) for labels, value in samples if labels[0] == function and value}


@asynccontextmanager
async def storing(settings: StoresSettings, *, with_kv: bool = True) -> AsyncIterator[Storing]:
    """Start a worker's stores."""
    made = Storing(settings)
    made.cache()
    made.rate_limits()
    if with_kv and settings.kv is not None:
        made.kv()
    try:
        await made.stores.start()
        yield made
    finally:
        await made.stores.close()
