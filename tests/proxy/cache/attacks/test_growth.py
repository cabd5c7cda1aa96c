"""Whatever clients make up, URLs, fields, changes and departures, memory stays where it was configured to stay."""

import asyncio
import gc
import pathlib
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress

import pytest
from kit import eventually, get, in_front_of
from kit.caching import FRESH, NAME, Site, answer, cached
from kit.messages import parse_head
from kit.served import served

MIB = 1024 * 1024
ALLOWED_BYTES = 48 * MIB
"""A cache of 8 MiB once full, a hundred thousand purges and fifty thousand keys that are not waited for, by hash."""
LONG = "x" * 6_000
"""Nearly all that a request line, or a field, may hold."""


async def flood(address: tuple[str, int] | str, requests: Iterator[bytes]) -> None:
    """Send requests one after another over a few connections, and drop their answers."""

    async def client() -> None:
        reader, writer = await asyncio.open_connection(*address)
        for request in requests:
            writer.write(request)
            head = parse_head((await reader.readuntil(b"\r\n\r\n"))[:-4])
            await reader.readexactly(int(head.get("Content-Length") or 0))
        writer.close()

    await asyncio.gather(*(client() for _ in range(4)))


async def grown_bytes(site: Site, requests: Iterator[bytes]) -> int:
    """Return by how much memory has grown after a flood; what the origin recorded of it doesn't count."""
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        await flood(site.proxy.address, requests)
        site.asked.clear()
        for wire in site.origin.connections:
            wire.received.clear()
            wire._read = 0
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


def urls(count: int) -> Iterator[bytes]:
    return (get(f"/{number}{LONG}") for number in range(count))


def fields(count: int) -> Iterator[bytes]:
    return (get(f"/{number % 200}", f"X-Mine: {number}{LONG}") for number in range(count))


def changes(count: int) -> Iterator[bytes]:
    return (get(f"/{number}{LONG}", "Content-Length: 0", method="POST") for number in range(count))


FLOODS = {
    "urls that are stored": (urls, [FRESH]),
    "urls that are not": (urls, ["Cache-Control: no-store"]),
    "fields that answers vary by": (fields, [FRESH, "Vary: X-Mine"]),
    "fields that answers which are not stored vary by": (fields, ["Cache-Control: private", "Vary: X-Mine"]),
    "tags": (urls, [FRESH, "Surrogate-Key: " + " ".join(map(str, range(900)))]),
    "urls that are changed": (changes, []),
}


@pytest.mark.parametrize("kind", FLOODS)
async def test_a_flood_takes_no_more_than_the_cache_may_have(kind: str) -> None:
    requests, said = FLOODS[kind]
    async with cached(answer(b"x" * 100, *said), cache={"memory": "1MiB"}) as site:
        assert await grown_bytes(site, requests(1_500)) < 2 * MIB
        await site.settled()


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", FLOODS)
async def test_a_hundred_thousand_requests_do_not_make_a_worker_grow(tmp_path: pathlib.Path, kind: str) -> None:
    requests, said = FLOODS[kind]

    async def give(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, EOFError):
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(answer(b"x" * 100, *said))
        writer.close()

    origin = await asyncio.start_server(give, "127.0.0.1", 0)
    host, port = origin.sockets[0].getsockname()
    admin = {"admin": {"address": "127.0.0.1:0"}, "workers": 1}
    cache = {"caches": {NAME: {"memory": "8MiB"}}, "route": {"cache": NAME}}
    async with origin, served(tmp_path, in_front_of(f"{host}:{port}", **cache, **admin)) as worker:
        await flood(worker.address, requests(2_000))
        before = worker.resident_bytes()
        await flood(worker.address, requests(100_000))
        assert worker.resident_bytes() - before < ALLOWED_BYTES


@pytest.mark.parametrize("moment", ["before the head", "in the body", "after it"])
async def test_clients_that_leave_leave_nothing_behind(moment: str) -> None:
    body = b"x" * 300_000
    async with cached(answer(body, FRESH)) as site:
        if moment == "before the head":
            site.answers.hold()
        for number in range(100):
            client = await site.ask(f"/{number}")
            if moment == "in the body":
                await client.expect_until(b"\r\n\r\n")
            elif moment == "after it":
                await client.expect_response(200)
            client.reset()
        assert await eventually(lambda: not site.proxy.in_flight)
        site.answers.release()
        await site.settled()


async def test_entries_of_a_name_that_varies_without_end_are_bounded() -> None:
    async with cached(answer(b"x", FRESH, "Vary: X-Mine")) as site:
        await flood(site.proxy.address, (get("/", f"X-Mine: {number}") for number in range(500)))
        assert site.proxy.graph.caches[NAME].memory.count <= 64


async def test_a_vary_of_a_hundred_names_selects_and_takes_no_time_to_speak_of() -> None:
    names = ", ".join(f"X-{number}" for number in range(100))
    async with cached(answer(b"x", FRESH, f"Vary: {names}")) as site:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await flood(site.proxy.address, (get("/", f"X-7: {number % 2}", "X-50: 1") for number in range(300)))
        assert loop.time() - begun < 3.0
        assert len(site.asked) == 2
