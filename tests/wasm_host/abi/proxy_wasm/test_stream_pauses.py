"""Exchanges that wait for their guest at the headers, and how they go on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, Final

import pytest
from kit.exchanges import Pieces, make_exchange, make_response
from kit.http_wasm import Strings
from kit.proxy_wasm import (
    CONTINUE,
    PAUSE,
    REQUEST,
    REQUEST_HEADERS,
    RESPONSE,
    acting_for,
    going_on,
    guest,
    notes,
    program,
)

from proxy.errors import GuestTrap, PauseTimeout
from proxy.filter import HOLD
from wasm_host.abi.proxy_wasm.stream import HeadersResult, Stream
from wasm_host.limits import GuestLimits

GOES_ON: Final = acting_for(2) + going_on(REQUEST)


def stream_of(wat: str, body: Pieces | None = None, **how: Any) -> Stream:
    stream = Stream(program(wat, **how).make(), make_exchange())
    stream.exchange.request.body = body
    return stream


async def begun(result: HeadersResult) -> asyncio.Future[Any]:
    """Await in the background; the exchange waits for its guest."""
    assert isinstance(result, Awaitable)
    waiting = asyncio.ensure_future(result)
    await asyncio.sleep(0)
    assert not waiting.done()
    return waiting


def call_back(stream: Stream) -> None:
    """Let the guest be told of a call's end."""
    stream.guest.http_call_response(4, None, None)


@pytest.mark.parametrize("action", [PAUSE, "(i32.const 2)", "(i32.const 3)", "(i32.const 4)", "(i32.const -1)"])
async def test_every_action_but_0_waits(action: str) -> None:
    stream = stream_of(guest(request_headers=action, http_call_response=GOES_ON))
    waiting = await begun(stream.request_headers())
    call_back(stream)
    assert await waiting is None


async def test_what_a_calls_answer_sets_goes_on_with_the_request() -> None:
    strings = Strings()
    adds = f"(drop (call $add_header_map_value {REQUEST_HEADERS} {strings('x-user')} {strings('anna')}))"
    wat = guest(strings, request_headers=PAUSE, http_call_response=acting_for(2) + adds + going_on(REQUEST))
    stream = stream_of(wat)
    waiting = await begun(stream.request_headers())
    call_back(stream)
    await waiting
    assert stream.exchange.request.headers["x-user"] == "anna"


async def test_a_response_waits_and_goes_on_too() -> None:
    wat = guest(response_headers=PAUSE, http_call_response=acting_for(2) + going_on(RESPONSE))
    stream = stream_of(wat)
    stream.request_headers()
    waiting = await begun(stream.response_headers(make_response(), ended=True))
    call_back(stream)
    assert await waiting is None


async def test_a_word_for_the_other_side_ends_no_wait() -> None:
    wat = guest(request_headers=PAUSE, http_call_response=acting_for(2) + going_on(RESPONSE))
    stream = stream_of(wat)
    waiting = await begun(stream.request_headers())
    call_back(stream)
    await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()


async def test_one_exchange_may_end_the_wait_of_another() -> None:
    is_first = "(i32.eq (local.get $id) (i32.const 2))"
    first = stream_of(guest(request_headers=f"(if (i32.eqz {is_first}) (then {GOES_ON})) {is_first}"))
    waiting = await begun(first.request_headers())
    assert Stream(first.guest, make_exchange()).request_headers() is None
    assert await waiting is None


def test_a_word_in_the_callback_that_pauses_counts() -> None:
    stream = stream_of(guest(request_headers=going_on(REQUEST) + PAUSE))
    assert stream.request_headers() is None


async def test_a_word_in_the_requests_callback_does_not_count_for_the_responses() -> None:
    stream = stream_of(guest(request_headers=going_on(REQUEST) + CONTINUE, response_headers=PAUSE))
    stream.request_headers()
    waiting = await begun(stream.response_headers(make_response(), ended=True))
    waiting.cancel()


async def test_a_wait_that_nothing_ends_is_a_504() -> None:
    stream = stream_of(guest(request_headers=PAUSE), limits=GuestLimits(pause_s=0.01))
    heard: list[tuple[object, Exception]] = []
    stream.guest.program.guest_failed = lambda *failure: heard.append(failure)
    waiting = await begun(stream.request_headers())
    with pytest.raises(PauseTimeout) as caught:
        await waiting
    assert caught.value.status == 504
    assert heard == [(None, caught.value)]
    assert (stream.failed, stream.guest.alive) == (True, True)


async def test_a_guest_of_0_1_0_goes_on_by_its_own_functions() -> None:
    wat = guest(
        version="0_1_0",
        request_headers=PAUSE,
        response_headers=PAUSE,
        http_call_response=f"{acting_for(2)} (drop (call $continue_request)) (drop (call $continue_response))",
    )
    stream = stream_of(wat, version="0_1_0")
    waiting = await begun(stream.request_headers())
    call_back(stream)
    assert await waiting is None
    assert stream.response_headers(make_response(), ended=True) is None  # The word for it came already.


async def test_a_guest_that_dies_by_its_own_callback_fails_the_exchange_it_acted_for() -> None:
    stream = stream_of(guest(request_headers=PAUSE, http_call_response=acting_for(2) + "unreachable"))
    waiting = await begun(stream.request_headers())
    call_back(stream)
    with pytest.raises(GuestTrap):
        await waiting
    assert stream.failed


# Headers held for the body.


HELD = {"hold_headers": True}


def test_headers_may_be_held_for_the_body() -> None:
    stream = stream_of(guest(request_headers=PAUSE, request_body=CONTINUE), Pieces(), **HELD)
    assert stream.request_headers() is HOLD


def test_held_headers_are_edited_in_the_body_callback_until_it_lets_them_go() -> None:
    strings = Strings()
    adds = f"(call $note (call $add_header_map_value {REQUEST_HEADERS} {strings('x')} {strings('y')}))"
    body = f"{adds} (i32.eqz (local.get $end))"
    stream = stream_of(guest(strings, request_headers=PAUSE, request_body=body), Pieces(), **HELD)
    stream.request_headers()
    assert stream.request_body(b"a", False) == b""
    assert stream.request_body(b"", True) == b"a"
    assert notes(stream.guest) == [0, 0]
    assert stream.editable_map(0) is None


@pytest.mark.parametrize("wat", [guest(request_headers=PAUSE), guest(request_headers=PAUSE, request_body=CONTINUE)])
async def test_headers_wait_where_no_body_callback_will_come(wat: str) -> None:
    stream = stream_of(wat, **HELD)
    waiting = await begun(stream.request_headers())
    waiting.cancel()


async def test_without_the_option_a_pause_at_the_headers_waits_though_a_body_follows() -> None:
    stream = stream_of(guest(request_headers=PAUSE, request_body=CONTINUE), Pieces())
    waiting = await begun(stream.request_headers())
    waiting.cancel()
