"""Whatever an application's handler answers with, the chain sees it and the client gets it."""

from __future__ import annotations

import asyncio
import gzip
import pathlib
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from kit import eventually, get, no_leaks, post
from kit.application import Mounted, around
from kit.wire import Wire

from proxy.exchange import Exchange
from proxy.filter import Filter
from proxy.messages import Response

MIB = 1024 * 1024


class Upper(Filter):
    """Notes each answer's head, and changes its body."""

    def __init__(self) -> None:
        self.heads: list[tuple[int, str | None]] = []

    def on_response(self, exchange: Exchange, response: Response) -> None:
        self.heads.append((response.status, response.headers.get("Content-Type")))
        response.headers.set("X-Seen", "yes")

    def on_response_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes:
        return chunk.upper()


class Outcomes(Filter):
    def __init__(self) -> None:
        self.seen: list[str] = []

    def on_complete(self, exchange: Exchange) -> None:
        self.seen.append(exchange.reason)


async def whole(request: web.Request) -> web.StreamResponse:
    return web.Response(text="héllo", headers=[("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])


async def streamed(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    await response.prepare(request)
    for word in (b"hel", b"lo"):
        await response.write(word)
        await asyncio.sleep(0)
    await response.write_eof(b"!")
    return response


async def iterated(request: web.Request) -> web.StreamResponse:
    async def words() -> AsyncIterator[bytes]:
        yield b"hel"
        yield b"lo!"

    return web.Response(body=words())


async def raised(request: web.Request) -> web.StreamResponse:
    raise web.HTTPNotFound(text="hello!")


async def file(request: web.Request) -> web.StreamResponse:
    return web.FileResponse(pathlib.Path(__file__))


@pytest.mark.parametrize(
    ("handler", "status", "body"),
    [
        (whole, 200, "HéLLO".encode()),
        (streamed, 200, b"HELLO!"),
        (iterated, 200, b"HELLO!"),
        (raised, 404, b"HELLO!"),
        (file, 200, pathlib.Path(__file__).read_bytes().upper()),
    ],
)
async def test_every_kind_of_response_goes_through_the_chain(handler: object, status: int, body: bytes) -> None:
    upper = Upper()
    async with Mounted(around(handler, upper)) as app:
        client = await app.connect()
        await client.send(get() + get())
        for _ in range(2):
            response = await client.expect_response(status, body=body)
            assert response.get("X-Seen") == "yes"
        assert [head[0] for head in upper.heads] == [status, status]


@pytest.mark.parametrize("handler", [whole, streamed, raised, file])
async def test_the_answer_to_head_has_no_body(handler: object) -> None:
    async with Mounted(around(handler, Upper())) as app:
        client = await app.connect()
        await client.send(get(method="HEAD") + get(method="HEAD"))
        for _ in range(2):
            response = await client.expect_response(to="HEAD")
            assert response.body == b""
            assert "Content-Length" in response or handler is streamed


async def test_a_whole_body_keeps_its_length_and_all_lines_of_a_field() -> None:
    async with Mounted(around(whole, Filter())) as app:
        client = await app.connect()
        await client.send(get())
        response = await client.expect_response(200, body="héllo".encode())
        assert response.get("Content-Length") == "6"
        assert response.all("Set-Cookie") == ["a=1", "b=2"]


async def test_compression_that_a_handler_asks_for_stays() -> None:
    async def compressing(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.enable_compression(web.ContentCoding.gzip)
        await response.prepare(request)
        await response.write(b"a" * 1000)
        await response.write_eof()
        return response

    async with Mounted(around(compressing, Filter())) as app:
        client = await app.connect()
        await client.send(get("/", "Accept-Encoding: gzip"))
        response = await client.expect_response(200)
        assert response.get("Content-Encoding") == "gzip"
        assert gzip.decompress(response.body) == b"a" * 1000


async def test_a_handler_that_closes_the_connection_closes_it() -> None:
    async def closing(request: web.Request) -> web.StreamResponse:
        response = web.Response()
        response.force_close()
        return response

    async with Mounted(around(closing, Filter())) as app:
        client = await app.connect()
        await client.send(get())
        assert (await client.expect_response(200)).get("Connection") == "close"
        await client.expect_closed()


async def test_a_handler_that_fails_is_500_through_the_chain() -> None:
    async def failing(request: web.Request) -> web.StreamResponse:
        raise ZeroDivisionError("a secret")

    outcomes = Outcomes()
    async with Mounted(around(failing, Upper(), outcomes)) as app:
        client = await app.connect()
        await client.send(get() + get())
        for _ in range(2):
            response = await client.expect_response(500)
            assert b"SECRET" not in response.body
            assert response.get("X-Seen") == "yes"
        assert outcomes.seen == ["handler_failed"] * 2


async def test_a_handler_that_fails_in_mid_body_cuts_the_client() -> None:
    async def failing(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"half")
        raise ZeroDivisionError

    outcomes = Outcomes()
    async with Mounted(around(failing, outcomes)) as app:
        client = await app.connect()
        await client.send(get())
        await client.expect_until(b"half")
        assert b"0\r\n\r\n" not in await client.expect_cut()
        assert outcomes.seen == ["handler_failed"]


async def test_server_sent_events_pass_one_by_one() -> None:
    go_on = asyncio.Event()

    async def events(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for number in range(3):
            await response.write(b"data: %d\n\n" % number)
            await go_on.wait()
            go_on.clear()
        return response

    async with Mounted(around(events, Filter())) as app:
        client = await app.connect()
        await client.send(get())
        for number in range(3):
            await client.expect_until(b"data: %d\n\n\r\n" % number)
            assert not client.unread
            go_on.set()
        await client.expect_until(b"0\r\n\r\n")


async def test_a_client_that_reads_nothing_holds_the_handler_up() -> None:
    written: list[int] = []

    async def pouring(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(96 * 16):
            await response.write(b"a" * 65536)
            written.append(65536)
        return response

    async with Mounted(around(pouring, Filter())) as app:
        client = await app.connect(record=False)
        client.stop_reading()
        await client.send(get())
        await held_up(written)
        assert sum(written) < 24 * MIB
        client.go_on_reading()
        await client.until(lambda: client.received_bytes > 96 * MIB, "the whole body", 20)


async def held_up(written: list[int]) -> None:
    before = -1
    while before != len(written):
        before = len(written)
        await asyncio.sleep(0.3)


async def start_endless(app: Mounted, seen: list[str]) -> Wire:
    client = await app.connect()
    await client.send(get())
    await client.expect_until(b"\r\n\r\n")
    assert seen == ["begun"]
    return client


def endless(seen: list[str]) -> object:
    async def handler(request: web.Request) -> web.StreamResponse:
        seen.append("begun")
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await asyncio.sleep(0.01)
                await response.write(b"more")
        except BaseException as error:
            seen.append(type(error).__name__)
            raise

    return handler


async def test_a_handler_learns_at_its_next_write_that_its_client_has_left() -> None:
    seen: list[str] = []
    outcomes = Outcomes()
    async with Mounted(around(endless(seen), outcomes)) as app, no_leaks():
        client = await start_endless(app, seen)
        client.reset()
        assert await eventually(lambda: seen == ["begun", "ClientConnectionResetError"])
        assert outcomes.seen == ["client_gone"]


async def test_a_handler_is_cancelled_where_the_application_wants_that() -> None:
    seen: list[str] = []
    async with Mounted(around(endless(seen), Filter()), handler_cancellation=True) as app, no_leaks():
        client = await start_endless(app, seen)
        client.reset()
        assert await eventually(lambda: len(seen) == 2)
        assert seen[1] in ("CancelledError", "ClientConnectionResetError")


async def test_a_handler_without_cancellation_runs_to_its_end() -> None:
    done: list[str] = []

    async def slow(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.4)
        done.append("stored")
        return web.Response()

    async with Mounted(around(slow, Filter())) as app:
        client = await app.connect()
        await client.send(post(b"x"))
        client.reset()
        assert await eventually(lambda: done == ["stored"])


async def test_a_websocket_of_the_application_passes_a_chain() -> None:
    async def echo(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(f"{message.data}!")
        return socket

    upper, outcomes = Upper(), Outcomes()
    async with (
        Mounted(around(echo, upper, outcomes)) as app,
        aiohttp.ClientSession() as session,
    ):
        async with session.ws_connect(app.url()) as socket:
            await socket.send_str("a")
            assert (await socket.receive()).data == "a!"
            assert upper.heads[0][0] == 101
            assert outcomes.seen == []
        assert await eventually(lambda: outcomes.seen == [""])
