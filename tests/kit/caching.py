"""A proxy that caches, before an origin that counts what it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import pytest

from kit.clock import LATER_S, FakeClock
from kit.messages import Message
from kit.origin import FOREVER_S, FakeOrigin
from kit.proxy import Proxy, in_front_of
from kit.wire import Wire, eventually, get
from proxy.cache.cache import Cache
from proxy.exchange import Exchange
from proxy.filter import Answer, Filter
from proxy.route import Route
from proxy.upstream.upstream import Upstream

NAME: Final = "default"
NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
FRESH: Final = "Cache-Control: max-age=60"


def answer(body: bytes = b"ok", *fields: str, status: int = 200, length: int | None = None) -> bytes:
    """Write an origin's whole answer; it has no Date, so the proxy's clock counts. `length` may promise another."""
    lines = [f"HTTP/1.1 {status} It", *fields, f"Content-Length: {len(body) if length is None else length}", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def chunked(*fields: str) -> bytes:
    """Write the head of an answer whose length is not announced."""
    return "\r\n".join(["HTTP/1.1 200 OK", "Transfer-Encoding: chunked", *fields, "", ""]).encode("latin-1")


class AsyncFilter(Filter):
    """Keeps a chain from being plain, so that its exchanges run in Tasks."""

    name = "async"

    async def on_request(self, exchange: Exchange) -> Answer:
        return None


IN_BOTH: Final = pytest.mark.parametrize("filters", [(), (AsyncFilter(),)], ids=["in a strand", "in a task"])


class Answers:
    """An origin's script: each request gets the next answer, the last one for ever; `asked` is what came.

    An answer of b"" closes the connection instead. While `held`, requests are counted and wait.
    """

    def __init__(self, *answers: bytes) -> None:
        self.left = list(answers)
        self.asked: list[Message] = []
        self._open = asyncio.Event()
        self._open.set()

    def hold(self) -> None:
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    def then(self, *answers: bytes) -> None:
        """Give these from now on."""
        self.left[:] = answers

    async def __call__(self, wire: Wire) -> None:
        while wire.ended is None or wire.unread:
            self.asked.append(await wire.expect_message(within_s=FOREVER_S))
            await self._open.wait()
            answer_ = self.left.pop(0) if len(self.left) > 1 else self.left[0]
            if not answer_:
                wire.close()
                return
            await wire.send(answer_)


@dataclass
class Site:
    """The proxy with its cache, before the origin; `answers` is its script, if it has one."""

    proxy: Proxy
    origin: FakeOrigin
    answers: Answers
    clock: FakeClock

    @property
    def cache(self) -> Cache:
        return self.proxy.graph.caches[NAME]

    @property
    def route(self) -> Route:
        return self.proxy.graph.listeners[0].router.routes[-1]

    @property
    def upstream(self) -> Upstream:
        return self.proxy.graph.upstreams["origin"]

    @property
    def asked(self) -> list[Message]:
        return self.answers.asked

    async def ask(self, target: str = "/", *fields: str, method: str = "GET", host: str = "example.test") -> Wire:
        """Send a request on a connection of its own."""
        client = await self.proxy.connect()
        await client.send(get(target, *fields, method=method, host=host))
        return client

    async def get(self, target: str = "/", *fields: str, method: str = "GET", host: str = "example.test") -> Message:
        """Ask on a connection of its own, and return the whole answer."""
        client = await self.ask(target, *fields, method=method, host=host)
        message = await client.expect_response(to=method)
        client.close()
        return message

    async def asked_times(self, count: int) -> None:
        """See the origin be asked so often, and not once more at once."""
        assert await eventually(lambda: len(self.asked) >= count), f"asked {len(self.asked)} times"
        await asyncio.sleep(0.02)
        assert len(self.asked) == count

    def counted(self, result: str) -> int:
        """Return how often the cache came to this result."""
        return int(self.proxy.registry.cache_requests.child(NAME, result).value)

    async def settled(self) -> None:
        """See that nothing is left behind of what was under way."""
        cache = self.cache
        assert await eventually(lambda: not len(cache.flights)), "a flight was left in the table"
        left_bytes = cache.memory.limit_bytes // 8
        assert await eventually(lambda: cache.budget.left_bytes == left_bytes), "bytes of the budget were lost"
        assert await eventually(lambda: not self.proxy.in_flight)


def status_of(message: Message) -> str:
    """Return what Cache-Status says after the cache's name."""
    return (message.get("Cache-Status") or "").partition("; ")[2]


@asynccontextmanager
async def cached(
    *answers: bytes,
    policy: Mapping[str, Any] = NOTHING,
    cache: Mapping[str, Any] = NOTHING,
    filters: Sequence[Filter] = (),
    route: Mapping[str, Any] = NOTHING,
    **sections: Any,
) -> AsyncIterator[Site]:
    """Serve with a cache, in front of an origin that gives these answers, or that the test plays where there are none.

    `policy` is of the route, `cache` of the cache; `sections` are those of the configuration. The wall clock is fake.
    """
    script = Answers(*answers)
    with FakeClock(LATER_S, "wall_clock") as clock:
        async with FakeOrigin(script if answers else None) as origin:
            text = in_front_of(
                origin,
                caches={NAME: {"memory": "16MiB", **cache}},
                route={"cache": {"use": NAME, **policy}, **route},
                **sections,
            )
            async with Proxy(text, filters=filters) as proxy:
                yield Site(proxy, origin, script, clock)
