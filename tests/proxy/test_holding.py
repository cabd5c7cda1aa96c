"""Filters that hold, and filters that pause without a Task, between a real client and a real origin."""

import asyncio
from collections.abc import Awaitable

import pytest
from kit import FakeOrigin, Proxy, get, in_front_of, post
from kit.pouring import HELD_BYTES, MIB, held_up, pour_counting

from proxy.exchange import Exchange
from proxy.filter import HOLD, Answer, Filter
from proxy.messages import Response
from proxy.runtime import Waiter


class Peeks(Filter):
    """Holds both heads until it has seen so many bytes of the body, as a filter does that looks for a signature."""

    name = "peeks"

    def __init__(self, wanted_bytes: int = 4) -> None:
        self.wanted_bytes = wanted_bytes
        self.kept = b""
        self.seen: list[tuple[bytes, bool]] = []

    def on_request(self, exchange: Exchange) -> Answer:
        return HOLD

    def on_request_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes | Response:
        self.seen.append((chunk, last))
        self.kept += chunk
        if len(self.kept) < self.wanted_bytes and not last:
            return b""
        let_go, self.kept = self.kept, b""
        if let_go.startswith(b"evil"):
            return Response.text(403, "no\n")
        self.wanted_bytes = 0
        return let_go


class PeeksAtAnswers(Peeks):
    """Does the same for answers only."""

    def on_request(self, exchange: Exchange) -> Answer:
        return None

    def on_request_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes | Response:
        return chunk

    def on_response(self, exchange: Exchange, response: Response) -> Answer:
        return HOLD

    def on_response_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes | Response:
        return super().on_request_body(exchange, chunk, last)


class Async(Filter):
    """Makes its chain need a Task."""

    async def on_request(self, exchange: Exchange) -> Answer:
        return None


# Requests.


async def test_the_origin_hears_of_a_held_request_when_the_filter_lets_go_and_then_of_each_piece() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin), filters=[Peeks()]) as proxy:
        client = await proxy.connect()
        await client.send(get("/", "Content-Length: 8", method="POST") + b"ab")
        await client.expect_nothing(for_s=0.05)
        assert origin.connections == []
        await client.send(b"cd")
        upstream = await origin.accept()
        head = await upstream.expect_until(b"\r\n\r\n")
        assert b"Transfer-Encoding: chunked" in head
        assert b"Content-Length" not in head
        await upstream.expect(b"4\r\nabcd\r\n")
        await client.send(b"ef")
        await upstream.expect(b"2\r\nef\r\n")
        await client.send(b"gh")
        await upstream.expect(b"2\r\ngh\r\n0\r\n\r\n")
        await upstream.send(b"HTTP/1.1 204 No Content\r\n\r\n")
        await client.expect_response(204)


async def test_a_request_that_was_let_go_early_still_flows_at_the_origins_pace() -> None:
    async with (
        FakeOrigin(record=False) as origin,
        Proxy(in_front_of(origin, limits={"body_bytes": "1GiB"}), filters=[Peeks()]) as proxy,
    ):
        client = await proxy.connect()
        await client.send(get("/", f"Content-Length: {96 * MIB}", method="POST"))
        begun: list[int] = []
        pouring = asyncio.create_task(pour_counting(client, 96 * MIB, begun))
        upstream = await origin.accept()
        upstream.stop_reading()
        assert await held_up(client, begun) < HELD_BYTES
        upstream.go_on_reading()
        await pouring
        await upstream.until(lambda: upstream.received_bytes > 96 * MIB, "the whole body", 20)
        await upstream.send(b"HTTP/1.1 204 No Content\r\n\r\n")
        await client.expect_response(204)


async def test_a_client_may_be_answered_while_its_body_is_held() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin), filters=[Peeks()]) as proxy:
        client = await proxy.connect()
        await client.send(post(b"evil"))
        await client.expect_response(403, body=b"no\n")
        assert origin.connections == []


# Responses.


async def test_the_client_hears_of_a_held_answer_when_the_filter_lets_go_and_then_of_each_piece() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin), filters=[PeeksAtAnswers()]) as proxy:
        client = await proxy.connect()
        await client.send(get())
        upstream = await origin.accept()
        await upstream.expect_request()
        await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nab")
        await client.expect_nothing(for_s=0.05)
        await upstream.send(b"cd")
        head = await client.expect_until(b"\r\n\r\n")
        assert b"Transfer-Encoding: chunked" in head
        assert b"Content-Length" not in head
        await client.expect(b"4\r\nabcd\r\n")
        await upstream.send(b"ef")
        await client.expect(b"2\r\nef\r\n0\r\n\r\n")


async def test_an_answer_in_a_held_answers_place_frees_the_origin_and_keeps_the_client() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin), filters=[PeeksAtAnswers()]) as proxy:
        client = await proxy.connect()
        await client.send(get())
        upstream = await origin.accept()
        await upstream.expect_request()
        await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nevil")
        await client.expect_response(403, body=b"no\n")
        await upstream.until(lambda: upstream.ended, "the end of the upstream connection")
        await client.send(get())
        other = await origin.accept()
        await other.expect_request()
        await other.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood")
        await client.expect_response(200, body=b"good")


@pytest.mark.parametrize(
    ("method", "said", "status"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", 200),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n", 204),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\n\r\n", 304),
        ("GET", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200),
    ],
)
async def test_a_held_answer_without_a_body_is_let_go_by_the_end_alone(method: str, said: bytes, status: int) -> None:
    peeks = PeeksAtAnswers()
    async with FakeOrigin() as origin, Proxy(in_front_of(origin), filters=[peeks]) as proxy:
        client = await proxy.connect()
        await client.send(get(method=method))
        upstream = await origin.accept()
        await upstream.expect_request()
        await upstream.send(said)
        response = await client.expect_response(status, body=b"", to=method)
        length = None if b"Content-Length" not in said else said.split()[-1].decode()
        assert response.get("Content-Length") == length
        assert peeks.seen == [(b"", True)]


@pytest.mark.parametrize("method", ["HEAD", "GET"])
async def test_what_a_filter_adds_to_an_answer_that_can_have_no_body_is_not_sent(method: str) -> None:
    class Adds(PeeksAtAnswers):
        def on_response_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes | Response:
            return b"more"

    async with FakeOrigin() as origin, Proxy(in_front_of(origin), filters=[Adds()]) as proxy:
        client = await proxy.connect()
        for _ in range(2):
            await client.send(get(method=method))
            upstream = origin.connections[0] if origin.connections else await origin.accept()
            await upstream.expect_request()
            status = b"204 No Content" if method == "GET" else b"200 OK\r\nContent-Length: 4"
            await upstream.send(b"HTTP/1.1 %b\r\n\r\n" % status)
            await client.expect_response(204 if method == "GET" else 200, to=method)
        await client.expect_nothing(for_s=0.05)


async def test_an_answer_too_large_to_be_held_whole_is_a_502() -> None:
    class Whole(PeeksAtAnswers):
        whole_response_body = 10

    async with FakeOrigin() as origin, Proxy(in_front_of(origin), filters=[Whole()]) as proxy:
        client = await proxy.connect()
        await client.send(get())
        upstream = await origin.accept()
        await upstream.expect_request()
        await upstream.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n01234567\r\n8\r\n01234567\r\n")
        await client.expect_response(502)
        await upstream.until(lambda: upstream.ended, "the end of the upstream connection")


# Plain hooks that wait now and then.


class Pauses(Filter):
    """Pauses each exchange at both heads and each piece of both bodies, until it is told to go on."""

    name = "pauses"

    def __init__(self) -> None:
        self.waiters: list[Waiter[None]] = []
        self.tasks: list[asyncio.Task[object] | None] = []
        self.paused = asyncio.Event()

    async def pause(self, result: object) -> object:
        self.tasks.append(asyncio.current_task())
        waiter: Waiter[None] = Waiter()
        self.waiters.append(waiter)
        self.paused.set()
        await waiter
        return result

    async def go_on(self) -> None:
        async with asyncio.timeout(5):
            await self.paused.wait()
        self.paused.clear()
        self.waiters.pop().wake(None)

    def on_request(self, exchange: Exchange) -> Awaitable[Answer]:
        return self.pause(None)  # type: ignore[return-value]

    def on_request_body(self, exchange: Exchange, chunk: bytes, last: bool) -> Awaitable[bytes | Response]:
        return self.pause(chunk.upper())  # type: ignore[return-value]

    def on_response(self, exchange: Exchange, response: Response) -> Awaitable[Answer]:
        return self.pause(HOLD)  # type: ignore[return-value]

    def on_response_body(self, exchange: Exchange, chunk: bytes, last: bool) -> Awaitable[bytes | Response]:
        return self.pause(chunk.upper())  # type: ignore[return-value]


@pytest.mark.parametrize("others", [[], [Async()]], ids=["strand", "task"])
async def test_plain_hooks_may_return_something_to_await(others: list[Filter]) -> None:
    pauses = Pauses()
    async with FakeOrigin() as origin, Proxy(in_front_of(origin), filters=[pauses, *others]) as proxy:
        client = await proxy.connect()
        await client.send(post(b"ask"))
        await client.expect_nothing(for_s=0.05)
        assert origin.connections == []
        await pauses.go_on()  # the request's head
        await pauses.go_on()  # its body
        await pauses.go_on()  # its body's end
        upstream = await origin.accept()
        await upstream.expect_request("POST", body=b"ASK")
        await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nanswer")
        await client.expect_nothing(for_s=0.05)
        await pauses.go_on()
        await pauses.go_on()
        await client.expect_response(200, body=b"ANSWER")
        assert len(pauses.tasks) == 5
        assert (pauses.tasks[0] is not None) == bool(others)


async def test_a_failure_of_what_a_plain_hook_returned_is_the_filters() -> None:
    class Fails(Filter):
        def on_request(self, exchange: Exchange) -> Awaitable[Answer]:
            return self.fail()

        async def fail(self) -> Answer:
            raise ValueError("secret")

    async with FakeOrigin() as origin, Proxy(in_front_of(origin), filters=[Fails()]) as proxy:
        client = await proxy.connect()
        await client.send(get())
        await client.expect_response(500)
