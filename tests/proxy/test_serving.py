"""Another configuration takes over while clients are connected, and nobody notices but by what they are answered."""

import asyncio
import socket

import pytest
from kit import FakeOrigin, Proxy, answering, eventually, get, in_front_of, no_leaks, post
from kit.addresses import closed_address
from kit.reloading import mark_met, mark_of, marked

from proxy.errors import ControlError, StartError

TUNNEL = get("/", "Connection: Upgrade", "Upgrade: echo")
SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def queued(proxy: Proxy, listener: str = "test") -> socket.socket:
    """Connect without letting the loop accept, and ask."""
    place = proxy.addresses[listener]
    client = socket.create_connection((place.host, place.port))
    client.sendall(get())
    client.setblocking(False)
    return client


async def heard(client: socket.socket) -> bytes:
    async with asyncio.timeout(5):
        return await asyncio.get_running_loop().sock_recv(client, 65536)


def endpoints(proxy: Proxy) -> list[str]:
    return [address for (_, address), _ in proxy.registry.upstream_endpoint_up.samples()]


def listeners(proxy: Proxy) -> list[str]:
    return [name for (name,), _ in proxy.registry.downstream_connections.samples()]


# Connections that stand.


async def test_the_next_request_on_an_idle_connection_meets_the_new_configuration() -> None:
    async with FakeOrigin(answering()) as origin, Proxy(marked("old", origin)) as proxy:
        client = await proxy.connect()
        assert await mark_met(client) == "old"
        await proxy.reload(marked("new", origin))
        assert await mark_met(client) == "new"
        assert await mark_met(await proxy.connect()) == "new"


async def test_what_is_prepared_serves_nobody_before_it_is_committed() -> None:
    async with FakeOrigin(answering()) as origin, Proxy(marked("old", origin)) as proxy:
        client = await proxy.connect()
        await proxy.prepare(marked("new", origin))
        assert await mark_met(client) == "old"
        await proxy.commit()
        assert await mark_met(client) == "new"


async def test_a_head_that_is_half_here_is_read_by_the_new_rules() -> None:
    async with FakeOrigin(answering()) as origin, Proxy(marked("old", origin)) as proxy:
        client, refused = await proxy.connect(), await proxy.connect()
        await client.send(get()[:20])
        await refused.send(get("/" + 100 * "a")[:20])
        await proxy.reload(marked("new", origin, limits={"request_line_bytes": 64}))
        await client.send(get()[20:])
        assert mark_of(await client.expect_response(200)) == "new"
        await refused.send(get("/" + 100 * "a")[20:])
        await refused.expect_response(414)


async def test_an_upload_that_is_half_here_goes_on_to_the_origin_that_it_began_with() -> None:
    async with FakeOrigin() as before, FakeOrigin() as after, Proxy(marked("old", before)) as proxy:
        client = await proxy.connect()
        request = post(100 * b"u")
        await client.send(request[:-50])
        upstream = await before.accept()
        await upstream.expect_until(b"\r\n\r\n")
        await proxy.reload(marked("new", after))
        await client.send(request[-50:])
        await upstream.expect(100 * b"u")
        await upstream.send(OK)
        assert mark_of(await client.expect_response(200)) == "old"
        await client.send(get())
        upstream = await after.accept()
        await upstream.expect_request()
        await upstream.send(OK)
        assert mark_of(await client.expect_response(200)) == "new"


async def test_a_long_download_comes_to_its_end() -> None:
    async with FakeOrigin() as before, Proxy(marked("old", before)) as proxy:
        client = await proxy.connect()
        await client.send(get())
        upstream = await before.accept()
        await upstream.expect_request()
        await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n" + 100 * b"a")
        await client.expect_until(100 * b"a")
        for number in range(3):
            await proxy.reload(marked(f"new {number}", closed_address()))
        await upstream.send(100 * b"b")
        await client.expect(100 * b"b")
        assert client.ended is None


async def test_a_tunnel_goes_on_and_its_upstream_is_closed_behind_it() -> None:
    async with FakeOrigin() as before, FakeOrigin(answering()) as after, Proxy(marked("old", before)) as proxy:
        client = await proxy.connect()
        await client.send(TUNNEL)
        upstream = await before.accept()
        await upstream.expect_request()
        await upstream.send(SWITCH)
        await client.expect_response(101)
        for number in range(3):
            await proxy.reload(marked(f"new {number}", after))
        await client.send(b"ping")
        await upstream.expect(b"ping")
        await upstream.send(b"pong")
        await client.expect(b"pong")
        assert before.address in endpoints(proxy)
        client.close()
        upstream.close()
        assert await eventually(lambda: before.address not in endpoints(proxy))
        assert after.address in endpoints(proxy)


async def test_an_exchange_ends_in_the_books_that_it_began_in() -> None:
    def named(name: str) -> str:
        return marked(name, origin, route={"name": name})

    async with FakeOrigin() as origin, Proxy(named("old")) as proxy:
        client = await proxy.connect()
        await client.send(get())
        upstream = await origin.accept()
        await upstream.expect_request()
        await proxy.reload(named("new"))
        await upstream.send(OK)
        assert mark_of(await client.expect_response(200)) == "old"
        assert proxy.in_flight == 0
        assert proxy.registry.http_requests.samples() == [(["test", "old", "GET", "200"], 1)]


async def test_idle_connections_of_an_upstream_that_is_gone_are_closed() -> None:
    async with FakeOrigin(answering()) as before, Proxy(marked("old", before)) as proxy:
        client = await proxy.connect()
        await mark_met(client)
        await proxy.reload(marked("new", closed_address()))
        assert await eventually(lambda: before.connections[0].ended == "closed")


# Listeners.


async def test_a_connection_that_waits_is_answered_by_the_new_configuration() -> None:
    async with FakeOrigin(answering()) as origin, Proxy(marked("old", origin)) as proxy:
        await proxy.prepare(marked("new", origin))
        with queued(proxy) as client:
            await proxy.commit()
            assert b"X-Mark: new" in await heard(client)


async def test_a_new_listener_accepts() -> None:
    async with FakeOrigin(answering()) as origin, Proxy(marked("old", origin)) as proxy:
        await proxy.reload(marked("new", origin, listeners=("second",)))
        assert await mark_met(await proxy.connect("second")) == "new"
        assert await mark_met(await proxy.connect("test")) == "new"


async def test_who_waits_at_a_listener_that_is_removed_is_answered() -> None:
    async with FakeOrigin(answering()) as origin, Proxy(marked("old", origin, listeners=("second",))) as proxy:
        await proxy.prepare(marked("new", origin))
        with queued(proxy, "second") as client:
            await proxy.commit(closing=["second"])
            answer = await heard(client)
        assert b"X-Mark: old" in answer
        assert b"Connection: close" in answer


async def test_a_removed_listener_lets_idle_clients_ask_once_more() -> None:
    async with FakeOrigin(answering()) as origin, Proxy(marked("old", origin, listeners=("second",))) as proxy:
        client = await proxy.connect("second")
        assert await mark_met(client) == "old"
        await proxy.reload(marked("new", origin), closing=["second"])
        await client.send(get())
        response = await client.expect_response(200)
        assert (mark_of(response), response.get("Connection")) == ("old", "close")
        await client.expect_closed()


async def test_a_removed_listener_refuses_who_comes_later() -> None:
    async with FakeOrigin(answering()) as origin, Proxy(marked("old", origin, listeners=("second",))) as proxy:
        place = proxy.addresses["second"]
        await proxy.reload(marked("new", origin), closing=["second"])
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((place.host, place.port))


async def test_connections_of_a_listener_that_moves_stay() -> None:
    async with FakeOrigin(answering()) as origin, Proxy(marked("old", origin)) as proxy:
        client, before = await proxy.connect(), proxy.addresses["test"]
        assert await mark_met(client) == "old"
        with queued(proxy) as waiting:
            await proxy.reload(marked("new", origin, listener={"address": "127.0.0.2:0"}), closing=["test"])
            assert b"X-Mark: new" in await heard(waiting)
        assert proxy.addresses["test"] != before
        assert await mark_met(client) == "new"
        assert await mark_met(await proxy.connect()) == "new"


async def test_gauges_of_what_is_gone_are_forgotten() -> None:
    async with FakeOrigin(answering()) as origin, Proxy(marked("old", origin, listeners=("second",))) as proxy:
        client = await proxy.connect("second")
        await mark_met(client)
        assert listeners(proxy) == ["test", "second"]
        await proxy.reload(marked("new", origin), closing=["second"])
        client.close()
        assert await eventually(lambda: listeners(proxy) == ["test"])


# What does not come to run.


async def test_a_discard_leaves_nothing() -> None:
    other = marked("new", closed_address(), listeners=("second",))
    async with FakeOrigin(answering()) as origin, Proxy(marked("old", origin)) as proxy:
        client = await proxy.connect()
        assert await mark_met(client) == "old"
        before = proxy.registry.snapshot()
        async with no_leaks():
            await proxy.prepare(other)
            await proxy.serving.discard(proxy.generation)
        assert proxy.registry.snapshot() == before
        with pytest.raises(ControlError, match="generation 2 is not prepared"):
            await proxy.commit()
        assert await mark_met(client) == "old"


async def test_a_discard_of_another_generation_drops_nothing() -> None:
    async with FakeOrigin(answering()) as origin, Proxy(marked("old", origin)) as proxy:
        await proxy.prepare(marked("new", origin))
        await proxy.serving.discard(proxy.generation - 1)
        await proxy.commit()
        assert await mark_met(await proxy.connect()) == "new"


async def test_a_listener_without_a_socket_is_refused_and_leaves_nothing() -> None:
    async with FakeOrigin(answering()) as origin, Proxy(marked("old", origin)) as proxy:
        async with no_leaks():
            graph = proxy._built(marked("new", origin, listeners=("second",)), (), proxy.graph)
            with pytest.raises(StartError, match="listener second: no socket came for it"):
                await proxy.serving.prepare(2, graph, {})
        assert await mark_met(await proxy.connect()) == "old"


# The end.


async def test_a_drain_gives_idle_clients_the_time_for_one_more_request() -> None:
    async with FakeOrigin(answering()) as origin, Proxy(marked("old", origin)) as proxy:
        asks, is_silent = await proxy.connect(), await proxy.connect()
        await mark_met(asks)
        await mark_met(is_silent)
        end = asyncio.create_task(proxy.serving.drain(10, 1.0, []))
        await asyncio.sleep(0.1)
        await asks.send(get())
        assert (await asks.expect_response(200)).get("Connection") == "close"
        await asks.expect_closed()
        assert not end.done()
        await is_silent.expect_closed()
        await asyncio.wait_for(end, 5)


async def test_a_download_that_ends_while_draining_may_be_followed_by_one_more_request() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get())
        upstream = await origin.accept()
        await upstream.expect_request()
        await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab")
        await client.expect_until(b"ab")
        end = asyncio.create_task(proxy.serving.drain(10, 5.0, []))
        await asyncio.sleep(0.05)
        await upstream.send(b"cd")
        await client.expect(b"cd")
        await client.send(get())
        await upstream.expect_request()
        await upstream.send(OK)
        assert (await client.expect_response(200)).get("Connection") == "close"
        await asyncio.wait_for(end, 5)


async def test_the_last_worker_answers_who_waits_at_its_end() -> None:
    async with FakeOrigin(answering()) as origin, Proxy(marked("old", origin)) as proxy:
        with queued(proxy) as client:
            await proxy.serving.drain(10, 0.0, ["test"])
            assert b"X-Mark: old" in await heard(client)


async def test_a_worker_that_is_replaced_leaves_its_queue_alone() -> None:
    async with FakeOrigin(answering()) as origin, Proxy(marked("old", origin)) as proxy:
        with proxy.serving.doors["test"]._opened.dup() as kept, queued(proxy):
            await proxy.serving.drain(10, 0.0, [])
            kept.setblocking(False)
            kept.accept()[0].close()
