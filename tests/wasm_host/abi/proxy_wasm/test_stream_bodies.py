"""Bodies in a guest: what it is shown and when, what it makes of it, and what it holds back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, Final

import pytest
from kit.exchanges import Pieces, make_exchange, make_response
from kit.http_wasm import Strings
from kit.proxy_wasm import CONTINUE, GIVEN, OUT, PAUSE, REQUEST, RESPONSE, acting_for, going_on, guest, notes, program

from proxy.errors import FilterBodyTooLarge, PauseTimeout
from wasm_host.abi.proxy_wasm.stream import BodyResult, Stream
from wasm_host.limits import GuestLimits

NOTES: Final = "(call $note (local.get $size)) (call $note (local.get $end))"
UNTIL_THE_END: Final = "(i32.eqz (local.get $end))"
"""Pauses until the body is whole."""


def stream_of(wat: str, **how: Any) -> Stream:
    """Make a stream whose request's headers went on, and whose body is to come."""
    stream = Stream(program(wat, **how).make(), make_exchange("POST"))
    stream.exchange.request.body = Pieces()
    assert stream.request_headers() is None
    return stream


async def begun(result: BodyResult) -> asyncio.Future[Any]:
    assert isinstance(result, Awaitable)
    waiting = asyncio.ensure_future(result)
    await asyncio.sleep(0)
    assert not waiting.done()
    return waiting


def setting(strings: Strings, start: int, size: int, text: str, side: str = REQUEST) -> str:
    return f"(drop (call $set_buffer_bytes {side} (i32.const {start}) (i32.const {size}) {strings(text)}))"


def test_each_piece_is_shown_as_it_comes_and_the_end_apart() -> None:
    stream = stream_of(guest(request_body=NOTES + CONTINUE))
    assert stream.request_body(b"hello", False) == b"hello"
    assert stream.request_body(b" world", True) == b" world"
    assert notes(stream.guest) == [5, 0, 6, 0, 0, 1]


def test_what_is_held_back_is_shown_again_with_what_follows() -> None:
    stream = stream_of(guest(request_body=NOTES + UNTIL_THE_END))
    assert stream.request_body(b"hello", False) == b""
    assert stream.request_body(b" world", False) == b""
    assert stream.request_body(b"", True) == b"hello world"
    assert notes(stream.guest) == [5, 0, 11, 0, 11, 1]


def test_a_responses_body_is_held_back_likewise() -> None:
    stream = stream_of(guest(response_body=NOTES + UNTIL_THE_END))
    stream.response_headers(make_response(), ended=False)
    assert stream.response_body(b"hello", False) == b""
    assert stream.response_body(b"", True) == b"hello"
    assert notes(stream.guest) == [5, 0, 5, 1]


def test_an_answer_that_the_proxy_made_is_shown_with_its_end_at_once() -> None:
    stream = stream_of(guest(response_body=NOTES + CONTINUE))
    stream.exchange.answered_by = "proxy"
    stream.response_headers(make_response(), ended=False)
    assert stream.response_body(b"404", True) == b"404"
    assert notes(stream.guest) == [3, 1]


def test_an_empty_body_is_not_shown() -> None:
    stream = Stream(program(guest(request_body="unreachable")).make(), make_exchange("POST"))
    stream.exchange.request.body = b""
    stream.request_headers()
    assert stream.request_body(b"", True) == b""


@pytest.mark.parametrize(
    ("start", "size", "text", "result"),
    [
        (0, 0, "oh ", b"oh hello"),
        (99, 0, "!", b"hello!"),
        (0, 99, "bye", b"bye"),
        (1, 4, "i", b"hi"),
        (0, 99, "", b""),
    ],
    ids=["prepended", "appended", "replaced", "sliced", "emptied"],
)
def test_a_body_is_edited_in_its_callback(start: int, size: int, text: str, result: bytes) -> None:
    strings = Strings()
    once = f"(if {UNTIL_THE_END} (then {setting(strings, start, size, text)})) {CONTINUE}"
    stream = stream_of(guest(strings, request_body=once))
    assert stream.request_body(b"hello", False) == result
    assert stream.request_body(b"", True) == b""


def test_a_whole_body_is_edited_at_its_end() -> None:
    strings = Strings()
    edits = f"(if (local.get $end) (then {setting(strings, 0, 5, 'HELLO', RESPONSE)})) {UNTIL_THE_END}"
    stream = stream_of(guest(strings, response_body=edits))
    stream.response_headers(make_response(), ended=False)
    assert stream.response_body(b"hel", False) == b""
    assert stream.response_body(b"lo!", True) == b"HELLO!"


def test_one_sides_body_is_not_there_in_the_others_callback() -> None:
    reads = f"""
        (call $note (call $get_buffer_bytes {REQUEST} (i32.const 0) (i32.const 99) {OUT}))
        (call $note (i32.load (i32.const 8))) {CONTINUE}"""
    stream = stream_of(guest(request_body=PAUSE, response_body=reads))
    assert stream.request_body(b"hello", False) == b""
    stream._request_side().shown = False
    stream.response_headers(make_response(), ended=False)
    stream.response_body(b"x", False)
    assert notes(stream.guest) == [0, 0]


# Waiting.


async def test_a_pause_at_the_end_waits_for_the_guests_word() -> None:
    wat = guest(request_body=PAUSE, http_call_response=acting_for(2) + going_on(REQUEST))
    stream = stream_of(wat)
    waiting = await begun(stream.request_body(b"hello", True))
    stream.guest.http_call_response(4, None, None)
    assert await waiting == b"hello"


async def test_a_calls_answer_may_read_and_edit_what_is_held_back() -> None:
    strings = Strings()
    told = f"""
        {acting_for(2)}
        (drop (call $get_buffer_bytes {REQUEST} (i32.const 0) (i32.const 4) {OUT}))
        (drop (call $set_buffer_bytes {REQUEST} (i32.const 99) (i32.const 0) {GIVEN}))
        {setting(strings, 0, 0, "<")}
        {going_on(REQUEST)}"""
    stream = stream_of(guest(strings, request_body=PAUSE, http_call_response=told))
    waiting = await begun(stream.request_body(b"hello", True))
    stream.guest.http_call_response(4, None, None)
    assert await waiting == b"<hellohell"


def test_a_word_between_pieces_lets_what_is_held_go_before_the_next() -> None:
    wat = guest(request_body=NOTES + UNTIL_THE_END, http_call_response=acting_for(2) + going_on(REQUEST))
    stream = stream_of(wat)
    assert stream.request_body(b"hello", False) == b""
    stream.guest.http_call_response(4, None, None)
    assert stream.request_body(b"again", False) == b"hello"
    assert stream.request_body(b"", True) == b"again"
    assert notes(stream.guest) == [5, 0, 5, 0, 5, 1]


async def test_a_body_that_nothing_lets_go_is_a_504() -> None:
    stream = stream_of(guest(request_body=PAUSE), limits=GuestLimits(pause_s=0.01))
    with pytest.raises(PauseTimeout):
        await (await begun(stream.request_body(b"hello", True)))


# The limit.


def small(overflow: Any) -> GuestLimits:
    return GuestLimits(body_bytes=8, on_body_overflow=overflow)


@pytest.mark.parametrize(("side", "status"), [("request", 413), ("response", 502)])
def test_a_body_too_large_to_hold_is_refused(side: str, status: int) -> None:
    stream = stream_of(guest(request_body=PAUSE, response_body=PAUSE), limits=small("reject"))
    stream.response_headers(make_response(), ended=False)
    show = getattr(stream, f"{side}_body")
    assert show(b"hello", False) == b""
    with pytest.raises(FilterBodyTooLarge) as caught:
        show(b"hello", False)
    assert caught.value.status == status


def test_a_body_too_large_to_hold_may_go_on_unseen() -> None:
    stream = stream_of(guest(request_body=NOTES + PAUSE), limits=small("skip"))
    assert stream.request_body(b"hello", False) == b""
    assert stream.request_body(b"world", False) == b"helloworld"
    assert stream.request_body(b"more", True) == b"more"
    assert notes(stream.guest) == [5, 0, 10, 0]


def test_a_guest_may_see_only_the_beginning_of_a_body_too_large() -> None:
    stream = stream_of(guest(request_body=NOTES + UNTIL_THE_END), limits=small("truncate"))
    assert stream.request_body(b"hello", False) == b""
    assert stream.request_body(b"world", False) == b"helloworld"
    assert stream.request_body(b"more", True) == b"more"
    assert notes(stream.guest) == [5, 0, 8, 1]
