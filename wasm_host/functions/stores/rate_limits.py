"""Rate limits of functions: counted in Redis where there is one, by each worker for itself otherwise.

A window begins with the first take, and holds `most` from then on: around a window's end up to twice as many may come
within its length. Windows of other lengths are others, though their key is the same.
"""

from __future__ import annotations

from typing import Protocol

from proxy.cache.redis_client import Reply
from proxy.errors import CacheStoreError
from proxy.runtime import Waiter, monotonic
from wasm_host.functions.services import Soon
from wasm_host.functions.stores.redis_link import RedisLink
from wasm_host.functions.stores.redis_scripts import TAKE
from wasm_host.functions.stores.scope import ROOT, scoped
from wasm_host.functions.stores.windows import Windows


class Takes(Protocol):
    def take(self, function: str, key: bytes, most: int, window_s: int) -> Soon[bool]: ...


class OwnRateLimits:
    """Those of one worker: with several, a client may have as many times `most`."""

    def __init__(self) -> None:
        self._windows: dict[str, Windows] = {}

    def take(self, function: str, key: bytes, most: int, window_s: int) -> bool:
        windows = self._windows.get(function)
        if windows is None:
            windows = self._windows[function] = Windows()
        return windows.take(key, most, window_s, monotonic())


class SharedRateLimits:
    """Those of all workers and nodes. While Redis is away, each worker counts for itself."""

    def __init__(self, link: RedisLink) -> None:
        self._link, self._own = link, OwnRateLimits()

    def take(self, function: str, key: bytes, most: int, window_s: int) -> Waiter[bool]:
        waiter: Waiter[bool] = Waiter()

        def answered(replies: list[Reply]) -> None:
            waiter.wake(bool(replies[0]))

        def failed(_: CacheStoreError) -> None:
            waiter.wake(self._own.take(function, key, most, window_s))

        name = ROOT + b"rate:%b%d:%b" % (scoped(function), window_s, key)
        self._link.ask([TAKE.call([name], most, window_s * 1000)], answered, failed)
        return waiter
