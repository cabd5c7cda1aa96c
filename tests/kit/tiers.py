"""A worker's view of the shared tier, with a record of what it was told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from kit.wire import eventually
from proxy.cache.purge import Purge
from proxy.cache.redis import Found, RedisSettings, RedisTier
from proxy.cache.stored import Stored
from proxy.messages import Headers
from proxy.metrics import Registry
from proxy.runtime import wall_clock

URL = "https://example.test/page"


def a_response(body: bytes = b"hello", *, key: str = URL, lasting_s: float = 60.0, **facts: Any) -> Stored:
    """Make a stored response, fresh for `lasting_s`."""
    now = wall_clock()
    defaults: dict[str, Any] = {
        "url": key,
        "status": 200,
        "status_line": b"HTTP/1.1 200 OK",
        "lines": [b"Content-Type: text/plain", b'ETag: "1"'],
        "born": now,
        "fresh_until": now + lasting_s,
        "keep_until": now + lasting_s,
        "etag": b'"1"',
    }
    return Stored(key=key, body=body, **(defaults | facts))


class Node:
    """A tier that is connected. `purges` are those of others, `lost` tells how often some may have been missed."""

    def __init__(self, url: str, name: str, settings: dict[str, Any]) -> None:
        self.registry = Registry()
        self.purges: list[Purge] = []
        self.lost = 0
        self.told: list[str] = []
        self.name = name
        # A busy machine is no slow Redis: what tests the time limit sets its own.
        options = {"timeout_s": 1.0, **settings}
        self.tier = RedisTier(name, RedisSettings(url, **options), self.registry, self._take, self._lose)

    def _take(self, purge: Purge) -> None:
        self.purges.append(purge)
        self.told.append("purge" if self.tier.available else "purge while away")

    def _lose(self) -> None:
        self.lost += 1
        self.told.append("lost" if self.tier.available else "lost while away")

    async def find(self, key: str = URL, *, lock: bool = False, **fields: str) -> Found:
        """Look for a response as a request with these fields does."""
        headers = Headers.of([(name.replace("_", "-"), value) for name, value in fields.items()])
        return await self.tier.find(key, headers, lock=lock)

    async def body(self, key: str = URL) -> bytes | None:
        """Return the body of what is found, read to its end; None after a miss."""
        found = await self.find(key)
        if found.body is None:
            return None if found.stored is None else found.stored.body
        pieces = []
        while piece := await found.body.read():
            pieces.append(piece)
        return b"".join(pieces)

    async def store(self, *responses: Stored) -> None:
        """Write whole responses, fetched just now, and wait until they are written."""
        for stored in responses:
            stored.generation = self.tier.generation
            self.tier.put(stored)
        await self.written()

    async def written(self) -> None:
        assert await eventually(lambda: self.tier.describe()["backlog_bytes"] == 0), "the writes never ended"

    def failures(self, reason: str) -> float:
        return self.registry.cache_backend_failures.child(self.name, reason).value

    def stores(self, outcome: str) -> float:
        return self.registry.cache_stores.child(self.name, "redis", outcome).value

    @property
    def up(self) -> float:
        return self.registry.cache_backend_up.child(self.name).value


@asynccontextmanager
async def node(url: str, name: str = "test", **settings: Any) -> AsyncIterator[Node]:
    """Connect one worker's tier to a server."""
    each = Node(url, name, settings)
    await each.tier.start()
    try:
        yield each
    finally:
        await each.tier.close()
