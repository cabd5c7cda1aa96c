"""The filter that hands exchanges to guests: which guest, when it is left alone, and what happens when one is lost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from kit.exchanges import Pieces, make_exchange, make_response, run
from kit.http_wasm import Strings
from kit.proxy_wasm import (
    CONTINUE,
    PAUSE,
    REQUEST,
    RESPONSE,
    acting_for,
    answering,
    going_on,
    guest,
    notes,
    proxy_wasm_filter,
)
from kit.wire import eventually

from proxy.errors import GuestTrap
from proxy.exchange import Exchange
from wasm_host.abi.proxy_wasm.filter import ProxyWasmFilter
from wasm_host.abi.proxy_wasm.guest import ProxyWasmGuest
from wasm_host.abi.proxy_wasm.stream import Stream
from wasm_host.limits import GuestLimits

ENDED = "(call $note (local.get $end)) (i32.const 0)"


def current(filter: ProxyWasmFilter) -> ProxyWasmGuest:
    assert filter.guests.current is not None
    return filter.guests.current


def stream_of(filter: ProxyWasmFilter, exchange: Exchange) -> Stream:
    found = exchange.values[filter.key]
    assert isinstance(found, Stream)
    return found


async def begun(result: Any) -> asyncio.Future[Any]:
    waiting = asyncio.ensure_future(result)
    await asyncio.sleep(0)
    assert not waiting.done()
    return waiting


def lose(filter: ProxyWasmFilter) -> ProxyWasmGuest:
    """Break the guest as if another exchange had."""
    lost = current(filter)
    lost.failed(GuestTrap("another exchange broke it"))
    return lost


def test_a_shared_guest_sees_every_exchange() -> None:
    filter = proxy_wasm_filter(guest())
    exchanges = [make_exchange(), make_exchange()]
    for exchange in exchanges:
        filter.on_request(exchange)
    assert [stream_of(filter, each).guest for each in exchanges] == [current(filter)] * 2


def test_an_exchange_may_have_a_guest_of_its_own_which_ends_with_it() -> None:
    filter = proxy_wasm_filter(guest(), instances="per_request")
    exchanges = [make_exchange(), make_exchange()]
    for exchange in exchanges:
        filter.on_request(exchange)
    first, second = (stream_of(filter, each).guest for each in exchanges)
    assert first is not second
    filter.on_complete(exchanges[0])
    assert (first.alive, second.alive) == (False, True)


def test_two_filters_of_one_name_keep_their_streams_apart() -> None:
    exchange = make_exchange()
    filters = [proxy_wasm_filter(guest()) for _ in range(2)]
    for filter in filters:
        filter.on_request(exchange)
    assert len({id(stream_of(filter, exchange)) for filter in filters}) == 2


def test_an_exchange_that_never_came_by_is_left_alone() -> None:
    filter = proxy_wasm_filter(guest(response_headers="unreachable"))
    exchange = make_exchange()
    assert filter.on_response(exchange, make_response()) is None
    assert filter.on_request_body(exchange, b"x", True) == b"x"
    assert filter.on_response_body(exchange, b"x", True) == b"x"
    assert not filter.wants_response_body(exchange)
    filter.on_complete(exchange)


def test_an_exchange_that_failed_is_not_shown_again() -> None:
    filter = proxy_wasm_filter(guest(request_headers="unreachable"))
    exchange = make_exchange()
    with pytest.raises(GuestTrap):
        filter.on_request(exchange)
    assert filter.on_response(exchange, make_response(500)) is None
    assert not filter.wants_response_body(exchange)
    filter.on_complete(exchange)


@pytest.mark.parametrize(
    ("method", "status", "body", "ended"),
    [("GET", 200, b"a", 0), ("HEAD", 200, b"a", 1), ("GET", 204, b"", 1), ("GET", 304, b"", 1), ("GET", 200, b"", 1)],
)
def test_the_end_is_told_with_the_headers_where_no_body_follows(
    method: str, status: int, body: bytes, ended: int
) -> None:
    filter = proxy_wasm_filter(guest(response_headers=ENDED))
    exchange = make_exchange(method)
    filter.on_request(exchange)
    filter.on_response(exchange, make_response(status, (), body))
    assert notes(current(filter)) == [ended]
    assert filter.wants_response_body(exchange) == (not ended)


async def test_a_guests_own_answer_is_not_shown_to_it_as_a_body() -> None:
    strings = Strings()
    filter = proxy_wasm_filter(
        guest(strings, response_headers=answering(strings, 403, "no") + CONTINUE, response_body="unreachable")
    )
    answer = await run(make_exchange(), make_response(200, (), b"secret"), filter)
    assert (answer.status, answer.body) == (403, b"no")


# In another guest.


async def test_a_request_that_waits_when_its_guest_is_lost_is_asked_anew_in_the_next() -> None:
    wat = guest(
        context_create="(call $note (local.get $id))",
        request_headers=PAUSE,
        http_call_response=acting_for(2) + going_on(REQUEST),
    )
    filter = proxy_wasm_filter(wat)
    exchange = make_exchange()
    waiting = await begun(filter.on_request(exchange))
    lost = lose(filter)
    assert await eventually(lambda: stream_of(filter, exchange).guest is not lost)
    assert notes(current(filter)) == [1, 2]
    current(filter).http_call_response(4, None, None)
    assert await waiting is None


async def test_a_response_whose_guest_is_gone_is_shown_to_the_next_as_a_stream_of_its_own() -> None:
    wat = guest(
        context_create="(call $note (local.get $id))",
        request_headers="(call $note (i32.const 10)) (i32.const 0)",
        response_headers="(call $note (i32.const 12)) (i32.const 0)",
    )
    filter = proxy_wasm_filter(wat)
    exchange = make_exchange()
    filter.on_request(exchange)
    lose(filter)
    result = filter.on_response(exchange, make_response())
    assert await result is None  # type: ignore[misc]
    assert notes(current(filter)) == [1, 2, 12]


async def test_a_response_that_waits_when_its_guest_is_lost_is_asked_anew_in_the_next() -> None:
    wat = guest(response_headers=PAUSE, http_call_response=acting_for(2) + going_on(RESPONSE))
    filter = proxy_wasm_filter(wat)
    exchange = make_exchange()
    filter.on_request(exchange)
    waiting = await begun(filter.on_response(exchange, make_response()))
    lost = lose(filter)
    assert await eventually(lambda: stream_of(filter, exchange).guest is not lost)
    current(filter).http_call_response(4, None, None)
    assert await waiting is None


async def test_what_the_lost_guest_held_back_of_a_body_is_shown_to_the_next() -> None:
    sizes = "(call $note (local.get $size)) (call $note (local.get $end)) (i32.eqz (local.get $end))"
    filter = proxy_wasm_filter(guest(request_body=sizes))
    exchange = make_exchange("POST")
    exchange.request.body = Pieces()
    filter.on_request(exchange)
    assert filter.on_request_body(exchange, b"hello", False) == b""
    lose(filter)
    assert await filter.on_request_body(exchange, b"", True) == b"hello"  # type: ignore[misc]
    assert notes(current(filter)) == [5, 1]


async def test_the_next_guest_is_shown_as_much_of_a_body_too_large_as_the_lost_one_was() -> None:
    sizes = "(call $note (local.get $size)) (call $note (local.get $end)) (i32.const 1)"
    filter = proxy_wasm_filter(
        guest(request_body=sizes, http_call_response=acting_for(2) + going_on(REQUEST)),
        limits=GuestLimits(body_bytes=8, on_body_overflow="truncate"),
    )
    exchange = make_exchange("POST")
    exchange.request.body = Pieces()
    filter.on_request(exchange)
    waiting = await begun(filter.on_request_body(exchange, b"hello world", False))
    lost = lose(filter)
    assert await eventually(lambda: stream_of(filter, exchange).guest is not lost)
    assert notes(current(filter)) == [8, 1]
    current(filter).http_call_response(4, None, None)
    assert await waiting == b"hello world"


async def test_the_next_guest_is_told_of_the_end_of_an_exchange_that_moved() -> None:
    filter = proxy_wasm_filter(guest(response_headers=CONTINUE, log="(call $note (local.get $id))"))
    exchange = make_exchange()
    filter.on_request(exchange)
    lose(filter)
    await filter.on_response(exchange, make_response())  # type: ignore[misc]
    filter.on_complete(exchange)
    assert notes(current(filter)) == [2]
    assert current(filter).users == 0


async def test_a_guest_of_its_own_that_breaks_takes_its_exchange_with_it() -> None:
    filter = proxy_wasm_filter(guest(request_headers=PAUSE, http_call_response="unreachable"), instances="per_request")
    exchange = make_exchange()
    waiting = await begun(filter.on_request(exchange))
    stream_of(filter, exchange).guest.http_call_response(4, None, None)
    with pytest.raises(GuestTrap):
        await waiting
