"""What a guest may do before `next` and after it, and what survives it."""

import logging
from typing import Any

import pytest
from kit.exchanges import Pieces, make_exchange, make_response
from kit.http_wasm import (
    ANSWERS,
    GOES_ON,
    REQUEST,
    RESPONSE,
    ROOM,
    Strings,
    enabling,
    guest,
    handled,
    room,
    shown,
    whole,
)

from wasm_host.abi.http_wasm.misuse import Misuse

# -- what the guest gave the response before next


async def test_fields_that_were_set_replace_the_origins_and_those_added_stand_beside_them() -> None:
    strings = Strings()
    early = f"""
        (call $set_header_value {RESPONSE} {strings("Server")} {strings("guest")})
        (call $add_header_value {RESPONSE} {strings("Vary")} {strings("cookie")})
        (call $set_header_value {RESPONSE} {strings("x-gone")} {strings("1")})
        (call $remove_header {RESPONSE} {strings("X-Gone")})
        """
    answer = await handled(
        guest(strings, early + GOES_ON),
        response=make_response(200, [("server", "origin"), ("vary", "accept"), ("a", "1")]),
    )
    fields = sorted((name.lower(), value) for name, value in answer.headers.items())
    assert fields == [("a", "1"), ("server", "guest"), ("vary", "accept"), ("vary", "cookie")]


async def test_the_status_that_was_set_stays() -> None:
    answer = await handled(
        guest(Strings(), "(call $set_status_code (i32.const 202))" + GOES_ON), response=make_response(200)
    )
    assert answer.status == 202


@pytest.mark.parametrize("body", [b" and me", Pieces(b" and", b" me", length=7)], ids=["whole", "streamed"])
async def test_the_origins_body_follows_what_was_written(body: Any) -> None:
    strings = Strings()
    wat = guest(strings, f"(call $write_body {RESPONSE} {strings('me')}) {GOES_ON}")
    answer = await handled(wat, response=make_response(body=body))
    length = len(answer.body) if isinstance(answer.body, bytes) else answer.body.length
    assert length == 9
    assert await whole(answer.body) == b"me and me"


async def test_an_answer_without_a_body_gets_none() -> None:
    strings = Strings()
    wat = guest(strings, f"(call $write_body {RESPONSE} {strings('me')}) {GOES_ON}")
    assert (await handled(wat, response=make_response(304))).body == b""


async def test_the_answer_to_head_tells_the_length_that_get_would_bring() -> None:
    strings = Strings()
    wat = guest(strings, f"(call $write_body {RESPONSE} {strings('me')}) {GOES_ON}")
    response = make_response()
    response.content_length = 7
    answer = await handled(wat, response=response, exchange=make_exchange("HEAD"))
    assert (answer.body, answer.content_length) == (b"", 9)


# -- after next


FROZEN = {
    "method": lambda text: f"(call $set_method {text('POST')})",
    "uri": lambda text: f"(call $set_uri {text('/')})",
    "setting a header": lambda text: f"(call $set_header_value {REQUEST} {text('a')} {text('v')})",
    "adding a header": lambda text: f"(call $add_header_value {REQUEST} {text('a')} {text('v')})",
    "removing a header": lambda text: f"(call $remove_header {REQUEST} {text('a')})",
    "body": lambda text: f"(call $write_body {REQUEST} {text('a')})",
}


@pytest.mark.parametrize("edit", FROZEN.values(), ids=FROZEN.keys())
async def test_after_next_the_request_cannot_be_edited_whatever_the_features(edit: Any) -> None:
    strings = Strings()
    with pytest.raises(Misuse):
        await handled(guest(strings, on_response=edit(strings), start=enabling(1, 2)))


async def test_after_next_the_request_can_be_read() -> None:
    strings = Strings()
    wat = guest(strings, on_response=shown(strings, "x-seen", f"(call $get_uri {room()})"), start=enabling(2))
    assert (await handled(wat, exchange=make_exchange(target="/a?b"))).headers["x-seen"] == "/a?b"


UNBUFFERED = {
    "status": lambda _: "(call $set_status_code (i32.const 201))",
    "setting a header": lambda text: f"(call $set_header_value {RESPONSE} {text('a')} {text('v')})",
    "adding a header": lambda text: f"(call $add_header_value {RESPONSE} {text('a')} {text('v')})",
    "removing a header": lambda text: f"(call $remove_header {RESPONSE} {text('a')})",
    "writing": lambda text: f"(call $write_body {RESPONSE} {text('a')})",
    "reading": lambda _: f"(drop (call $read_body {RESPONSE} {room()}))",
}


@pytest.mark.parametrize("edit", UNBUFFERED.values(), ids=UNBUFFERED.keys())
async def test_after_next_the_response_cannot_be_edited_unless_it_is_buffered(edit: Any) -> None:
    strings = Strings()
    with pytest.raises(Misuse):
        await handled(guest(strings, on_response=edit(strings)))


async def test_without_buffering_the_responses_head_can_be_read(caplog: pytest.LogCaptureFixture) -> None:
    strings = Strings()
    log = f"""
        (local.set $got (call $get_header_values {RESPONSE} {strings("Server")} {room()}))
        (call $log (i32.const 0) (i32.const {ROOM}) (i32.wrap_i64 (local.get $got)))
        (if (i32.ne (call $get_status_code) (i32.const 404)) (then unreachable))
        """
    with caplog.at_level(logging.INFO, "penstock.wasm"):
        await handled(guest(strings, on_response=log), response=make_response(404, [("server", "tap")]))
    assert [each.getMessage() for each in caplog.records] == ["it: tap\\x00"]


async def test_without_its_feature_the_requests_body_cannot_be_read_after_next() -> None:
    strings = Strings()
    read = f"(drop (call $read_body {REQUEST} {room()}))"
    with pytest.raises(Misuse):
        await handled(guest(strings, on_response=read, start=enabling(2)))


# -- a guest's own answer


async def test_without_next_the_guest_answers_200_with_nothing() -> None:
    answer = await handled(guest(Strings(), ANSWERS, on_response="unreachable"))
    assert (answer.status, list(answer.headers.items()), answer.body) == (200, [], b"")


async def test_without_next_the_guest_answers_what_it_made() -> None:
    strings = Strings()
    make = f"""
        (call $set_status_code (i32.const 403))
        (call $set_header_value {RESPONSE} {strings("Content-Type")} {strings("text/plain")})
        (call $add_header_value {RESPONSE} {strings("Vary")} {strings("a")})
        (call $add_header_value {RESPONSE} {strings("Vary")} {strings("b")})
        (call $write_body {RESPONSE} {strings("no ")})
        (call $write_body {RESPONSE} {strings("way")})
        {ANSWERS}
        """
    exchange = make_exchange()
    answer = await handled(guest(strings, make, on_response="unreachable"), exchange=exchange)
    assert (answer.status, answer.body) == (403, b"no way")
    assert list(answer.headers.items()) == [("Content-Type", "text/plain"), ("Vary", "a"), ("Vary", "b")]
    assert (exchange.answered_by, exchange.reason) == ("it", "answered")


async def test_what_was_written_before_next_can_be_read_again() -> None:
    strings = Strings()
    make = f"""
        (call $write_body {RESPONSE} {strings("abc")})
        (local.set $got (call $read_body {RESPONSE} {room(2)}))
        (call $write_body {RESPONSE} (i32.const {ROOM}) (i32.wrap_i64 (local.get $got)))
        {ANSWERS}
        """
    assert (await handled(guest(strings, make))).body == b"abcab"


async def test_the_status_is_200_until_it_is_set() -> None:
    strings = Strings()
    check = """
        (if (i32.ne (call $get_status_code) (i32.const 200)) (then unreachable))
        (call $set_status_code (i32.const 404))
        (if (i32.ne (call $get_status_code) (i32.const 404)) (then unreachable))
        """
    assert (await handled(guest(strings, check + ANSWERS))).status == 404


async def test_a_guest_that_writes_without_end_is_stopped() -> None:
    strings = Strings()
    write = f"(loop $again (call $write_body {RESPONSE} {room(1000)}) (br $again))"
    with pytest.raises(Misuse, match="5000 bytes"):
        await handled(guest(strings, write + GOES_ON), body_bytes=5000)
