"""Exchanges in a guest: what handle_response may change, and how a stay ends."""

import asyncio

import pytest
from kit import eventually
from kit.exchanges import Pieces, make_exchange, make_response, run
from kit.http_wasm import (
    ANSWERS,
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
from proxy.errors import ClientGone, FilterError, GuestTimeout, GuestTrap, ProxyError
from proxy.exchange import Client, Exchange
from proxy.filter import Filter
from proxy.messages import Headers, Request, Response
from proxy.metrics import Registry
from wasm_host.abi.http_wasm.filter import HttpWasmFilter

# -- handle_response


IS_ERROR = "(i32.store8 (i32.const 4096) (i32.add (i32.const 48) (local.get $is_error)))"


async def test_the_context_comes_back() -> None:
    strings = Strings()
    tell = f"""
        (i32.store8 (i32.const {ROOM}) (local.get $context))
        (call $set_header_value {RESPONSE} {strings("x-context")} {room(1)})
        """
    wat = guest(strings, "(i64.const 0x4100000001)", tell, start=enabling(2))
    assert (await handled(wat, response=make_response())).headers["x-context"] == "A"


async def test_any_number_but_zero_goes_on() -> None:
    answer = await handled(guest(Strings(), "(i64.const 0x80000000)"), response=make_response(201))
    assert answer.status == 201
    answer = await handled(guest(Strings(), "(i64.const 0x100000000)", "unreachable"), response=make_response(201))
    assert answer.status == 200


async def test_a_buffered_response_can_be_changed_in_every_part() -> None:
    strings = Strings()
    change = f"""
        (if (i32.ne (call $get_status_code) (i32.const 404)) (then unreachable))
        (call $set_status_code (i32.const 200))
        (call $set_header_value {RESPONSE} {strings("a")} {strings("2")})
        (call $add_header_value {RESPONSE} {strings("a")} {strings("3")})
        (call $remove_header {RESPONSE} {strings("b")})
        (call $write_body {RESPONSE} {strings("new ")})
        (call $write_body {RESPONSE} {strings("body")})
        """
    response = make_response(404, [("A", "1"), ("B", "1")], Pieces(b"old", b"body"))
    answer = await handled(guest(strings, on_response=change, start=enabling(2)), response=response)
    assert (answer.status, answer.body) == (200, b"new body")
    assert [(name.lower(), value) for name, value in answer.headers.items()] == [("a", "2"), ("a", "3")]


async def test_a_buffered_response_can_be_read_and_goes_on() -> None:
    strings = Strings()
    read = shown(strings, "x-seen", f"(i32.wrap_i64 (call $read_body {RESPONSE} {room()}))")
    wat = guest(strings, on_response=read, start=enabling(2))
    answer = await handled(wat, response=make_response(body=Pieces(b"hel", b"lo")))
    assert answer.headers["x-seen"] == "hello"
    assert answer.body == b"hello"


async def test_what_was_written_before_next_is_read_and_overwritten_as_part_of_the_body() -> None:
    strings = Strings()
    wat = guest(
        strings,
        f"(call $write_body {RESPONSE} {strings('a')}) {GOES_ON}",
        echoed(kind=RESPONSE, limit=2),
        start=enabling(2),
    )
    answer = await handled(wat, response=make_response(body=b"bc"))
    assert answer.body == b"abc"


async def test_writing_nothing_empties_the_response() -> None:
    strings = Strings()
    wat = guest(strings, on_response=f"(call $write_body {RESPONSE} {strings('')})", start=enabling(2))
    assert (await handled(wat, response=make_response(body=b"bc"))).body == b""


async def test_a_body_written_for_head_is_only_measured() -> None:
    strings = Strings()
    wat = guest(strings, on_response=f"(call $write_body {RESPONSE} {strings('four')})", start=enabling(2))
    response = make_response()
    response.content_length = 100
    answer = await handled(wat, response=response, exchange=make_exchange("HEAD"))
    assert (answer.body, answer.content_length) == (b"four", None)


async def test_an_unbuffered_response_is_not_held() -> None:
    body = Pieces(b"a", b"b")
    answer = await handled(guest(Strings()), response=make_response(body=body))
    assert answer.body is body


async def test_the_guest_hears_of_answers_made_here() -> None:
    strings = Strings()
    tell = f"""
        (i32.store8 (i32.const {ROOM}) (i32.add (i32.const 48) (local.get $is_error)))
        (call $set_header_value {RESPONSE} {strings("x-error")} {room(1)})
        """
    wat = guest(strings, on_response=tell, start=enabling(2))
    exchange = make_exchange()
    assert (await handled(wat, response=make_response(), exchange=exchange)).headers["x-error"] == "0"
    exchange = make_exchange()
    exchange.answered_by = "proxy"
    assert (await handled(wat, response=make_response(502), exchange=exchange)).headers["x-error"] == "1"


async def test_a_failure_keeps_its_status_and_body() -> None:
    strings = Strings()
    early = f"""
        (call $set_status_code (i32.const 202))
        (call $write_body {RESPONSE} {strings("fine")})
        (call $set_header_value {RESPONSE} {strings("x-early")} {strings("1")})
        """
    exchange = make_exchange()
    exchange.answered_by = "proxy"
    answer = await handled(
        guest(strings, early + GOES_ON), response=make_response(502, body=b"error"), exchange=exchange
    )
    assert (answer.status, answer.body, answer.headers.get("x-early")) == (502, b"error", "1")


class Upper(Filter):
    """Spells bodies in capitals."""

    def on_response_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes:
        return chunk.upper()


async def test_a_guest_sees_the_body_as_later_filters_left_it() -> None:
    strings = Strings()
    read = shown(strings, "x-seen", f"(i32.wrap_i64 (call $read_body {RESPONSE} {room()}))")
    filter = http_wasm_filter(guest(strings, on_response=read, start=enabling(2)))
    answer = await run(make_exchange(), make_response(body=Pieces(b"hel", b"lo")), filter, Upper())
    assert answer.headers["x-seen"] == "HELLO"
    assert answer.body == b"HELLO"
    filter.close()


# -- failures


async def test_a_guest_that_fails_is_replaced() -> None:
    registry = Registry()
    filter = http_wasm_filter(guest(Strings(), "unreachable"), registry)
    for _ in range(2):
        with pytest.raises(GuestTrap):
            await run(make_exchange(), make_response(), filter)
    assert registry.wasm_traps.child("it", "unreachable").value == 2
    assert registry.wasm_instances.child("it").value == 0


async def test_a_guest_that_fails_in_handle_response_is_replaced() -> None:
    registry = Registry()
    filter = http_wasm_filter(guest(Strings(), on_response="unreachable"), registry)
    with pytest.raises(GuestTrap):
        await run(make_exchange(), make_response(), filter)
    assert registry.wasm_instances.child("it").value == 0


async def test_a_failed_guest_is_not_asked_about_the_error_page() -> None:
    filter = http_wasm_filter(guest(Strings(), "unreachable", "unreachable"))
    chain, exchange = Chain([Step(filter)]), make_exchange()
    with pytest.raises(GuestTrap):
        await chain.request(exchange)
    response = make_response(500)
    assert await chain.response(exchange, response) is response
    chain.complete(exchange)


async def test_a_guest_that_spins_is_stopped() -> None:
    with pytest.raises(GuestTimeout):
        await handled(
            guest(Strings(), "(loop $again (br $again)) unreachable"), response=make_response(), call_time_s=0.02
        )


async def test_all_calls_of_one_exchange_have_a_limit() -> None:
    work = """
        (local.set $n (i32.const 10000000))
        (loop $again (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        """
    with pytest.raises(GuestTimeout):
        await handled(
            guest(Strings(), work + GOES_ON, "(loop $again (br $again))"),
            response=make_response(),
            call_time_s=5.0,
            request_time_s=0.05,
        )


async def test_a_client_that_leaves_while_its_body_is_read_is_not_the_guests_fault() -> None:
    class Broken(Pieces):
        async def read(self) -> bytes:
            raise ClientGone("gone")

    registry = Registry()
    filter = http_wasm_filter(guest(Strings(), echoed(kind=REQUEST, limit=4) + GOES_ON), registry)
    exchange = Exchange(Request("POST", "/", body=Broken()), Client("192.0.2.1", 1, "public"))
    chain = Chain([Step(filter)])
    with pytest.raises(ClientGone):
        await chain.request(exchange)
    chain.complete(exchange)
    assert registry.wasm_traps.child("it", "client_gone").value == 0
    assert registry.wasm_instances.child("it").value == 0, "but it stopped in mid-call"


async def test_a_failure_that_is_passed_over_leaves_a_buffered_body_whole() -> None:
    read = f"(drop (call $read_body {REQUEST} {room(3)}))"
    strings = Strings()
    filter = http_wasm_filter(
        guest(strings, read + f"(call $write_body {REQUEST} {strings('x')}) unreachable", start=enabling(1))
    )
    exchange = uploading(b"hello", b" world")
    assert await Chain([Step(filter, on_error="open")]).request(exchange) is None
    assert await whole(exchange.request.body) == b"hello world"


async def test_a_failure_with_a_body_half_read_is_not_passed_over() -> None:
    read = f"(drop (call $read_body {REQUEST} {room(3)}))"
    filter = http_wasm_filter(guest(Strings(), read + "unreachable"))
    with pytest.raises(ProxyError) as caught:
        await Chain([Step(filter, on_error="open")]).request(uploading(b"hello", b" world"))
    assert not isinstance(caught.value, FilterError)


# -- the stay


def counting(strings: Strings) -> str:
    """A guest that tells how often it was called."""
    return f"""
        (global.set $count (i32.add (global.get $count) (i32.const 1)))
        (i32.store8 (i32.const {ROOM}) (i32.add (i32.const 48) (global.get $count)))
        (call $set_header_value {RESPONSE} {strings("x-count")} {room(1)})
        """


async def count(filter: HttpWasmFilter) -> str:
    return (await run(make_exchange(), make_response(), filter)).headers["x-count"]


async def test_a_guest_serves_one_exchange_after_the_other() -> None:
    strings = Strings()
    filter = http_wasm_filter(guest(strings, counting(strings) + GOES_ON))
    assert [await count(filter) for _ in range(3)] == ["1", "2", "3"]
    filter.close()


async def test_a_guest_that_answers_itself_is_free_at_once() -> None:
    strings = Strings()
    filter = http_wasm_filter(guest(strings, counting(strings) + ANSWERS))
    chain, exchange = Chain([Step(filter)]), make_exchange()
    await chain.request(exchange)
    assert await count(filter) == "2"
    filter.close()


async def test_a_guest_belongs_to_one_exchange_until_its_response_is_over() -> None:
    strings = Strings()
    registry = Registry()
    filter = http_wasm_filter(guest(strings, counting(strings) + GOES_ON), registry)
    chain, first = Chain([Step(filter)]), make_exchange()
    await chain.request(first)
    assert await count(filter) == "1", "another guest"
    assert registry.wasm_instances.child("it").value == 2
    assert (await chain.response(first, make_response())).headers["x-count"] == "1"
    filter.close()
    assert registry.wasm_instances.child("it").value == 0


async def test_a_guest_hears_of_an_exchange_that_ends_before_its_response() -> None:
    strings = Strings()
    registry = Registry()
    tell = "(if (i32.eqz (local.get $is_error)) (then unreachable)) (global.set $count (i32.const 6))"
    filter = http_wasm_filter(guest(strings, counting(strings) + GOES_ON, tell), registry)
    chain, exchange = Chain([Step(filter)]), make_exchange()
    await chain.request(exchange)
    chain.complete(exchange)
    assert await eventually(lambda: len(asyncio.all_tasks()) == 1)
    answer = await chain.request(exchange := make_exchange())
    assert answer is None
    assert registry.wasm_instances.child("it").value == 1
    exchange.answered_by = "proxy"
    assert (await chain.response(exchange, make_response())).headers["x-count"] == "7"
    filter.close()


async def test_an_exchange_that_is_cancelled_while_its_body_is_held_frees_its_guest() -> None:
    class Slow(Pieces):
        async def read(self) -> bytes:
            await asyncio.sleep(3600)
            return b""

    registry = Registry()
    filter = http_wasm_filter(guest(Strings(), start=enabling(2)), registry)
    chain, exchange = Chain([Step(filter)]), make_exchange()
    await chain.request(exchange)
    task = asyncio.ensure_future(chain.response(exchange, Response(200, Headers(), Slow())))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    chain.complete(exchange)
    assert await eventually(lambda: len(asyncio.all_tasks()) == 1)
    assert registry.wasm_instances.child("it").value == 1
    await run(make_exchange(), make_response(), filter)
    assert registry.wasm_instances.child("it").value == 1, "the same serves on"
    filter.close()
