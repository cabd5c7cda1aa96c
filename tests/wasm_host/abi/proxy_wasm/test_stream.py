"""An exchange in a guest: the callbacks in their order, and the guest's own answers in each."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from kit.exchanges import Pieces, make_exchange, make_response
from kit.http_wasm import Strings
from kit.proxy_wasm import (
    CONTINUE,
    GIVEN,
    OUT,
    PAUSE,
    REQUEST,
    REQUEST_HEADERS,
    RESPONSE,
    RESPONSE_HEADERS,
    acting_for,
    answering,
    guest,
    notes,
    program,
)

from proxy.errors import FilterError, GuestTrap
from proxy.exchange import Exchange
from proxy.messages import Response
from wasm_host.abi.proxy_wasm.stream import Stream


def stream_of(wat: str, exchange: Exchange | None = None, **how: Any) -> Stream:
    return Stream(program(wat, **how).make(), exchange or make_exchange())


def with_body(body: bytes | Pieces) -> Exchange:
    exchange = make_exchange("POST")
    exchange.request.body = body
    return exchange


def noting(number: int) -> str:
    return f"(call $note (i32.const {number}))"


# The order.


def test_the_callbacks_come_in_envoys_order() -> None:
    names = ["request_headers", "request_body", "response_headers", "response_body"]
    wat = guest(
        context_create="(call $note (local.get $id)) (call $note (local.get $parent))",
        **{name: noting(10 + at) + CONTINUE for at, name in enumerate(names)},
        log=noting(20),
        done=noting(21) + "(i32.const 0)",
        delete=noting(22),
    )
    stream = stream_of(wat, with_body(b"x"))
    stream.request_headers()
    stream.request_body(b"", True)
    stream.response_headers(make_response(), ended=False)
    stream.response_body(b"", True)
    stream.complete()
    assert notes(stream.guest) == [1, 0, 2, 1, 10, 11, 12, 13, 20, 21, 22]


def test_ids_count_up_from_the_roots() -> None:
    made = program(guest()).make()
    assert [Stream(made, make_exchange()).id for _ in range(3)] == [2, 3, 4]


def test_a_stream_that_is_over_is_no_context_any_more() -> None:
    stream = stream_of(guest())
    stream.request_headers()
    assert stream.guest.find_context(2) is stream
    stream.complete()
    assert stream.guest.find_context(2) is None
    assert (stream.guest.users, stream.guest.context) == (0, stream.guest.root)


NOTES_COUNT_AND_END = "(call $note (local.get $count)) (call $note (local.get $end)) (i32.const 0)"


@pytest.mark.parametrize(("body", "end"), [(None, 1), (b"", 1), (b"abc", 0), (Pieces(), 0)])
def test_the_headers_of_a_request_are_counted_and_its_end_is_told(body: Any, end: int) -> None:
    exchange = make_exchange("POST", "/", [("X-One", "1")])
    exchange.request.body = body
    stream = stream_of(guest(request_headers=NOTES_COUNT_AND_END), exchange)
    stream.request_headers()
    fields = stream.header_map(0)
    assert fields is not None
    assert notes(stream.guest) == [len(fields.pairs()), end]


@pytest.mark.parametrize(("status", "body", "ended"), [(204, b"", True), (200, b"ab", False), (200, b"", True)])
def test_the_headers_of_a_response_are_counted_and_its_end_is_told(status: int, body: bytes, ended: bool) -> None:
    stream = stream_of(guest(response_headers=NOTES_COUNT_AND_END))
    stream.request_headers()
    stream.response_headers(make_response(status, [("x", "y")], body), ended=ended)
    fields = stream.header_map(2)
    assert fields is not None
    assert notes(stream.guest) == [len(fields.pairs()), ended]


def test_a_guest_of_0_1_0_is_not_told_of_the_end() -> None:
    counts = "(call $note (local.get $count)) (i32.const 0)"
    wat = guest(version="0_1_0", request_headers=counts, response_headers=counts)
    stream = stream_of(wat, version="0_1_0")
    stream.request_headers()
    stream.response_headers(make_response(), ended=True)
    assert notes(stream.guest) == [4, 2]


def test_a_guest_of_0_1_0_reads_an_absent_header_as_empty() -> None:
    strings = Strings()
    reads = f"(call $note (call $get_header_map_value {REQUEST_HEADERS} {strings('x-none')} {OUT})) (i32.const 0)"
    stream = stream_of(guest(strings, version="0_1_0", request_headers=reads), version="0_1_0")
    stream.request_headers()
    assert notes(stream.guest) == [0]


# What the guest does to headers.


def test_a_guest_copies_from_the_request_to_the_response() -> None:
    strings = Strings()
    copies = f"""
        (drop (call $get_header_map_value {REQUEST_HEADERS} {strings("x-in")} {OUT}))
        (drop (call $add_header_map_value {RESPONSE_HEADERS} {strings("x-out")} {GIVEN}))
        (i32.const 0)"""
    stream = stream_of(guest(strings, response_headers=copies), make_exchange("GET", "/", [("X-In", "seen")]))
    stream.request_headers()
    response = make_response()
    stream.response_headers(response, ended=True)
    assert response.headers["x-out"] == "seen"


def test_headers_that_went_on_are_not_edited_any_more() -> None:
    strings = Strings()
    adds = f"(call $note (call $add_header_map_value {REQUEST_HEADERS} {strings('x')} {strings('y')})) (i32.const 0)"
    stream = stream_of(guest(strings, request_headers=adds, request_body=adds, response_headers=adds), with_body(b"x"))
    stream.request_headers()
    stream.request_body(b"x", True)
    stream.response_headers(make_response(), ended=True)
    assert notes(stream.guest) == [0, 2, 2, 2]


def test_each_callback_acts_for_its_own_context_whatever_the_last_one_chose() -> None:
    strings = Strings()
    adds = f"(drop (call $add_header_map_value {REQUEST_HEADERS} {strings('x')} {strings('y')}))"
    made = program(guest(strings, request_headers=f"{adds} {acting_for(1)} {CONTINUE}")).make()
    exchanges = [make_exchange(), make_exchange()]
    for exchange in exchanges:
        Stream(made, exchange).request_headers()
    assert [exchange.request.headers.getall("x") for exchange in exchanges] == [["y"], ["y"]]


# Local responses.


def test_an_answer_at_the_requests_headers_stands_for_the_origins() -> None:
    strings = Strings()
    stream = stream_of(guest(strings, request_headers=answering(strings, 401, "who?") + CONTINUE))
    answer = stream.request_headers()
    assert isinstance(answer, Response)
    assert (answer.status, answer.body) == (401, b"who?")


@pytest.mark.parametrize("action", [CONTINUE, PAUSE, "(i32.const 4)"])
def test_a_guest_that_answered_is_not_waited_for(action: str) -> None:
    strings = Strings()
    stream = stream_of(guest(strings, request_headers=answering(strings) + action))
    assert isinstance(stream.request_headers(), Response)


def test_the_first_of_two_answers_counts() -> None:
    strings = Strings()
    both = answering(strings, 401) + answering(strings, 200)
    answer = stream_of(guest(strings, request_headers=both + CONTINUE)).request_headers()
    assert isinstance(answer, Response)
    assert answer.status == 401


def test_an_answer_at_the_requests_body_stands_for_the_origins() -> None:
    strings = Strings()
    stream = stream_of(guest(strings, request_body=answering(strings, 403) + CONTINUE), with_body(Pieces()))
    assert stream.request_headers() is None
    answer = stream.request_body(b"bad", False)
    assert isinstance(answer, Response)
    assert answer.status == 403


def test_an_answer_at_the_responses_headers_takes_its_place() -> None:
    strings = Strings()
    stream = stream_of(guest(strings, response_headers=answering(strings, 502, "no") + CONTINUE))
    stream.request_headers()
    answer = stream.response_headers(make_response(200, (), b"secret"), ended=False)
    assert isinstance(answer, Response)
    assert (answer.status, answer.body) == (502, b"no")
    assert stream.judged


def test_an_answer_at_the_responses_body_takes_its_place() -> None:
    strings = Strings()
    stream = stream_of(guest(strings, response_body=answering(strings, 502) + CONTINUE))
    stream.request_headers()
    assert stream.response_headers(make_response(), ended=False) is None
    answer = stream.response_body(b"secret", False)
    assert isinstance(answer, Response)
    assert answer.status == 502


def test_the_guest_sees_its_own_answer_pass_as_a_response() -> None:
    strings = Strings()
    wat = guest(
        strings,
        request_headers=answering(strings, 401) + CONTINUE,
        response_headers=f"(call $note (local.get $end)) {CONTINUE}",
    )
    stream = stream_of(wat)
    answer = stream.request_headers()
    assert isinstance(answer, Response)
    assert stream.response_headers(answer, ended=True) is None
    assert notes(stream.guest) == [1]


def test_an_answer_when_all_is_over_goes_nowhere() -> None:
    strings = Strings()
    stream = stream_of(guest(strings, log=answering(strings)))
    stream.request_headers()
    stream.complete()
    assert stream.guest.alive


async def test_an_answer_for_an_exchange_that_waits_ends_its_wait() -> None:
    strings = Strings()
    wat = guest(strings, request_headers=PAUSE, http_call_response=acting_for(2) + answering(strings, 403))
    stream = stream_of(wat)
    waiting = asyncio.ensure_future(stream.request_headers())  # type: ignore[arg-type, var-annotated]
    await asyncio.sleep(0)
    stream.guest.http_call_response(4, None, None)
    answer = await waiting
    assert isinstance(answer, Response)
    assert answer.status == 403


# Closing.


@pytest.mark.parametrize("side", [REQUEST, RESPONSE])
def test_a_guest_may_close_the_stream(side: str) -> None:
    stream = stream_of(guest(request_headers=f"(drop (call $close_stream {side})) {CONTINUE}"))
    with pytest.raises(FilterError, match="closed the stream") as caught:
        stream.request_headers()
    assert caught.value.reason == "guest_closed"
    assert stream.failed
    assert stream.guest.alive


async def test_a_guest_may_close_a_stream_that_waits() -> None:
    closes = f"{acting_for(2)} (drop (call $close_stream {REQUEST}))"
    stream = stream_of(guest(request_headers=PAUSE, http_call_response=closes))
    waiting = asyncio.ensure_future(stream.request_headers())  # type: ignore[arg-type, var-annotated]
    await asyncio.sleep(0)
    stream.guest.http_call_response(4, None, None)
    with pytest.raises(FilterError, match="closed the stream"):
        await waiting


def test_a_trap_fails_the_stream_and_the_guest() -> None:
    stream = stream_of(guest(request_headers="unreachable"))
    with pytest.raises(GuestTrap):
        stream.request_headers()
    assert (stream.failed, stream.guest.alive) == (True, False)
    stream.complete()
