"""What requests to one worker have made invalid, on its way to the caches of the others (RFC 9111 §4.4)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, TypeAlias

from proxy.cache.cache import Cache

GATHER_S: Final = 0.01
"""So long URLs are gathered for one message: many requests may change the same."""
MOST_URLS: Final = 1000
"""More are not put into one message, which has a limit (proxy/control.py)."""

Invalid: TypeAlias = dict[str, list[str]]
"""URLs by the name of the cache."""


class Invalidations:
    """Gathers for one worker's caches; `tell` takes what was gathered to the supervisor, who tells the others."""

    def __init__(self, tell: Callable[[Invalid], None]) -> None:
        self._tell = tell
        self._caches: Mapping[str, Cache] = {}
        self._gathered: set[tuple[str, str]] = set()
        self._timer: asyncio.TimerHandle | None = None

    def take_over(self, caches: Mapping[str, Cache]) -> None:
        """Care for these caches from now on; requests under way may still change what the ones before hold."""
        self._caches = caches
        for name, cache in caches.items():
            cache.on_invalidated = partial(self._gather, name, cache)

    def _gather(self, name: str, changed: Cache, url: str) -> None:
        cache = self._caches.get(name)
        if cache is not None and cache is not changed:
            cache.forget(url)
        self._gathered.add((name, url))
        if len(self._gathered) >= MOST_URLS:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHER_S, self.flush)

    def flush(self) -> None:
        """Tell what was gathered."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        invalid: Invalid = {}
        for cache, url in sorted(self._gathered):
            invalid.setdefault(cache, []).append(url)
        self._gathered.clear()
        if invalid:
            self._tell(invalid)

    def heed(self, invalid: Invalid) -> None:
        """Drop what another worker's requests have made invalid."""
        for name, urls in invalid.items():
            cache = self._caches.get(name)
            if cache is not None:  # A reload does not reach all workers at once.
                for url in urls:
                    cache.forget(url)
