"""http-wasm guests in a running proxy: streams, failures, keep-alive, and the configuration that names them."""

import pathlib
from typing import Any

import wasmtime
from kit import FakeOrigin, Proxy, answering, eventually, in_front_of
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
    http_wasm_filter,
    room,
    shown,
)

from proxy.chain import Chain, Step
from proxy.metrics import Registry

GET = b"GET / HTTP/1.1\r\nHost: example.test\r\n\r\n"


def post(size: int) -> bytes:
    return b"POST / HTTP/1.1\r\nHost: example.test\r\nContent-Length: %d\r\n\r\n" % size


async def test_the_chain_runs_without_a_task() -> None:
    assert Chain([Step(http_wasm_filter(guest(Strings())))]).plain


async def test_a_guest_waits_for_a_slow_body_while_others_are_served() -> None:
    strings = Strings()
    wat = guest(strings, echoed(kind=REQUEST, limit=4096) + ANSWERS)
    filter = http_wasm_filter(wat)
    async with Proxy(in_front_of("127.0.0.1:1"), filters=[filter]) as proxy:
        slow, quick = await proxy.connect(), await proxy.connect()
        await slow.send(post(10) + b"hello")
        await quick.send(post(4) + b"fast")
        await quick.expect_response(200, body=b"fast")
        await slow.send(b"world")
        await slow.expect_response(200, body=b"helloworld")
    filter.close()


async def test_a_buffered_upload_reaches_the_origin_whole() -> None:
    filter = http_wasm_filter(
        guest(Strings(), f"(drop (call $read_body {REQUEST} {room(3)})) {GOES_ON}", start=enabling(1))
    )
    async with FakeOrigin() as origin, Proxy(in_front_of(origin), filters=[filter]) as proxy:
        client = await proxy.connect()
        await client.send(post(10) + b"hello")
        upstream = await origin.accept()
        await client.send(b"world")
        request = await upstream.expect_request("POST", body=b"helloworld")
        assert ("Content-Length", "10") in request.fields
        await upstream.send(b"HTTP/1.1 204 No Content\r\n\r\n")
        await client.expect_response(204)
    filter.close()


async def test_a_client_that_leaves_in_mid_body_costs_one_guest() -> None:
    registry = Registry()
    filter = http_wasm_filter(guest(Strings(), echoed(kind=REQUEST, limit=4096) + ANSWERS), registry)
    alive = registry.wasm_instances.child("it")
    async with Proxy(in_front_of("127.0.0.1:1"), filters=[filter]) as proxy:
        client = await proxy.connect()
        await client.send(post(10) + b"hello")
        assert await eventually(lambda: alive.value == 1)
        client.reset()
        assert await eventually(lambda: alive.value == 0)
        again = await proxy.connect()
        await again.send(post(2) + b"hi")
        await again.expect_response(200, body=b"hi")
    filter.close()


async def test_an_origin_that_cannot_be_reached_is_an_error_to_the_guest() -> None:
    strings = Strings()
    tell = f"""
        (i32.store8 (i32.const {ROOM}) (i32.add (i32.const 48) (local.get $is_error)))
        (call $set_header_value {RESPONSE} {strings("x-error")} {room(1)})
        """
    filter = http_wasm_filter(guest(strings, GOES_ON, tell, start=enabling(2)))
    async with Proxy(in_front_of("127.0.0.1:1"), filters=[filter]) as proxy:
        client = await proxy.connect()
        await client.send(GET)
        answer = await client.expect_response(502)
        assert ("x-error", "1") in answer.fields
    filter.close()


async def test_a_trap_is_a_plain_500_and_the_connection_goes_on() -> None:
    trap = f"""
        (drop (call $get_method {room()}))
        (if (i32.eq (i32.load8_u (i32.const {ROOM})) (i32.const 80)) (then unreachable))
        """
    filter = http_wasm_filter(guest(Strings(), trap + GOES_ON))
    async with FakeOrigin(answering()) as origin, Proxy(in_front_of(origin), filters=[filter]) as proxy:
        client = await proxy.connect()
        await client.send(post(0))
        answer = await client.expect_response(500)
        assert b"unreachable" not in answer.body
        await client.send(GET)
        await client.expect_response(200, body=b"ok")
    filter.close()


async def test_a_streamed_response_goes_on_as_it_comes_unless_it_is_buffered() -> None:
    filter = http_wasm_filter(guest(Strings()))
    async with FakeOrigin() as origin, Proxy(in_front_of(origin), filters=[filter]) as proxy:
        client = await proxy.connect()
        await client.send(GET)
        upstream = await origin.accept()
        await upstream.expect_request()
        await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab")
        await client.expect_until(b"ab")
        await upstream.send(b"cd")
        await client.expect(b"cd")
    filter.close()


async def test_a_rewritten_response_has_its_new_length() -> None:
    strings = Strings()
    rewrite = f"(call $write_body {RESPONSE} {strings('new')}) (call $set_status_code (i32.const 203))"
    filter = http_wasm_filter(guest(strings, on_response=rewrite, start=enabling(2)))
    async with FakeOrigin() as origin, Proxy(in_front_of(origin), filters=[filter]) as proxy:
        client = await proxy.connect()
        await client.send(GET)
        upstream = await origin.accept()
        await upstream.expect_request()
        await upstream.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nold\r\n")
        await client.expect_nothing(0.05)
        await upstream.send(b"0\r\n\r\n")
        answer = await client.expect_response(203, body=b"new")
        assert ("Content-Length", "3") in answer.fields
    filter.close()


async def test_the_configuration_names_a_module_and_what_it_is_given(tmp_path: pathlib.Path) -> None:
    strings = Strings()
    wat = guest(strings, shown(strings, "x-config", f"(call $get_config {room()})") + ANSWERS)
    (tmp_path / "guest.wasm").write_bytes(wasmtime.wat2wasm(f"(module {wat})"))
    filters: dict[str, Any] = {"it": {"type": "wasm", "module": "guest.wasm", "config": {"colour": "blue"}}}
    text = in_front_of("127.0.0.1:1", route={"filters": ["it"]}, filters=filters)
    async with Proxy(text, directory=tmp_path) as proxy:
        client = await proxy.connect()
        await client.send(GET)
        answer = await client.expect_response(200)
        assert ("x-config", '{"colour":"blue"}') in answer.fields
