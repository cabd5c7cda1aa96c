"""Hits without an exchange: the client can't tell them from those that go the long way."""

import asyncio
import json
from pathlib import Path

import pytest
from kit import eventually, get
from kit.caching import FRESH, AsyncFilter, Site, answer, cached
from kit.messages import complete_messages

from proxy.cache.purge import Purge
from proxy.exchange import Exchange
from proxy.filter import Filter

KIB = 1024
MIB = 1024 * KIB
FIELDS = "listener route method host path status bytes answered_by reason upstream endpoint attempts cache cache_reason"


class Nothing(Filter):
    """Does nothing, but makes a chain that instant hits are not for."""

    name = "nothing"

    def on_complete(self, exchange: Exchange) -> None: ...


def instantly(site: Site) -> list[str]:
    """Record the paths of what is answered without an exchange."""
    instant, paths = site.route.instant, []

    class Recorded:
        def find(self, request):  # type: ignore[no-untyped-def]
            found = instant.find(request)
            if found is not None:
                paths.append(request.path)
            return found

    site.route.instant = Recorded() if instant is not None else None
    return paths


async def raw(site: Site, request: bytes) -> bytes:
    """Ask on a connection of its own, and return every byte of the one answer."""
    client = await site.proxy.connect()
    await client.send(request)
    taken = await client.expect_message()
    assert not client.unread
    return bytes(client.received) if taken else b""


@pytest.mark.parametrize(
    "fields",
    [
        [],
        ['ETag: "1"', "Vary: X-None"],
        ["Date: Wed, 18 May 2033 03:33:18 GMT", "Age: 3"],
        ["Content-Type: a/b", "X: 1"],
    ],
    ids=["plain", "varying", "dated", "more"],
)
@pytest.mark.parametrize("size", [0, 10, 20 * KIB, 300 * KIB])
async def test_an_instant_hit_is_the_same_bytes_as_one_the_long_way(fields: list[str], size: int) -> None:
    answers = []
    body = b"x" * size
    for filters in ((), (Nothing(),), (AsyncFilter(),)):
        async with cached(answer(body, FRESH, *fields), filters=filters) as site:
            await site.get()
            await site.settled()
            paths = instantly(site)
            site.clock.advance(2.5)
            answers.append(await raw(site, get()))
            assert len(paths) == (not filters and "Vary: X-None" not in fields)
            assert len(site.asked) == 1
    assert answers[0] == answers[1] == answers[2]


async def test_the_books_and_the_log_are_the_same(tmp_path: Path) -> None:
    books, lines = [], []
    for number, filters in enumerate(((), (Nothing(),))):
        path = tmp_path / f"{number}.log"
        log = {"path": str(path), "fields": FIELDS.split()}
        async with cached(answer(b"one", FRESH), filters=filters, access_log=log) as site:
            await site.get("/a?b")
            paths = instantly(site)
            await site.get("/a?b")
            assert len(paths) == (number == 0)
            registry = site.proxy.registry
            books.append(
                [
                    {tuple(labels): value for labels, value in family.samples()}
                    for family in (registry.http_requests, registry.http_local_responses, registry.cache_requests)
                ]
            )
            assert site.proxy.graph.listeners[0].access_log is not None
            site.proxy.graph.listeners[0].access_log.close()
        lines.append([json.loads(line) for line in path.read_text().splitlines()])
        assert lines[-1][1]["cache"] == "hit"
    assert books[0] == books[1]
    for line in lines[0] + lines[1]:
        line.pop("endpoint")
    assert lines[0] == lines[1]


@pytest.mark.parametrize(
    "field",
    [
        *("Cache-Control: no-cache", "cache-control:max-age=0", "Pragma: no-cache", "Range: bytes=0-0"),
        *('If-None-Match: "1"', "If-Modified-Since: Tue, 14 Nov 2033 22:13:20 GMT", "Authorization: Basic YTpi"),
        *("Connection: close", "Content-Length: 0"),
    ],
)
async def test_who_says_something_that_a_cache_weighs_goes_the_long_way(field: str) -> None:
    async with cached(answer(b"one", FRESH, 'ETag: "1"')) as site:
        await site.get()
        paths = instantly(site)
        await site.get("/", field)
        assert not paths
        await site.get()
        assert paths


@pytest.mark.parametrize("line", [b"HEAD / HTTP/1.1", b"GET / HTTP/1.0"])
async def test_other_methods_and_versions_go_the_long_way(line: bytes) -> None:
    async with cached(answer(b"one", FRESH)) as site:
        await site.get()
        paths = instantly(site)
        client = await site.proxy.connect()
        await client.send(line + b"\r\nHost: example.test\r\n\r\n")
        await client.expect_until(b"Content-Length: 3\r\n")
        assert not paths


async def test_a_connection_that_is_to_close_is_closed() -> None:
    async with cached(answer(b"one", FRESH)) as site:
        await site.get()
        client = await site.ask("/", "Connection: close")
        assert (await client.expect_response(200)).get("Connection") == "close"
        await client.expect_closed()


@pytest.mark.parametrize("status", [301, 404, 204])
async def test_the_books_have_the_status_that_was_sent(status: int) -> None:
    text = f"HTTP/1.1 {status} It\r\nLocation: /\r\nCache-Control: max-age=60\r\n"
    text += "\r\n" if status == 204 else "Content-Length: 0\r\n\r\n"
    async with cached(text.encode()) as site:
        assert [(await site.get()).status for _ in range(3)] == [status] * 3
        counted = {tuple(labels): value for labels, value in site.proxy.registry.http_requests.samples()}
        assert counted == {("test", "all", "GET", str(status)): 3}


async def test_what_is_stale_or_purged_goes_the_long_way() -> None:
    async with cached(answer(b"one", FRESH), answer(b"two", FRESH), answer(b"three", FRESH)) as site:
        await site.get()
        paths = instantly(site)
        await site.cache.purge(Purge("url", "http://example.test/other"), publish=False)
        assert (await site.get()).body == b"one"
        assert not paths
        assert (await site.get()).body == b"one"
        assert len(paths) == 1
        await site.cache.purge(Purge("url", "http://example.test/", hard=True), publish=False)
        assert (await site.get()).body == b"two"
        site.clock.advance(60)
        assert (await site.get()).body == b"three"
        assert len(paths) == 1


async def test_the_routes_cap_on_lifetimes_is_kept() -> None:
    async with cached(answer(b"one", FRESH), answer(b"two", FRESH), policy={"ttl": {"max": "30s"}}) as site:
        await site.get()
        site.clock.advance(29)
        assert (await site.get()).body == b"one"
        site.clock.advance(2)
        assert (await site.get()).body == b"two"


async def test_the_routes_limits_are_kept() -> None:
    async with cached(answer(b"one", FRESH), route={"limits": {"header_count": 3}}) as site:
        await site.get()
        assert (await site.get("/", "A: 1", "B: 2", "C: 3")).status == 431


async def test_what_is_fresh_for_ever_has_no_ttl_to_tell() -> None:
    async with cached(answer(b"one", FRESH)) as site:
        await site.get()
        stored = next(iter(site.cache.memory.entries.values()))
        stored.fresh_until = stored.keep_until = float("inf")  # type: ignore[union-attr]
        assert (await site.get()).get("Cache-Status") == "penstock; hit; detail=fresh"


async def test_a_route_that_bypasses_for_some_has_none() -> None:
    async with cached(answer(b"one", FRESH), policy={"bypass": {"cookies": ["session"]}}) as site:
        assert site.route.instant is None
        await site.get()
        await site.get("/", "Cookie: session=1")
        assert len(site.asked) == 2


async def test_pipelined_requests_are_answered_in_order_hits_and_misses() -> None:
    async with cached(answer(b"hit", FRESH)) as site:
        await site.get("/hit")
        site.answers.then(answer(b"miss", FRESH))
        client = await site.proxy.connect()
        targets = ["/hit", "/hit", "/a", "/hit", "/a", "/b", "/hit"]
        await client.send(b"".join(get(target) for target in targets))
        bodies = [(await client.expect_response(200)).body for _ in targets]
        assert bodies == [b"hit" if target == "/hit" else b"miss" for target in targets]
        assert len(site.asked) == 3


@pytest.mark.parametrize("size", [100, 10 * KIB, 64 * KIB, 300 * KIB])
async def test_many_pipelined_hits_reach_a_slow_reader_whole(size: int) -> None:
    body = b"x" * size
    count = 2 * MIB // (size + 400) + 1
    async with cached(answer(body, FRESH)) as site:
        await site.get()
        client = await site.proxy.connect(small=True)
        client.stop_reading()
        await client.send(get() * count)
        await asyncio.sleep(0.1)
        client.go_on_reading()
        for _ in range(count):
            await client.expect_response(200, body=body)
        assert len(site.asked) == 1
        await site.settled()


async def test_a_client_that_does_not_read_is_not_given_more_and_more() -> None:
    body = b"x" * 256 * KIB
    async with cached(answer(body, FRESH)) as site:
        await site.get()
        client = await site.proxy.connect(small=True)
        client.stop_reading()
        for _ in range(20):
            await client.send(get() * 10)
        await asyncio.sleep(0.05)
        held = [each.transport.get_write_buffer_size() for each in site.proxy.services["test"].connections]
        assert max(held) < 4 * len(body)
        client.reset()


@pytest.mark.parametrize("size", [8 * KIB, 2 * MIB - 64 * KIB])
async def test_a_client_that_never_reads_its_hits_is_cut(size: int) -> None:
    limits = {"send_timeout": "300ms"}
    async with cached(answer(b"x" * size, FRESH), limits=limits) as site:
        await site.get()
        await site.settled()
        client = await site.proxy.connect(small=True)
        client.stop_reading()
        for _ in range(10):
            await client.send(get() * (4 * MIB // size))
        cut = await eventually(lambda: not site.proxy.open_connections, within_s=3)
        client.reset()
        assert cut


async def test_a_slow_reader_of_a_large_hit_may_take_longer_than_an_idle_connection() -> None:
    size = 7 * MIB  # more than a kernel's buffers take
    limits, cache = {"idle_timeout": "1s", "send_timeout": "5s"}, {"memory": "64MiB"}
    async with cached(answer(b"x" * size, FRESH), limits=limits, cache=cache) as site:
        await site.get()
        await site.settled()
        client = await site.proxy.connect(small=True)
        client.stop_reading()
        await client.send(get())
        await asyncio.sleep(1.4)
        assert not any(each.transport.is_closing() for each in site.proxy.services["test"].connections)
        client.go_on_reading()
        assert len((await client.expect_response(200)).body) == size


async def test_hits_and_the_requests_between_them_leave_a_connection_as_it_was() -> None:
    async with cached(answer(b"one", FRESH)) as site:
        client = await site.proxy.connect()
        for field in ("X: 1", "Cache-Control: no-cache", "X: 2", 'If-None-Match: "2"', "X: 3"):
            await client.send(get("/", field))
            await client.expect_response(200, body=b"one")
        assert complete_messages(bytes(site.origin.connections[0].received))[1] == b""
