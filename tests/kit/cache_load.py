"""Clients that ask without end while something befalls the cache, and what became of each of their requests."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from math import ceil
from typing import Self

from kit.messages import parse_head
from kit.origin import FOREVER_S
from kit.proxy import Proxy, in_front_of
from kit.wire import Wire, get
from proxy.runtime import monotonic

PAUSE_S = 0.01
LARGE_BYTES = 1_500_000


def body_of(target: str) -> bytes:
    """Return what the origin answers: its target, again and again where it begins with /large."""
    size = LARGE_BYTES if target.startswith("/large") else 200
    return (target.encode() * (size // len(target) + 1))[:size]


class Echoing:
    """An origin's script that answers with `body_of`, good for a minute; `asked` are the targets that came."""

    def __init__(self, takes_s: float = 0.0) -> None:
        self.asked: list[str] = []
        self._takes_s = takes_s

    async def __call__(self, wire: Wire) -> None:
        while wire.ended is None or wire.unread:
            target = (await wire.expect_message(within_s=FOREVER_S)).target
            self.asked.append(target)
            await asyncio.sleep(self._takes_s)
            body = body_of(target)
            fields = b"Cache-Control: max-age=60\r\nSurrogate-Key: all\r\nContent-Length: %d" % len(body)
            await wire.send(b"HTTP/1.1 200 OK\r\n%b\r\n\r\n%b" % (fields, body))


def caching(origin: str, url: str | None, timeout_s: float = 0.2) -> str:
    """Write the configuration of a node whose cache has this Redis behind it, or none."""
    redis = None if url is None else {"url": url, "timeout": f"{timeout_s:g}s"}
    return in_front_of(origin, caches={"default": {"memory": "64MiB", "redis": redis}}, route={"cache": "default"})


@dataclass(frozen=True, slots=True)
class Asked:
    """One request; `failure` is None where its answer was the right one."""

    target: str
    begun_at: float
    took_s: float
    failure: str | None


class Load:
    """Asks a node while the block runs, by turns for what is cold, hot, and in the shared tier alone."""

    def __init__(self, node: Proxy, *, clients: int = 8, shared: int = 0, large: bool = False) -> None:
        self._node, self._clients = node, clients
        self.all: list[Asked] = []
        self._over = False
        self._targets = _targets(shared, large)

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.ensure_future(self._client()) for _ in range(self._clients)]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._over = True
        await asyncio.gather(*self._tasks)

    @property
    def failed(self) -> list[Asked]:
        return [each for each in self.all if each.failure is not None]

    def slowest_s(self, since: float, until: float, share: float = 0.99) -> float:
        """Return how long the given share of requests that began in a span took at most."""
        took = sorted(each.took_s for each in self.all if since <= each.begun_at < until)
        assert len(took) >= 50, f"only {len(took)} requests tell nothing of the slowest"
        return took[ceil(share * len(took)) - 1]

    async def _client(self) -> None:
        while not self._over:
            reader, writer = await asyncio.open_connection(*self._node.address)
            try:
                while not self._over and await self._ask(reader, writer):
                    pass
            finally:
                writer.close()

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Ask once, and pause; tells whether the connection may be used again."""
        target, begun_at = next(self._targets), monotonic()
        writer.write(get(target))
        try:
            status, body = await _answer(reader)
        except (OSError, EOFError) as error:
            failure: str | None = repr(error)
        else:
            failure = None if (status, body) == (200, body_of(target)) else f"{status}: {body[:60]!r}"
        self.all.append(Asked(target, begun_at, monotonic() - begun_at, failure))
        await asyncio.sleep(PAUSE_S)
        return failure is None


def _targets(shared: int, large: bool) -> Iterator[str]:
    for number in count():
        yield f"/cold/{number}"
        yield "/hot"
        if number < shared:
            yield f"/shared/{number}"
        if large and number % 10 == 0:
            yield f"/large/{number}"


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = parse_head((await reader.readuntil(b"\r\n\r\n"))[:-4])
    return head.status, await reader.readexactly(int(head.get("Content-Length") or 0))
