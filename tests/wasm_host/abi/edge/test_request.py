"""What a guest sees of the request."""

from __future__ import annotations

import json

import pytest
from kit.edge import OK, Edge, Strings, asking, guest
from kit.exchanges import Pieces, make_exchange

from proxy.errors import BodyTooLarge
from proxy.exchange import Exchange
from proxy.messages import Request
from wasm_host.abi.edge.request import fields

FIELDS = (("Accept", "text/html"), ("X-Two", "a"), ("x-two", "b"))


async def shown(call: str, exchange: Exchange, strings: Strings | None = None) -> bytes:
    """Return what a host function left in the buffer: a guest that sets no response answers with it."""
    return (await Edge(guest(f"(drop {call}) {OK}", strings)).call(exchange)).buffer


async def test_the_method_is_shown() -> None:
    assert await shown("(call $request_get_method)", make_exchange("PATCH")) == b"PATCH"


async def test_the_uri_is_path_and_query() -> None:
    exchange = make_exchange(target="/a/b?x=1&y=%20")
    assert await shown("(call $request_get_uri)", exchange) == b"/a/b?x=1&y=%20"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("accept", b"text/html", id="by its lower-case name"),
        pytest.param("ACCEPT", b"text/html", id="whatever its case"),
        pytest.param("x-two", b"a", id="the first of several"),
        pytest.param("host", b"example.test", id="Host, which belongs to the connection"),
    ],
)
async def test_a_field_is_found_by_its_name(name: str, value: bytes) -> None:
    strings = Strings()
    call = f"(call $request_get_header {strings(name)})"
    assert await shown(call, make_exchange(fields=FIELDS), strings) == value


async def test_a_field_that_is_not_there_is_a_miss() -> None:
    strings = Strings()
    calls = [f"(call $request_get_header {strings(name)})" for name in ("x-none", "te", "", "\xff")]
    edge = Edge(asking(strings, *calls))
    assert await edge.results() == [-1] * 4
    assert edge.counted("request_get_header", "miss") == 4


async def test_a_fields_name_is_bounded() -> None:
    strings = Strings()
    edge = Edge(asking(strings, f"(call $request_get_header {strings('x' * 257)})"))
    assert await edge.results() == [-1]
    assert edge.counted("request_get_header", "too_large") == 1


async def test_all_names_are_shown_duplicates_too() -> None:
    names = await shown("(call $request_get_header_names)", make_exchange(fields=FIELDS))
    assert json.loads(names) == ["host", "accept", "x-two", "x-two"]


async def test_the_length_of_a_known_body_is_a_field() -> None:
    exchange = make_exchange("POST")
    exchange.request.body = b"12345"
    strings = Strings()
    assert await shown(f"(call $request_get_header {strings('content-length')})", exchange, strings) == b"5"


async def test_a_request_without_a_body_has_an_empty_one() -> None:
    assert await Edge(asking(Strings(), "(call $request_get_body)")).results() == [0]


@pytest.mark.parametrize("body", [b"whole body", Pieces(b"whole", b" ", b"body")], ids=["at once", "in pieces"])
async def test_the_body_is_shown_whole_and_again(body: bytes | Pieces) -> None:
    exchange = make_exchange("POST")
    exchange.request.body = body
    edge = Edge(asking(Strings(), "(call $request_get_body)", "(call $request_get_body)"))
    outcome = await edge.call(exchange)
    assert (outcome.buffer, await edge.results(exchange)) == (b"whole body", [10, 10])


async def test_a_body_that_was_shown_goes_on_to_the_upstream() -> None:
    exchange = make_exchange("POST")
    exchange.request.body = Pieces(b"pie", b"ces")
    await Edge(asking(Strings(), "(call $request_get_body)")).call(exchange)
    assert exchange.request.body == b"pieces"


async def test_a_body_that_nobody_asked_for_is_left_as_it_is() -> None:
    exchange = make_exchange("POST")
    exchange.request.body = body = Pieces(b"pieces")
    await Edge(guest(OK)).call(exchange)
    assert exchange.request.body is body


@pytest.mark.parametrize(
    "body", [b"x" * 11, Pieces(b"x" * 6, b"x" * 5), Pieces(length=11)], ids=["whole", "in pieces", "by its length"]
)
async def test_a_body_over_the_limit_is_the_clients_fault(body: bytes | Pieces) -> None:
    exchange = make_exchange("POST")
    exchange.request.body = body
    edge = Edge(asking(Strings(), "(call $request_get_body)"), request_bytes=10)
    with pytest.raises(BodyTooLarge, match="10 bytes"):
        await edge.call(exchange)
    assert edge.ended("body_too_large") == 1


async def test_the_head_is_shown_as_one_document() -> None:
    exchange = make_exchange("PUT", "/a?b", FIELDS, client="2001:db8::1", scheme="https", port=8443)
    assert json.loads(await shown("(call $request_head)", exchange)) == {
        "method": "PUT",
        "uri": "/a?b",
        "version": "HTTP/1.1",
        "scheme": "https",
        "host": "example.test:8443",
        "client": "2001:db8::1",
        "id": exchange.id,
        "headers": [["host", "example.test:8443"], ["accept", "text/html"], ["x-two", "a"], ["x-two", "b"]],
    }


async def test_what_a_client_put_into_a_field_stays_inside_its_string() -> None:
    hostile = '"],["x-admin","1\\'
    head = json.loads(await shown("(call $request_head)", make_exchange(fields=[("x", hostile), ("y", "\xff")])))
    assert head["headers"] == [["host", "example.test"], ["x", hostile], ["y", "\xff"]]


async def test_an_old_client_is_told_by_its_version() -> None:
    exchange = make_exchange()
    exchange.request.version = 10
    assert json.loads(await shown("(call $request_head)", exchange))["version"] == "HTTP/1.0"


def test_a_request_without_an_authority_has_no_host() -> None:
    assert fields(Request("GET", "/")) == []


async def test_an_upload_that_was_not_read_before_the_answer_was_let_go_is_not_waited_for() -> None:
    exchange = make_exchange("POST")
    exchange.request.body = Pieces(b"late")
    code = """(drop (call $request_terminate (i32.const 202)))
        (i32.ne (call $request_get_body) (i32.const -1))"""
    edge = Edge(guest(code))
    assert (await edge.answer(exchange)).status == 202
    assert (edge.ended("ok"), edge.counted("request_get_body", "unavailable")) == (1, 1)


async def test_an_upload_that_was_read_before_is_there_after() -> None:
    exchange = make_exchange("POST")
    exchange.request.body = Pieces(b"early")
    code = """(drop (call $request_get_body)) (drop (call $request_terminate (i32.const 202)))
        (i32.ne (call $request_get_body) (i32.const 5))"""
    edge = Edge(guest(code))
    await edge.answer(exchange)
    assert edge.ended("ok") == 1
