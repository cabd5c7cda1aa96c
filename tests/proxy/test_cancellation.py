"""A client that leaves, at each point where its exchange may be waiting: nothing is left behind.

No task, no descriptor, no open connection, no exchange in flight; and `on_complete` runs exactly once.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from kit import FakeOrigin, Proxy, get, in_front_of, no_leaks, post
from kit.addresses import deaf_address
from kit.wire import Wire

from proxy.exchange import Exchange
from proxy.filter import HOLD, Answer, Filter
from proxy.messages import Response

LEAVING = pytest.mark.parametrize("leave", [Wire.close, Wire.reset], ids=["closes", "resets"])
UPLOAD = get("/", "Content-Length: 1000000", method="POST")


class Counting(Filter):
    """Counts the exchanges that began and that were completed."""

    name = "counting"

    def __init__(self) -> None:
        self.begun = self.completed = 0

    def on_request(self, exchange: Exchange) -> None:
        self.begun += 1

    def on_complete(self, exchange: Exchange) -> None:
        self.completed += 1


class Waiting(Filter):
    """Waits without end in one hook; `reached` is set there."""

    name = "waiting"

    def __init__(self) -> None:
        self.reached = asyncio.Event()

    async def wait(self) -> None:
        self.reached.set()
        await asyncio.get_running_loop().create_future()


class WaitsInRequest(Waiting):
    async def on_request(self, exchange: Exchange) -> Answer:
        await self.wait()
        return None


class PausesInRequest(Waiting):
    """Waits as a guest does that pauses: in a plain hook, by the awaitable that it returns."""

    def on_request(self, exchange: Exchange) -> Awaitable[Answer]:
        return self.pause()

    async def pause(self) -> Answer:
        await self.wait()
        return None


class WaitsInRequestBody(Waiting):
    async def on_request_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes:
        await self.wait()
        return chunk


class WaitsInUpstreamRequest(Waiting):
    async def on_upstream_request(self, exchange: Exchange) -> None:
        await self.wait()


class WaitsInUpstreamResponse(Waiting):
    async def on_upstream_response(self, exchange: Exchange, response: Response) -> None:
        await self.wait()


class WaitsInResponse(Waiting):
    async def on_response(self, exchange: Exchange, response: Response) -> None:
        await self.wait()


class WaitsInResponseBody(Waiting):
    async def on_response_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes:
        await self.wait()
        return chunk


class Holds(Filter):
    """Wants the whole body first."""

    name = "holds"
    whole_request_body = 1_000_000

    def on_request(self, exchange: Exchange) -> Answer:
        return HOLD

    def on_request_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes:
        return chunk


class HoldsPieces(Filter):
    """Holds the answer back, and each piece of its body, by giving none on."""

    name = "holds_pieces"

    def __init__(self) -> None:
        self.reached = asyncio.Event()

    def on_response(self, exchange: Exchange, response: Response) -> Answer:
        return HOLD

    def on_response_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes:
        self.reached.set()
        return b""


@asynccontextmanager
async def nothing_left(origin: FakeOrigin | str, *filters: Filter, **config: object) -> AsyncIterator[Proxy]:
    """Run a dialogue through a proxy with these filters, then look for what it left."""
    counting = Counting()
    async with Proxy(in_front_of(origin, **config), filters=[counting, *filters]) as proxy:  # type: ignore[arg-type]
        async with no_leaks():
            yield proxy
            wires = origin.connections if isinstance(origin, FakeOrigin) else []
            for wire in wires:
                await wire.until(lambda wire=wire: wire.ended, "the end of the upstream connection")
                wire.transport.abort()
        assert proxy.open_connections == 0
        assert proxy.in_flight == 0
        assert counting.completed == counting.begun


@LEAVING
async def test_before_a_word(leave: Callable[[Wire], None]) -> None:
    async with FakeOrigin() as origin, nothing_left(origin) as proxy:
        leave(await proxy.connect())


@LEAVING
async def test_in_the_request_head(leave: Callable[[Wire], None]) -> None:
    async with FakeOrigin() as origin, nothing_left(origin) as proxy:
        client = await proxy.connect()
        await client.send(b"GET / HTTP/1.1\r\nHo")
        leave(client)


@LEAVING
@pytest.mark.parametrize("waiting", [WaitsInRequest, WaitsInUpstreamRequest])
async def test_in_an_async_hook_before_the_upstream(waiting: type[Waiting], leave: Callable[[Wire], None]) -> None:
    hook = waiting()
    async with FakeOrigin() as origin, nothing_left(origin, hook) as proxy:
        client = await proxy.connect()
        await client.send(get())
        await asyncio.wait_for(hook.reached.wait(), 5)
        leave(client)


@LEAVING
async def test_in_an_async_hook_on_the_request_body(leave: Callable[[Wire], None]) -> None:
    hook = WaitsInRequestBody()
    async with FakeOrigin() as origin, nothing_left(origin, hook) as proxy:
        client = await proxy.connect()
        await client.send(UPLOAD + b"a")
        await asyncio.wait_for(hook.reached.wait(), 5)
        leave(client)


@LEAVING
@pytest.mark.parametrize("waiting", [WaitsInUpstreamResponse, WaitsInResponse, WaitsInResponseBody])
@pytest.mark.parametrize(
    "said", [b"Content-Length: 1\r\n\r\na", b"Content-Length: 9\r\n\r\na"], ids=["whole", "streaming"]
)
async def test_in_an_async_hook_after_the_upstream(
    said: bytes, waiting: type[Waiting], leave: Callable[[Wire], None]
) -> None:
    hook = waiting()
    async with FakeOrigin() as origin, nothing_left(origin, hook) as proxy:
        client = await proxy.connect()
        await client.send(get())
        upstream = await origin.accept()
        await upstream.expect_until(b"\r\n\r\n")
        await upstream.send(b"HTTP/1.1 200 OK\r\n" + said)
        await asyncio.wait_for(hook.reached.wait(), 5)
        leave(client)
        await asyncio.sleep(0.05)
        if b"Content-Length: 1\r" in said:
            upstream.close()  # A whole answer may have left its connection in the pool.


@LEAVING
async def test_while_a_filter_holds_the_body(leave: Callable[[Wire], None]) -> None:
    async with FakeOrigin() as origin, nothing_left(origin, Holds()) as proxy:
        client = await proxy.connect()
        await client.send(get("/", "Content-Length: 100", method="POST") + b"a")
        await client.expect_nothing(for_s=0.05)
        leave(client)
        assert origin.connections == []


@LEAVING
async def test_while_a_filter_holds_the_answer(leave: Callable[[Wire], None]) -> None:
    holds = HoldsPieces()
    async with FakeOrigin() as origin, nothing_left(origin, holds) as proxy:
        client = await proxy.connect()
        await client.send(get())
        upstream = await origin.accept()
        await upstream.expect_until(b"\r\n\r\n")
        await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na")
        await asyncio.wait_for(holds.reached.wait(), 5)
        leave(client)


@LEAVING
async def test_while_a_plain_hook_waits_without_a_task(leave: Callable[[Wire], None]) -> None:
    hook = PausesInRequest()
    async with FakeOrigin() as origin, nothing_left(origin, hook) as proxy:
        client = await proxy.connect()
        await client.send(get())
        await asyncio.wait_for(hook.reached.wait(), 5)
        leave(client)


@LEAVING
async def test_waiting_for_a_connection(leave: Callable[[Wire], None]) -> None:
    timeouts = {"timeouts": {"connect": "20s"}}
    async with deaf_address() as address, nothing_left(address, upstream=timeouts) as proxy:
        client = await proxy.connect()
        await client.send(get())
        await client.expect_nothing(for_s=0.05)
        leave(client)


@LEAVING
async def test_waiting_for_the_response_head(leave: Callable[[Wire], None]) -> None:
    async with FakeOrigin() as origin, nothing_left(origin) as proxy:
        client = await proxy.connect()
        await client.send(get())
        await (await origin.accept()).expect_request()
        leave(client)


@LEAVING
async def test_waiting_for_the_head_on_a_connection_used_before(leave: Callable[[Wire], None]) -> None:
    async with FakeOrigin() as origin, nothing_left(origin) as proxy:
        client = await proxy.connect()
        await client.send(get() + get("/2"))
        upstream = await origin.accept()
        await upstream.expect_request()
        await upstream.send(b"HTTP/1.1 204 No Content\r\n\r\n")
        await upstream.expect_request("GET", "/2")
        leave(client)


@LEAVING
async def test_waiting_for_100_continue(leave: Callable[[Wire], None]) -> None:
    async with FakeOrigin() as origin, nothing_left(origin) as proxy:
        client = await proxy.connect()
        await client.send(get("/", "Expect: 100-continue", "Content-Length: 5", method="POST"))
        await (await origin.accept()).expect_until(b"\r\n\r\n")
        leave(client)


@LEAVING
async def test_reading_the_response_body(leave: Callable[[Wire], None]) -> None:
    async with FakeOrigin() as origin, nothing_left(origin) as proxy:
        client = await proxy.connect()
        await client.send(get())
        upstream = await origin.accept()
        await upstream.expect_until(b"\r\n\r\n")
        await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\na")
        await client.expect_until(b"\r\n\r\na")
        leave(client)


@LEAVING
async def test_sending_to_a_client_that_reads_nothing(leave: Callable[[Wire], None]) -> None:
    async with FakeOrigin() as origin, nothing_left(origin) as proxy:
        client = await proxy.connect(small=True)
        client.stop_reading()
        await client.send(get())
        upstream = await origin.accept()
        await upstream.expect_until(b"\r\n\r\n")
        await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 67108864\r\n\r\n")
        pouring = asyncio.create_task(upstream.pour(b"a" * 65536, 67108864))
        await asyncio.sleep(0.3)
        leave(client)
        await upstream.until(lambda: upstream.ended, "the end of the upstream connection", within_s=1)
        pouring.cancel()


@LEAVING
async def test_waiting_for_more_of_an_upload(leave: Callable[[Wire], None]) -> None:
    async with FakeOrigin() as origin, nothing_left(origin) as proxy:
        client = await proxy.connect()
        await client.send(UPLOAD + b"a")
        await (await origin.accept()).expect_until(b"\r\n\r\na")
        leave(client)


@LEAVING
async def test_uploading_to_an_origin_that_reads_nothing(leave: Callable[[Wire], None]) -> None:
    async with FakeOrigin() as origin, nothing_left(origin, limits={"body_bytes": "1GiB"}) as proxy:
        client = await proxy.connect(small=True)
        await client.send(get("/", "Content-Length: 67108864", method="POST"))
        upstream = await origin.accept()
        upstream.stop_reading()
        pouring = asyncio.create_task(client.pour(b"a" * 65536, 67108864))
        await asyncio.sleep(0.3)
        pouring.cancel()
        client.reset() if leave is Wire.close else leave(client)  # An orderly close would first wait to send all.
        upstream.go_on_reading()


@LEAVING
async def test_uploading_while_the_response_streams(leave: Callable[[Wire], None]) -> None:
    async with FakeOrigin() as origin, nothing_left(origin) as proxy:
        client = await proxy.connect()
        await client.send(UPLOAD + b"a")
        upstream = await origin.accept()
        await upstream.expect_until(b"\r\n\r\n")
        await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\na")
        await client.expect_until(b"\r\n\r\na")
        leave(client)


@LEAVING
async def test_in_a_tunnel(leave: Callable[[Wire], None]) -> None:
    async with FakeOrigin() as origin, nothing_left(origin) as proxy:
        client = await proxy.connect()
        await client.send(get("/", "Connection: Upgrade", "Upgrade: echo"))
        upstream = await origin.accept()
        await upstream.expect_until(b"\r\n\r\n")
        await upstream.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
        await client.expect_response(101)
        leave(client)


@LEAVING
async def test_with_pipelined_requests_behind(leave: Callable[[Wire], None]) -> None:
    async with FakeOrigin() as origin, nothing_left(origin) as proxy:
        client = await proxy.connect()
        await client.send(get("/1") + post(b"hello", target="/2") + get("/3"))
        await (await origin.accept()).expect_request("GET", "/1")
        leave(client)


@LEAVING
async def test_idle_between_requests(leave: Callable[[Wire], None]) -> None:
    async with FakeOrigin() as origin, nothing_left(origin) as proxy:
        client = await proxy.connect()
        await client.send(get())
        upstream = await origin.accept()
        await upstream.expect_until(b"\r\n\r\n")
        await upstream.send(b"HTTP/1.1 204 No Content\r\n\r\n")
        await client.expect_response(204)
        leave(client)
        upstream.close()


async def test_many_clients_that_leave_at_random_moments_leave_nothing() -> None:
    async def slow(wire: Wire) -> None:
        while wire.ended is None:
            await wire.expect_message(within_s=60)
            await asyncio.sleep(0.01)
            await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")
            await asyncio.sleep(0.01)
            await wire.send(b"done")

    async def visit(proxy: Proxy, stay_s: float) -> None:
        client = await proxy.connect()
        await client.send(get("/") + post(b"hello"))
        await asyncio.sleep(stay_s)
        client.reset()

    async with FakeOrigin(slow) as origin, Proxy(in_front_of(origin)) as proxy:
        await asyncio.gather(*(visit(proxy, number * 0.0007) for number in range(100)))
        await asyncio.sleep(0.1)
        assert proxy.open_connections == 0
        assert proxy.in_flight == 0
