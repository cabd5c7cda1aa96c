"""WebSockets through a pipeline that an aiohttp application mounts."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from aiohttp import web
from kit import FakeOrigin, eventually, get, in_front_of, no_leaks
from kit.application import Mounted, application, in_flight, mounted, runtime

from proxy.exchange import Exchange
from proxy.filter import Filter
from proxy.messages import Response

ASK = get(
    "/chat",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
)
SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Own: 1\r\n\r\n"


class Tunnels(Filter):
    def __init__(self) -> None:
        self.seen: list[tuple[bool, int, str]] = []

    def on_complete(self, exchange: Exchange) -> None:
        self.seen.append((exchange.tunnelled, exchange.sent_bytes, exchange.reason))


async def echo(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        await socket.send_str(f"{message.data}!")
    return socket


async def test_a_websocket_echo_passes_through_an_application() -> None:
    far = web.Application()
    far.router.add_get("/chat", echo)
    async with (
        Mounted(far) as origin,
        mounted(in_front_of("{}:{}".format(*origin.address))) as app,
        aiohttp.ClientSession() as session,
        session.ws_connect(app.url("/chat")) as socket,
    ):
        for word in ("a", "b" * 100_000):
            await socket.send_str(word)
            assert (await socket.receive()).data == word + "!"


@pytest.mark.parametrize("cancellation", [False, True])
async def test_early_bytes_and_both_ends_pass_and_the_tunnel_ends_with_its_client(cancellation: bool) -> None:
    tunnels = Tunnels()
    async with FakeOrigin() as origin:
        made = runtime(in_front_of(origin), tunnels)
        async with Mounted(application(made), handler_cancellation=cancellation) as app, no_leaks():
            client = await app.connect()
            await client.send(ASK + b"early")
            upstream = await origin.accept()
            request = await upstream.expect_request("GET", "/chat")
            assert (request.get("Upgrade"), request.get("Connection")) == ("websocket", "Upgrade")
            await upstream.send(SWITCH + b"first")
            assert b"X-Own: 1" in await client.expect_until(b"\r\n\r\n")
            await client.expect(b"first")
            await upstream.expect(b"early")
            await client.send(b"more")
            await upstream.expect(b"more")
            client.close()
            await upstream.expect_closed()
            upstream.close()
            assert await eventually(lambda: not in_flight(made))
            assert tunnels.seen == [(True, 14, "")]


async def test_a_tunnel_ends_with_its_origin() -> None:
    async with FakeOrigin() as origin, mounted(in_front_of(origin)) as app:
        client = await app.connect()
        await client.send(ASK)
        upstream = await origin.accept()
        await upstream.expect_request()
        await upstream.send(SWITCH)
        await client.expect_until(b"\r\n\r\n")
        upstream.close()
        await client.expect_closed()


async def test_a_slow_side_holds_an_applications_tunnel_up() -> None:
    async with FakeOrigin() as origin, mounted(in_front_of(origin)) as app:
        client = await app.connect(record=False)
        await client.send(ASK)
        upstream = await origin.accept()
        await upstream.expect_request()
        client.stop_reading()
        await upstream.send(SWITCH)
        pouring = asyncio.create_task(upstream.pour(b"a" * 65536, 64 * 1024 * 1024))
        await asyncio.sleep(0.7)
        assert not pouring.done()
        client.go_on_reading()
        await pouring
        await client.until(lambda: client.received_bytes > 64 * 1024 * 1024, "everything", 20)


async def test_a_declined_upgrade_is_an_answer_and_the_connection_goes_on() -> None:
    async with FakeOrigin() as origin, mounted(in_front_of(origin)) as app:
        client = await app.connect()
        await client.send(ASK)
        upstream = await origin.accept()
        await upstream.expect_request()
        await upstream.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        await client.expect_response(403)
        await client.send(get("/next"))
        await upstream.expect_request("GET", "/next")
        await upstream.send(b"HTTP/1.1 204 No Content\r\n\r\n")
        await client.expect_response(204)


async def test_other_protocols_are_not_asked_for() -> None:
    async with FakeOrigin() as origin, mounted(in_front_of(origin)) as app:
        client = await app.connect()
        await client.send(get("/", "Connection: Upgrade", "Upgrade: echo"))
        upstream = await origin.accept()
        assert "Upgrade" not in await upstream.expect_request()
        await upstream.send(b"HTTP/1.1 204 No Content\r\n\r\n")
        await client.expect_response(204)


class Refusing(Filter):
    def on_response(self, exchange: Exchange, response: Response) -> Response:
        return Response(403)


async def test_a_switch_that_a_filter_forbids_frees_the_origin() -> None:
    async with FakeOrigin() as origin, mounted(in_front_of(origin), Refusing()) as app:
        client = await app.connect()
        await client.send(ASK)
        upstream = await origin.accept()
        await upstream.expect_request()
        await upstream.send(SWITCH)
        await client.expect_response(403)
        await upstream.expect_cut()
