"""What host functions see of an exchange, and when they may change it."""

import pytest
from kit.exchanges import make_exchange, make_response
from kit.proxy_wasm import guest, program

from wasm_host.abi.proxy_wasm.http_calls import CallResult
from wasm_host.abi.proxy_wasm.numbers import BufferKind, MapKind
from wasm_host.abi.proxy_wasm.stream import Stream

REQUEST, RESPONSE = MapKind.REQUEST_HEADERS, MapKind.RESPONSE_HEADERS


@pytest.fixture
def stream() -> Stream:
    return Stream(program(guest()).make(), make_exchange())


def test_the_requests_headers_are_there_from_the_beginning_to_the_end(stream: Stream) -> None:
    fields = stream.header_map(REQUEST)
    assert fields is not None
    stream.response_headers(make_response(), ended=True)
    assert stream.header_map(REQUEST) is fields


def test_the_responses_headers_are_there_once_they_came(stream: Stream) -> None:
    assert (stream.header_map(RESPONSE), stream.editable_map(RESPONSE)) == (None, None)
    stream.response_headers(make_response(404), ended=True)
    fields = stream.editable_map(RESPONSE)
    assert fields is not None
    assert fields.get(b":status") == b"404"


def test_the_requests_headers_are_not_edited_once_the_response_came(stream: Stream) -> None:
    assert stream.editable_map(REQUEST) is not None
    stream.response_headers(make_response(), ended=True)
    assert stream.editable_map(REQUEST) is None


def test_headers_are_not_edited_once_their_side_is_no_longer_open(stream: Stream) -> None:
    stream.response = make_response()
    stream._response_side().open = False
    assert stream.header_map(RESPONSE) is not None
    assert stream.editable_map(RESPONSE) is None


@pytest.mark.parametrize("kind", [MapKind.REQUEST_TRAILERS, MapKind.RESPONSE_TRAILERS])
def test_there_are_no_trailers(stream: Stream, kind: int) -> None:
    stream.response_headers(make_response(), ended=True)
    assert (stream.header_map(kind), stream.editable_map(kind)) == (None, None)


def test_an_answer_to_a_call_is_seen_by_the_stream_that_is_acted_for(stream: Stream) -> None:
    stream.guest.root.call = CallResult([(b"x", b"y")], b"body")
    fields = stream.header_map(MapKind.CALL_HEADERS)
    assert fields is not None
    assert fields.pairs() == [(b"x", b"y")]
    assert stream.editable_map(MapKind.CALL_HEADERS) is None
    assert stream.buffer(BufferKind.CALL_BODY) == b"body"


@pytest.mark.parametrize("kind", [BufferKind.REQUEST_BODY, BufferKind.RESPONSE_BODY])
def test_a_body_that_is_not_shown_is_empty_and_not_to_be_set(stream: Stream, kind: int) -> None:
    assert stream.buffer(kind) == b""
    assert not stream.set_buffer(kind, b"x")


def test_a_body_that_is_shown_is_read_and_set(stream: Stream) -> None:
    side = stream._response_side()
    side.flow.take(b"hello", False)
    side.shown = True
    assert stream.buffer(BufferKind.RESPONSE_BODY) == b"hello"
    assert stream.set_buffer(BufferKind.RESPONSE_BODY, b"bye")
    assert side.flow.buffer == b"bye"
    assert stream.buffer(BufferKind.REQUEST_BODY) == b""


def test_properties_of_one_stream_are_not_anothers(stream: Stream) -> None:
    other = Stream(stream.guest, make_exchange())
    stream.properties[b"a"] = b"b"
    assert other.properties == {}
    assert stream.properties == {b"a": b"b"}


@pytest.mark.parametrize(("body", "length"), [(None, 0), (b"", 0), (b"abc", 3)])
def test_the_announced_length_outlasts_what_filters_make_of_the_body(
    stream: Stream, body: bytes | None, length: int
) -> None:
    stream.exchange.request.body = body
    stream.request_headers()
    stream.exchange.request.body = b"longer than before"
    assert stream.announced_bytes == length
