"""What the second tier has for a visit, taken into memory on its way to the client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

from proxy.body import Body, collect
from proxy.cache.cache import Cache
from proxy.cache.fill import Fill
from proxy.cache.flight import Flight
from proxy.cache.redis import Found
from proxy.cache.redis_lookup import MISS
from proxy.cache.resumed import Resumed
from proxy.cache.stored import Stored
from proxy.cache.visit import Visit
from proxy.errors import ProxyError
from proxy.runtime import Waiter, monotonic

LOOK_AGAIN_S: Final = (0.02, 0.03, 0.05, 0.1, 0.1, 0.2)
"""While another worker or node fetches the same: half a second in all, then this one fetches, too."""


async def find_shared(cache: Cache, visit: Visit, flight: Flight) -> Found:
    """Look in the second tier; where another fetches the same, wait a little for its response.

    On a miss the flight holds the lock that tells others of it, until it ends.
    """
    assert cache.shared is not None
    headers = visit.exchange.request.headers
    flight.on_end = partial(cache.shared.unlock, visit.key)
    checked, begun_at = cache.purges.version, monotonic()
    found = await cache.shared.find(visit.key, headers, lock=True)
    cache.shared_lookup.observe(monotonic() - begun_at)
    for pause_s in LOOK_AGAIN_S:
        if not found.locked_elsewhere or not cache.shared.available:
            break
        await _pause(pause_s)
        checked = cache.purges.version
        found = await cache.shared.find(visit.key, headers, lock=True)
    if found.stored is not None or found.locked_elsewhere:
        flight.on_end = None
    if found.stored is not None:
        found.stored.checked = checked
        if not cache.survives(found.stored):  # A purge came while it was on its way.
            return _dropped(found)
    return found


def promoted(cache: Cache, found: Found, flight: Flight, again: Callable[[], Waiter[Body]]) -> Fill | None:
    """Store what was found in memory; returns the fill, not started yet, of a body that is still to be read.

    `again` brings the same body from the origin, should the tier lose it meanwhile.
    """
    stored = found.stored
    assert stored is not None
    if found.body is None:
        cache.promote(stored)
        return None
    return cache.fill(stored, Resumed(found.body, again), flight)


async def whole(cache: Cache, found: Found) -> Stored | None:
    """Return what was found with all of its body, for it has to be validated before it is served."""
    stored = found.stored
    if stored is not None and found.body is not None:
        try:
            stored.body = await collect(found.body, cache.max_object_bytes)
        except ProxyError:  # It was dropped or overwritten meanwhile.
            return None
    return stored


def _dropped(found: Found) -> Found:
    if found.body is not None:
        found.body.discard()
    return MISS


def _pause(seconds: float) -> Waiter[None]:
    waiter: Waiter[None] = Waiter()
    asyncio.get_running_loop().call_later(seconds, waiter.wake, None)
    return waiter
