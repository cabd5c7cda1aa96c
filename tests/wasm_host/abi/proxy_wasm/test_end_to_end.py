"""Guests in a proxy with a client before it and an origin behind it, over sockets."""

from __future__ import annotations

from typing import Final

import pytest
from kit.faults import escaped, faulty
from kit.http_wasm import Strings
from kit.origin import FOREVER_S, Script
from kit.proxy_wasm import (
    CALL_HEADERS,
    CONTINUE,
    GIVEN,
    OUT,
    PAUSE,
    REQUEST,
    REQUEST_HEADERS,
    RESPONSE,
    acting_for,
    answering,
    going_on,
    guest,
)
from kit.wire import Wire, get, post

from wasm_host.abi.proxy_wasm.pairs import encode_pairs

CHECK: Final = encode_pairs([(b":method", b"GET"), (b":path", b"/check"), (b":authority", b"a.test")])


def echoing() -> Script:
    """Answer with the request's `x-user` and its body; `/check` tells in `x-user` who it is."""

    async def script(wire: Wire) -> None:
        while wire.ended is None or wire.unread:
            request = await wire.expect_message(within_s=FOREVER_S)
            body = (request.get("x-user") or "").encode() + request.body
            fields = b"X-User: anna\r\n" if request.target == "/check" else b""
            await wire.send(b"HTTP/1.1 200 OK\r\n%bContent-Length: %d\r\n\r\n%b" % (fields, len(body), body))

    return script


async def asked(wat: str, request: bytes | None = None, **how: object) -> tuple[int, bytes]:
    async with faulty(wat, script=echoing(), **how) as proxy:  # type: ignore[arg-type]
        answer = await proxy.ask(request or get())
        assert answer is not None
        assert answer.status is not None
        return answer.status, answer.body


def checking_first(strings: Strings, then: str) -> str:
    """Call the origin at the request's headers, and wait; `then` is done for the stream when the answer is there."""
    calls = f"""
        (if (call $http_call {strings("origin")} (i32.const 8192) (i32.const {len(CHECK)})
            (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1000) (i32.const 12)) (then unreachable))
        """
    return guest(
        strings,
        more=f'(data (i32.const 8192) "{escaped(CHECK)}")',
        request_headers=calls + PAUSE,
        http_call_response=acting_for(2) + then,
    )


async def test_a_request_waits_for_a_call_and_goes_on_with_what_it_told() -> None:
    strings = Strings()
    copies = f"""
        (drop (call $get_header_map_value {CALL_HEADERS} {strings("x-user")} {OUT}))
        (drop (call $replace_header_map_value {REQUEST_HEADERS} {strings("x-user")} {GIVEN}))
        {going_on(REQUEST)}"""
    assert await asked(checking_first(strings, copies), get("/", "X-User: forged")) == (200, b"anna")


async def test_a_request_may_be_refused_for_what_a_call_told() -> None:
    strings = Strings()
    assert await asked(checking_first(strings, answering(strings, 403, "no"))) == (403, b"no")


async def test_a_body_is_replaced_on_its_way_to_the_origin() -> None:
    strings = Strings()
    edits = f"""
        (if (local.get $end) (then
            (drop (call $set_buffer_bytes {REQUEST} (i32.const 0) (i32.const 99) {strings("longer than it was")}))))
        (i32.eqz (local.get $end))"""
    assert await asked(guest(strings, request_body=edits), post(b"hello")) == (200, b"longer than it was")


async def test_a_body_is_replaced_on_its_way_to_the_client() -> None:
    strings = Strings()
    edits = f"""
        (if (local.get $end) (then
            (drop (call $set_buffer_bytes {RESPONSE} (i32.const 0) (i32.const 99) {strings("other")}))))
        (i32.eqz (local.get $end))"""
    assert await asked(guest(strings, response_body=edits), post(b"hello")) == (200, b"other")


async def test_a_guest_answers_when_it_has_seen_the_requests_body() -> None:
    strings = Strings()
    wat = guest(strings, request_headers=PAUSE, request_body=answering(strings, 403, "bad") + CONTINUE)
    assert await asked(wat, post(b"hello"), hold_headers=True) == (403, b"bad")


async def test_a_guest_that_holds_the_response_answers_in_its_place() -> None:
    strings = Strings()
    wat = guest(strings, response_headers=PAUSE, response_body=answering(strings, 502, "bad") + CONTINUE)
    assert await asked(wat, post(b"secret"), hold_headers=True) == (502, b"bad")


@pytest.mark.parametrize("status", [204, 304])
async def test_an_answer_that_may_have_no_body_goes_out_without_one(status: int) -> None:
    strings = Strings()
    wat = guest(strings, request_headers=answering(strings, status, "no such thing") + CONTINUE)
    assert await asked(wat) == (status, b"")


async def test_an_answer_to_head_goes_out_without_its_body() -> None:
    strings = Strings()
    wat = guest(strings, request_headers=answering(strings, 403, "no") + CONTINUE)
    assert await asked(wat, get(method="HEAD")) == (403, b"")


async def test_a_pause_that_nothing_ends_is_told_as_a_504() -> None:
    status, _ = await asked(guest(request_headers=PAUSE), pause_s=0.01)
    assert status == 504


async def test_a_stream_that_the_guest_closed_is_told_as_a_500() -> None:
    status, _ = await asked(guest(request_headers=f"(drop (call $close_stream {REQUEST})) {CONTINUE}"))
    assert status == 500


async def test_a_body_too_large_to_hold_is_told_as_a_413() -> None:
    status, _ = await asked(guest(request_body=PAUSE), post(b"x" * 100), body_bytes=10)
    assert status == 413
