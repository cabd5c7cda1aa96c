"""One connection to an origin: what it sends, what it makes of the answer, and whether it may be used again."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from kit import FakeOrigin, Proxy, Wire, eventually, get, in_front_of
from kit.exchanges import Pieces, make_exchange

from proxy.body import Body, collect
from proxy.errors import BadUpstreamResponse, BodyTooLarge, ResetBeforeHeaders, UpstreamCut, UpstreamTimeout
from proxy.exchange import Carrier
from proxy.http1.upstream import UpstreamConnection
from proxy.messages import Headers, Request, Response
from proxy.runtime import Waiter, sweeper
from proxy.upstream.settings import Timeouts

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Case:
    """A connection, the origin's end of it, and what it told its owner."""

    def __init__(self, connection: UpstreamConnection, wire: Wire, told: list[str]) -> None:
        self.connection, self.wire, self.told = connection, wire, told

    def ask(
        self,
        method: str = "GET",
        body: Body | bytes | None = None,
        *,
        timeouts: Timeouts = Timeouts(),  # noqa: B008 - frozen
        response_s: float = 60,
        carrier: Carrier | None = None,
    ) -> Waiter[Response]:
        request: Request = make_exchange(method, "/a?b", [("X", "a")]).request
        request.body = body
        return self.connection.exchange(request, timeouts, response_s, carrier)

    async def answered(self, said: bytes, method: str = "GET") -> Response:
        waiter = self.ask(method)
        await self.wire.expect_request(method)
        await self.wire.send(said)
        return await waiter


@pytest.fixture
async def case() -> AsyncIterator[Case]:
    told: list[str] = []
    async with FakeOrigin() as origin:
        host, _, port = origin.address.partition(":")
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: UpstreamConnection(sweeper(), lambda _: told.append("idle"), lambda _: told.append("closed")),
            host,
            int(port),
        )
        yield Case(connection, await origin.accept(), told)
        connection.abort()
        assert await eventually(lambda: "closed" in told)


# What is sent.


async def test_a_request_without_a_body_is_its_head(case: Case) -> None:
    case.ask()
    await case.wire.expect(b"GET /a?b HTTP/1.1\r\nHost: example.test\r\nX: a\r\n\r\n")


async def test_whole_bytes_go_with_their_length(case: Case) -> None:
    case.ask("POST", b"hello")
    await case.wire.expect(b"POST /a?b HTTP/1.1\r\nHost: example.test\r\nX: a\r\nContent-Length: 5\r\n\r\nhello")


@pytest.mark.parametrize(
    ("body", "end"),
    [
        (Pieces(b"he", b"llo", length=5), b"Content-Length: 5\r\n\r\nhello"),
        (Pieces(b"he", b"llo"), b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"),
    ],
    ids=["length", "chunked"],
)
async def test_a_streamed_body_is_framed_by_what_is_known_of_it(case: Case, body: Pieces, end: bytes) -> None:
    case.ask("POST", body)
    await case.wire.expect(b"POST /a?b HTTP/1.1\r\nHost: example.test\r\nX: a\r\n" + end)


# What comes back.


@pytest.mark.parametrize(
    "said",
    [
        OK,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
    ],
)
async def test_an_answer_that_came_in_one_piece_is_whole_and_leaves_the_connection_idle(
    case: Case, said: bytes
) -> None:
    response = await case.answered(said)
    assert response.body == b"ok"
    assert case.told == ["idle"]
    assert (await case.answered(OK)).body == b"ok"
    assert case.connection.exchanges == 2


async def test_an_answer_in_pieces_is_a_stream(case: Case) -> None:
    response = await case.answered(OK[:-1])
    assert not isinstance(response.body, bytes)
    assert response.body.length == 2
    assert case.told == []
    await case.wire.send(b"k")
    assert await collect(response.body, 10) == b"ok"
    assert case.told == ["idle"]


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        OK + b"surplus",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nHTTP/1.1",
    ],
)
async def test_a_connection_that_nobody_can_trust_to_go_on_is_closed(case: Case, said: bytes) -> None:
    assert (await case.answered(said)).body == b"ok"
    assert case.connection.closed
    assert "idle" not in case.told


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"),
        ("HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 999\r\n\r\n"),
    ],
)
async def test_an_answer_without_a_body_ends_with_its_head(case: Case, method: str, said: bytes) -> None:
    response = await case.answered(said, method)
    assert response.body == b""
    assert response.content_length == (999 if b"999" in said else None)
    assert case.told == ["idle"]


async def test_a_body_without_framing_ends_with_the_connection(case: Case) -> None:
    response = await case.answered(b"HTTP/1.1 200 OK\r\n\r\nal")
    await case.wire.send(b"l")
    case.wire.close()
    assert await collect(response.body, 10) == b"all"
    assert "idle" not in case.told


@pytest.mark.parametrize("framing", [b"Content-Length: 9", b"Transfer-Encoding: chunked"])
@pytest.mark.parametrize("end", [Wire.close, Wire.reset], ids=["closed", "reset"])
async def test_a_body_that_is_cut_is_never_whole(case: Case, framing: bytes, end: object) -> None:
    response = await case.answered(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n\r\n1\r\na\r\n")
    end(case.wire)  # type: ignore[operator]
    with pytest.raises(UpstreamCut):
        await collect(response.body, 100)


async def test_a_reset_does_not_end_a_body_without_framing(case: Case) -> None:
    response = await case.answered(b"HTTP/1.1 200 OK\r\n\r\nhalf")
    case.wire.reset()
    with pytest.raises(UpstreamCut):
        await collect(response.body, 100)


@pytest.mark.parametrize("end", [Wire.close, Wire.reset], ids=["closed", "reset"])
async def test_an_end_before_the_head_is_told(case: Case, end: object) -> None:
    waiter = case.ask()
    await case.wire.expect_request()
    end(case.wire)  # type: ignore[operator]
    with pytest.raises(ResetBeforeHeaders):
        await waiter


async def test_a_body_that_nobody_reads_on_ends_the_connection(case: Case) -> None:
    response = await case.answered(OK[:-1])
    assert not isinstance(response.body, bytes)
    response.body.discard()
    await case.wire.until(lambda: case.wire.ended, "the end", 1)


async def test_interim_answers_go_to_the_carrier(case: Case) -> None:
    heard: list[tuple[int, list[bytes]]] = []

    class Hears:
        def send_interim(self, status: int, headers: Headers) -> None:
            heard.append((status, headers.lines))

    waiter = case.ask(carrier=Hears())
    await case.wire.expect_request()
    await case.wire.send(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + OK)
    assert (await waiter).status == 200
    assert heard == [(103, [b"Link: a"])]


async def test_a_101_that_nobody_asked_for_is_an_error(case: Case) -> None:
    with pytest.raises(BadUpstreamResponse) as caught:
        await case.answered(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
    assert caught.value.reason == "unasked_101"


# Time.


@pytest.mark.parametrize(
    ("timeouts", "response_s"), [(Timeouts(first_byte_s=0.1), 60), (Timeouts(), 0.1)], ids=["first byte", "response"]
)
async def test_an_answer_that_does_not_come_in_time_is_told(case: Case, timeouts: Timeouts, response_s: float) -> None:
    with pytest.raises(UpstreamTimeout):
        await case.ask(timeouts=timeouts, response_s=response_s)
    assert case.connection.closed


async def test_interim_answers_do_not_put_the_response_off(case: Case) -> None:
    async def keep_hinting() -> None:
        while case.wire.ended is None:
            await case.wire.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")
            await asyncio.sleep(0.02)

    waiter = case.ask(response_s=0.2)
    hinting = asyncio.create_task(keep_hinting())
    with pytest.raises(UpstreamTimeout):
        async with asyncio.timeout(1):
            await waiter
    await hinting


async def test_a_body_that_stalls_breaks(case: Case) -> None:
    waiter = case.ask(timeouts=Timeouts(idle_s=0.1))
    await case.wire.expect_request()
    await case.wire.send(OK[:-1])
    with pytest.raises(UpstreamTimeout):
        await collect((await waiter).body, 10)


async def test_a_reader_that_waits_is_not_the_origins_delay(case: Case) -> None:
    waiter = case.ask(timeouts=Timeouts(idle_s=0.1))
    await case.wire.expect_request()
    await case.wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\n" + b"a" * 500_000)
    response = await waiter
    await asyncio.sleep(0.3)
    assert len(await collect(response.body, 500_000)) == 500_000


# Uploads that fail.


class Broken(Pieces):
    """A body over its limit."""

    def __init__(self) -> None:
        super().__init__()
        self.breaks: Waiter[None] = Waiter()

    async def read(self) -> bytes:
        await self.breaks
        raise BodyTooLarge()


async def test_a_broken_upload_is_told_to_who_waits_for_the_answer(case: Case) -> None:
    body = Broken()
    waiter = case.ask("POST", body)
    body.breaks.wake(None)
    with pytest.raises(BodyTooLarge):
        await waiter
    await case.wire.until(lambda: case.wire.ended, "the end", 1)


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 9",
        b"Transfer-Encoding: chunked",
        b"X: until its end",
    ],
)
async def test_an_upload_that_breaks_while_the_answer_streams_never_makes_it_look_whole(
    case: Case, framing: bytes
) -> None:
    body = Broken()
    waiter = case.ask("POST", body)
    await case.wire.expect_until(b"\r\n\r\n")
    await case.wire.send(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n\r\n1\r\na\r\n")
    response = await waiter
    body.breaks.wake(None)
    with pytest.raises((UpstreamCut, BodyTooLarge)):
        await collect(response.body, 100)


async def test_a_client_whose_upload_is_refused_in_mid_answer_does_not_take_half_for_all() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin, limits={"body_bytes": "100B"})) as proxy:
        client = await proxy.connect()
        await client.send(get("/", "Transfer-Encoding: chunked", method="POST") + b"3\r\none\r\n")
        upstream = await origin.accept()
        await upstream.expect_until(b"one\r\n")
        await upstream.send(b"HTTP/1.1 200 OK\r\n\r\nhalf")
        await client.expect_until(b"half\r\n")
        await client.send(b"c8\r\n" + b"a" * 200 + b"\r\n")
        assert b"0\r\n\r\n" not in await client.expect_cut()
