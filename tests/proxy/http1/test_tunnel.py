"""Upgrade: after a 101 bytes go both ways; WebSocket through the `websockets` library on both ends."""

import asyncio

import pytest
import websockets
from kit import FakeOrigin, Proxy, get, in_front_of
from kit.wire import Wire
from websockets.asyncio.server import ServerConnection

SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\nX-Kept: a\r\n\r\n"
ASK = get("/", "Connection: keep-alive, Upgrade", "Upgrade: echo")


async def open_tunnel(proxy: Proxy, origin: FakeOrigin) -> tuple[Wire, Wire]:
    client = await proxy.connect()
    await client.send(ASK)
    upstream = await origin.accept()
    request = await upstream.expect_request("GET", "/")
    assert (request.get("Upgrade"), request.get("Connection")) == ("echo", "Upgrade")
    await upstream.send(SWITCH)
    response = await client.expect_response(101)
    assert (response.get("Upgrade"), response.get("Connection")) == ("echo", "Upgrade")
    assert response.get("X-Kept") == "a"
    return client, upstream


async def test_a_tunnel_carries_bytes_both_ways_as_they_are() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client, upstream = await open_tunnel(proxy, origin)
        for said in (b"\x00\xff", b"GET / HTTP/1.1\r\n\r\n", b"a" * 300_000):
            await client.send(said)
            await upstream.expect(said)
            await upstream.send(said)
            await client.expect(said)


async def test_bytes_that_come_with_the_101_belong_to_the_tunnel() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(ASK)
        upstream = await origin.accept()
        await upstream.expect_request()
        await upstream.send(SWITCH + b"early")
        await client.expect_response(101)
        await client.expect(b"early")


async def test_bytes_that_follow_the_upgrade_request_reach_the_origin_only_after_its_101() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(ASK + b"early")
        upstream = await origin.accept()
        await upstream.expect_request()
        await upstream.expect_nothing()
        await upstream.send(SWITCH)
        await upstream.expect(b"early")


async def test_a_refused_upgrade_leaves_an_ordinary_connection() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(ASK)
        upstream = await origin.accept()
        await upstream.expect_request()
        await upstream.send(b"HTTP/1.1 426 Upgrade Required\r\nUpgrade: other\r\nContent-Length: 2\r\n\r\nno")
        await client.expect_response(426, body=b"no")
        await client.send(get("/plain"))
        await upstream.expect_request("GET", "/plain")


async def test_an_upgrade_with_a_body_is_not_mistaken_for_tunnel_bytes() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(
            get("/", "Connection: Upgrade", "Upgrade: echo", "Content-Length: 5", method="POST") + b"hello"
        )
        upstream = await origin.accept()
        await upstream.expect_request("POST", body=b"hello")


@pytest.mark.parametrize("leave", [Wire.close, Wire.reset], ids=["closes", "resets"])
async def test_a_client_that_leaves_a_tunnel_ends_it(leave: object) -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client, upstream = await open_tunnel(proxy, origin)
        leave(client)  # type: ignore[operator]
        await upstream.until(lambda: upstream.ended, "the tunnel's end", within_s=0.2)
        upstream.close()


@pytest.mark.parametrize("leave", [Wire.close, Wire.reset], ids=["closes", "resets"])
async def test_an_origin_that_leaves_a_tunnel_ends_it(leave: object) -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client, upstream = await open_tunnel(proxy, origin)
        leave(upstream)  # type: ignore[operator]
        await client.until(lambda: client.ended, "the tunnel's end", within_s=0.2)


async def test_one_direction_of_a_tunnel_may_end_before_the_other() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client, upstream = await open_tunnel(proxy, origin)
        await client.send(b"last words")
        client.finish()
        await upstream.expect(b"last words")
        await upstream.expect_closed()
        await upstream.send(b"answer")
        await client.expect(b"answer")
        upstream.close()
        await client.expect_closed()


# WebSocket.


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


async def test_websocket_messages_pass_both_ways() -> None:
    async with websockets.serve(echo, "127.0.0.1", 0, compression=None) as server:
        port = server.sockets[0].getsockname()[1]
        async with (
            Proxy(in_front_of(f"127.0.0.1:{port}")) as proxy,
            websockets.connect(proxy.url("/ws", scheme="ws"), proxy=None) as client,
        ):
            for message in ("text", b"\x00\xff", "é" * 1000, b"a" * 900_000):
                await client.send(message)
                assert await client.recv() == message
            pong = await client.ping()
            await pong


async def test_websocket_compression_and_subprotocols_are_negotiated_end_to_end() -> None:
    async with websockets.serve(echo, "127.0.0.1", 0, subprotocols=["chat"]) as server:  # type: ignore[list-item]
        port = server.sockets[0].getsockname()[1]
        async with (
            Proxy(in_front_of(f"127.0.0.1:{port}")) as proxy,
            websockets.connect(proxy.url("/", scheme="ws"), subprotocols=["chat"], proxy=None) as client,
        ):  # type: ignore[list-item]
            assert client.subprotocol == "chat"
            await client.send("a" * 10_000)
            assert await client.recv() == "a" * 10_000


async def test_websocket_close_codes_of_the_client_reach_the_server() -> None:
    seen: asyncio.Future[tuple[int | None, str | None]] = asyncio.get_running_loop().create_future()

    async def listen(connection: ServerConnection) -> None:
        await connection.wait_closed()
        seen.set_result((connection.close_code, connection.close_reason))

    async with websockets.serve(listen, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with (
            Proxy(in_front_of(f"127.0.0.1:{port}")) as proxy,
            websockets.connect(proxy.url("/", scheme="ws"), proxy=None) as client,
        ):
            await client.close(4001, "enough")
            assert await asyncio.wait_for(seen, 5) == (4001, "enough")


async def test_websocket_close_codes_of_the_server_reach_the_client() -> None:
    async def leave(connection: ServerConnection) -> None:
        await connection.close(4002, "moved")

    async with websockets.serve(leave, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with (
            Proxy(in_front_of(f"127.0.0.1:{port}")) as proxy,
            websockets.connect(proxy.url("/", scheme="ws"), proxy=None) as client,
        ):
            with pytest.raises(websockets.ConnectionClosed):
                await client.recv()
            assert (client.close_code, client.close_reason) == (4002, "moved")
