"""How an answer is framed: by method, status, version and kind of body (RFC 9112 §6)."""

import re
from collections.abc import Awaitable
from itertools import product

import pytest
from kit.exchanges import Pieces, make_exchange, make_response
from kit.messages import Message, take_message

from proxy.body import Body
from proxy.errors import ClientGone, UpstreamCut
from proxy.exchange import Exchange
from proxy.http1.sending import interim, send, switch_head
from proxy.messages import Headers, Response
from proxy.runtime import Waiter


class Sink:
    """A client's connection that keeps what it is sent."""

    def __init__(self, *, persistent: bool = True) -> None:
        self.persistent, self.gone = persistent, False
        self.writes: list[bytes] = []
        self.full: Waiter[None] | None = None

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    def drained(self) -> Awaitable[None] | None:
        return self.full

    @property
    def sent(self) -> bytes:
        return b"".join(self.writes)


def asked(method: str = "GET", version: int = 11) -> Exchange:
    exchange = make_exchange(method)
    exchange.request.version = version
    return exchange


async def sent(sink: Sink, exchange: Exchange, response: Response) -> None:
    waiting = send(sink, exchange, response)
    if waiting is not None:
        await waiting


KINDS = {
    "nothing": lambda: b"",
    "whole": lambda: b"hello",
    "of known length": lambda: Pieces(b"he", b"llo", length=5),
    "of unknown length": lambda: Pieces(b"he", b"llo"),
}
MATRIX = list(product(["GET", "HEAD", "POST"], [200, 204, 205, 304, 404, 500], [10, 11], KINDS, [True, False]))


@pytest.mark.parametrize(("method", "status", "version", "kind", "persistent"), MATRIX)
async def test_every_answer_ends_where_its_framing_says(
    method: str, status: int, version: int, kind: str, persistent: bool
) -> None:
    body: Body | bytes = KINDS[kind]()
    sink, exchange = Sink(persistent=persistent), asked(method, version)
    await sent(sink, exchange, make_response(status, body=body))
    taken = take_message(sink.sent, to=method, ended=not sink.persistent)
    assert taken is not None, sink.sent
    message, size = taken
    assert size == len(sink.sent)
    bodiless = method == "HEAD" or status in (204, 304)
    expected = b"" if bodiless or kind == "nothing" else b"hello"
    assert message.body == expected
    assert exchange.sent_bytes == len(expected)
    check_framing(message, version, bodiless=bodiless, streamed=kind == "of unknown length")
    check_persistence(message, sink, version, persistent, until_close=not bodiless and kind == "of unknown length")


def check_framing(message: Message, version: int, *, bodiless: bool, streamed: bool) -> None:
    if message.status == 204:
        assert "Content-Length" not in message
    if message.status in (204, 304) or version == 10 or bodiless:
        assert "Transfer-Encoding" not in message
    elif streamed:
        assert message.get("Transfer-Encoding") == "chunked"
    else:
        assert message.get("Content-Length") == str(len(message.body))


def check_persistence(message: Message, sink: Sink, version: int, asked_for: bool, *, until_close: bool) -> None:
    must_close = version == 10 and until_close
    assert sink.persistent == (asked_for and not must_close)
    if not sink.persistent:
        assert message.get("Connection") == "close"
    else:
        assert message.get("Connection") == ("keep-alive" if version == 10 else None)


@pytest.mark.parametrize("status", [200, 304])
async def test_the_length_that_an_origin_states_to_head_is_passed_on(status: int) -> None:
    sink, response = Sink(), make_response(status)
    response.content_length = 12345
    await sent(sink, asked("HEAD"), response)
    assert b"\r\nContent-Length: 12345\r\n" in sink.sent


async def test_a_204_has_no_length_whatever_the_origin_said() -> None:
    sink, response = Sink(), make_response(204)
    response.content_length = 5
    await sent(sink, asked(), response)
    assert b"Content-Length" not in sink.sent


async def test_a_stream_that_answers_head_is_released() -> None:
    body = Pieces(b"unread")
    await sent(Sink(), asked("HEAD"), make_response(body=body))
    assert await body.read() == b""


async def test_fields_go_as_they_are() -> None:
    sink = Sink()
    await sent(sink, asked(), Response(299, Headers([b"x-ODD:  a", b"X: b", b"x-odd:"]), b"", b"HTTP/1.1 299 Odd"))
    assert sink.sent == b"HTTP/1.1 299 Odd\r\nx-ODD:  a\r\nX: b\r\nx-odd:\r\nContent-Length: 0\r\n\r\n"


async def test_an_answer_made_here_is_dated_once() -> None:
    sink = Sink()
    await sent(sink, asked(), make_response())
    await sent(sink, asked(), make_response(fields=[("Date", "Thu, 01 Jan 1970 00:00:00 GMT")]))
    dates = re.findall(rb"\r\nDate: (.*?)\r\n", sink.sent)
    assert len(dates) == 2
    assert dates[1] == b"Thu, 01 Jan 1970 00:00:00 GMT"


# Streams.


async def test_a_head_whose_body_is_ready_leaves_with_the_first_piece() -> None:
    sink = Sink()
    await sent(sink, asked(), make_response(body=Pieces(b"a", b"b")))
    assert sink.writes[0].endswith(b"\r\n\r\n1\r\na\r\n")
    assert sink.writes[1:] == [b"1\r\nb\r\n", b"0\r\n\r\n"]


async def test_a_head_whose_body_is_not_ready_leaves_alone() -> None:
    body = Pieces(b"a")
    body.ready = False
    sink = Sink()
    await sent(sink, asked(), make_response(body=body))
    assert sink.writes[0].endswith(b"\r\n\r\n")
    assert sink.writes[1:] == [b"1\r\na\r\n", b"0\r\n\r\n"]


@pytest.mark.parametrize("length", [4, 6])
async def test_a_body_that_is_not_as_long_as_announced_is_cut(length: int) -> None:
    sink = Sink()
    with pytest.raises(UpstreamCut) as caught:
        await sent(sink, asked(), make_response(body=Pieces(b"he", b"llo", length=length)))
    assert caught.value.reason == "body_length"
    assert len(sink.sent.partition(b"\r\n\r\n")[2]) <= length


async def test_a_body_that_breaks_is_never_ended() -> None:
    class Breaks(Pieces):
        async def read(self) -> bytes:
            if piece := await super().read():
                return piece
            raise UpstreamCut()

    sink = Sink()
    with pytest.raises(UpstreamCut):
        await sent(sink, asked(), make_response(body=Breaks(b"a")))
    assert sink.sent.endswith(b"1\r\na\r\n")


async def test_a_client_that_has_left_gets_nothing_more_and_the_body_is_released() -> None:
    sink, body = Sink(), Pieces(b"a", b"b")
    sink.gone = True
    with pytest.raises(ClientGone):
        await sent(sink, asked(), make_response(body=body))
    assert await body.read() == b""


async def test_a_full_connection_holds_the_body_up() -> None:
    sink, body = Sink(), Pieces(b"a", b"b")
    sink.full = waiter = Waiter()
    sending = send(sink, asked(), make_response(body=body))
    assert sending is not None
    step = sending.__await__()
    next(step)
    assert sink.writes[-1].endswith(b"1\r\na\r\n")
    sink.full = None
    waiter.wake(None)
    with pytest.raises(StopIteration):
        next(step)
    assert sink.writes[1:] == [b"1\r\nb\r\n", b"0\r\n\r\n"]


# Heads of other kinds.


def test_an_interim_answer_is_a_head_alone() -> None:
    assert interim(103, Headers([b"Link: </a>"])) == b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"


def test_a_switch_names_its_protocol() -> None:
    head = switch_head(make_response(101, [("X", "a")]), b"echo")
    assert head == b"HTTP/1.1 101 Switching Protocols\r\nX: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"
