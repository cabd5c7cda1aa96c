"""Bodies over the limit: refused, or on their way past the guest."""

import pytest
from kit.exchanges import Pieces, make_exchange, make_response
from kit.http_wasm import (
    GOES_ON,
    REQUEST,
    RESPONSE,
    ROOM,
    Strings,
    echoed,
    enabling,
    guest,
    handled,
    http_wasm_filter,
    room,
    shown,
    uploading,
    whole,
)

from proxy.chain import Chain, Step
from proxy.errors import BodyTooLarge, FilterBodyTooLarge, ProxyError

# -- bodies over the limit


READ_ALL = echoed(kind=RESPONSE, limit=8)
COUNT_ALL = f"""
    (local.set $got (call $read_body {RESPONSE} {room()}))
    (i32.store8 (i32.const {ROOM}) (i32.add (i32.const 48) (i32.wrap_i64 (local.get $got))))
    """


async def test_a_response_over_the_limit_is_an_error() -> None:
    with pytest.raises(FilterBodyTooLarge) as caught:
        await handled(
            guest(Strings(), on_response=READ_ALL, start=enabling(2)),
            response=make_response(body=Pieces(b"12345", b"6789")),
            body_bytes=8,
        )
    assert caught.value.status == 502


@pytest.mark.parametrize(("on_body_overflow", "seen"), [("skip", "0"), ("truncate", "8")])
async def test_a_response_over_the_limit_goes_on_past_the_guest(on_body_overflow: str, seen: str) -> None:
    strings = Strings()
    tell = COUNT_ALL + f"(call $set_header_value {RESPONSE} {strings('x-seen')} {room(1)})"
    answer = await handled(
        guest(strings, on_response=tell, start=enabling(2)),
        response=make_response(body=Pieces(b"12345", b"6789", b"abc")),
        body_bytes=8,
        on_body_overflow=on_body_overflow,
    )
    assert answer.headers["x-seen"] == seen
    assert await whole(answer.body) == b"123456789abc"


@pytest.mark.parametrize("on_body_overflow", ["skip", "truncate"])
async def test_a_guest_may_replace_a_response_over_the_limit(on_body_overflow: str) -> None:
    strings = Strings()
    body = Pieces(b"12345", b"6789", b"abc")
    exchange = make_exchange()
    answer = await handled(
        guest(strings, on_response=f"(call $write_body {RESPONSE} {strings('short')})", start=enabling(2)),
        response=make_response(body=body),
        exchange=exchange,
        body_bytes=8,
        on_body_overflow=on_body_overflow,
    )
    assert answer.body == b"short"
    assert await body.read() == b"", "the origin's is discarded"


async def test_a_guest_that_fails_with_a_body_in_its_hands_cannot_be_passed_over() -> None:
    filter = http_wasm_filter(
        guest(Strings(), on_response="unreachable", start=enabling(2)), body_bytes=8, on_body_overflow="skip"
    )
    chain = Chain([Step(filter, on_error="open")])
    exchange = make_exchange()
    await chain.request(exchange)
    with pytest.raises(ProxyError):
        await chain.response(exchange, make_response(body=Pieces(b"12345", b"6789")))
    filter.close()


@pytest.mark.parametrize("length", [None, 9])
async def test_a_buffered_request_over_the_limit_is_refused(length: int | None) -> None:
    wat = guest(Strings(), echoed(kind=REQUEST, limit=4) + GOES_ON, start=enabling(1))
    with pytest.raises(BodyTooLarge):
        await handled(wat, response=make_response(), exchange=uploading(b"12345", b"6789", length=length), body_bytes=8)


@pytest.mark.parametrize(("on_body_overflow", "seen"), [("skip", b""), ("truncate", b"12345678")])
@pytest.mark.parametrize("length", [None, 12])
async def test_a_buffered_request_over_the_limit_goes_on_past_the_guest(
    on_body_overflow: str, seen: bytes, length: int | None
) -> None:
    exchange = uploading(b"12345", b"6789", b"abc", length=length)
    wat = guest(Strings(), echoed(kind=REQUEST, limit=4) + GOES_ON, start=enabling(1))
    answer = await handled(
        wat, response=make_response(), exchange=exchange, body_bytes=8, on_body_overflow=on_body_overflow
    )
    assert answer.body == seen
    assert await whole(exchange.request.body) == b"123456789abc"


async def test_a_request_that_is_not_buffered_has_no_limit() -> None:
    exchange = uploading(b"12345", b"6789", b"abc")
    count = f"""
        (loop $next
            (local.set $got (call $read_body {REQUEST} (i32.const {ROOM}) (i32.const 5)))
            (br_if $next (i64.eqz (i64.shr_u (local.get $got) (i64.const 32)))))
        """
    await handled(guest(Strings(), count + GOES_ON), response=make_response(), exchange=exchange, body_bytes=4)
    assert exchange.request.body == b""


async def test_a_buffered_request_can_be_read_after_next_as_far_as_it_went() -> None:
    exchange = uploading(b"hello", b" world")
    strings = Strings()
    read = shown(strings, "x-seen", f"(i32.wrap_i64 (call $read_body {REQUEST} {room()}))")
    filter = http_wasm_filter(guest(strings, on_response=read, start=enabling(1, 2)))
    chain = Chain([Step(filter)])
    await chain.request(exchange)
    assert await whole(exchange.request.body) == b"hello world"
    answer = await chain.response(exchange, make_response())
    assert answer.headers["x-seen"] == "hello world"
    filter.close()
