"""Functions behind a listener, as clients and origins meet them."""

from __future__ import annotations

import asyncio
import json
import pathlib
from collections.abc import Mapping
from typing import Any

import pytest
import wasmtime
from kit.edge import OK, Strings, guest
from kit.origin import FakeOrigin
from kit.proxy import Proxy
from kit.wire import eventually


def proxy(directory: pathlib.Path, wat: str, named: Mapping[str, Any] | None = None, **route: Any) -> Proxy:
    """Serve a function at every path; `route` takes the place of its end."""
    (directory / "it.wasm").write_bytes(wasmtime.wat2wasm(f"(module {wat})"))
    configuration = {
        "version": 1,
        "listeners": [{"name": "test", "address": "127.0.0.1:0"}],
        "functions": {"named": {"hello": {"module": "it.wasm", **(named or {})}}},
        "routes": [{"name": "all", **({"function": "hello"} | route)}],
    }
    if "upstream" in route:
        configuration["upstreams"] = {"origin": {"endpoints": [{"address": route["upstream"]}]}}
        configuration["routes"] = [{"name": "all", **route, "upstream": "origin"}]
    return Proxy(json.dumps(configuration), directory=directory)


def setting(strings: Strings, *, status: int = 200, body: str = "", **fields: str) -> str:
    lines = [
        f"(drop (call $response_set_header {strings(name.replace('_', '-'))} {strings(value)}))"
        for name, value in fields.items()
    ]
    return f"""(drop (call $response_set_status (i32.const {status}))) {" ".join(lines)}
        (drop (call $response_set_body {strings(body)}))"""


async def test_a_function_answers_a_client_and_the_next_request_too(tmp_path: pathlib.Path) -> None:
    strings = Strings()
    code = setting(strings, status=201, body="made", x_by="function") + OK
    async with proxy(tmp_path, guest(code, strings)) as served:
        wire = await served.connect()
        for _ in range(3):
            await wire.send(b"GET / HTTP/1.1\r\nHost: example.test\r\n\r\n")
            response = await wire.expect_response(201, body=b"made")
            assert response.get("x-by") == "function"


async def test_a_length_that_a_function_claims_is_not_believed(tmp_path: pathlib.Path) -> None:
    strings = Strings()
    code = setting(strings, body="four", Content_Length="4000", Transfer_Encoding="chunked") + OK
    async with proxy(tmp_path, guest(code, strings)) as served:
        wire = await served.connect()
        await wire.send(b"GET / HTTP/1.1\r\nHost: example.test\r\n\r\n")
        response = await wire.expect_response(200, body=b"four")
        assert (response.get("content-length"), response.get("transfer-encoding")) == ("4", None)


async def test_head_is_told_the_length_and_gets_no_body(tmp_path: pathlib.Path) -> None:
    strings = Strings()
    async with proxy(tmp_path, guest(setting(strings, body="four") + OK, strings)) as served:
        wire = await served.connect()
        await wire.send(b"HEAD / HTTP/1.1\r\nHost: example.test\r\n\r\n")
        response = await wire.expect_response(200, to="HEAD")
        assert response.get("content-length") == "4"
        await wire.send(b"GET / HTTP/1.1\r\nHost: example.test\r\n\r\n")
        await wire.expect_response(200, body=b"four")


@pytest.mark.parametrize("status", [204, 304])
async def test_an_answer_without_a_body_ends_where_it_should(tmp_path: pathlib.Path, status: int) -> None:
    strings = Strings()
    async with proxy(tmp_path, guest(setting(strings, status=status, body="none") + OK, strings)) as served:
        wire = await served.connect()
        for _ in range(2):
            await wire.send(b"GET / HTTP/1.1\r\nHost: example.test\r\n\r\n")
            await wire.expect_response(status, body=b"")


async def test_a_trap_is_a_500_that_tells_nothing(tmp_path: pathlib.Path) -> None:
    async with proxy(tmp_path, guest("unreachable")) as served:
        wire = await served.connect()
        for _ in range(2):
            await wire.send(b"GET / HTTP/1.1\r\nHost: example.test\r\n\r\n")
            response = await wire.expect_response(500)
            assert b"unreachable" not in response.body


async def test_who_calls_too_often_is_told_when_to_come_back(tmp_path: pathlib.Path) -> None:
    async with proxy(tmp_path, guest(OK), {"limits": {"rate": 1}}) as served:
        wire = await served.connect()
        await wire.send(b"GET / HTTP/1.1\r\nHost: example.test\r\n\r\n" * 2)
        await wire.expect_response(200)
        response = await wire.expect_response(429)
        assert response.get("retry-after") == "1"


async def test_an_upload_is_read_and_sent_back(tmp_path: pathlib.Path) -> None:
    async with proxy(tmp_path, guest(f"(drop (call $request_get_body)) {OK}")) as served:
        wire = await served.connect()
        await wire.send(b"POST / HTTP/1.1\r\nHost: example.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        await asyncio.sleep(0)
        await wire.send(b"7\r\n second\r\n0\r\n\r\n")
        await wire.expect_response(200, body=b"first second")


async def test_an_upload_that_is_too_large_is_refused(tmp_path: pathlib.Path) -> None:
    wat = guest(f"(drop (call $request_get_body)) {OK}")
    async with proxy(tmp_path, wat, {"limits": {"request": "10B"}}) as served:
        wire = await served.connect()
        await wire.send(b"POST / HTTP/1.1\r\nHost: example.test\r\nContent-Length: 11\r\n\r\nhello world")
        await wire.expect_response(413)


async def test_a_client_that_leaves_while_the_function_waits_frees_it(tmp_path: pathlib.Path) -> None:
    async with proxy(tmp_path, guest(f"(drop (call $request_get_body)) {OK}")) as served:
        running = served.registry.functions_running.child("hello")
        for _ in range(20):
            wire = await served.connect()
            await wire.send(b"POST / HTTP/1.1\r\nHost: example.test\r\nContent-Length: 10\r\n\r\nhalf")
            assert await eventually(lambda: running.value == 1)
            wire.reset()
            assert await eventually(lambda: not running.value)


async def test_in_a_chain_a_function_lets_an_upload_through_whole(tmp_path: pathlib.Path) -> None:
    strings = Strings()
    code = f"""(drop (call $request_get_body))
        (drop (call $response_set_header {strings("x-seen")} {strings("yes")})) {OK}"""
    async with FakeOrigin() as origin:
        filters = [{"type": "function", "function": "hello"}]
        async with proxy(tmp_path, guest(code, strings), filters=filters, upstream=origin.address) as served:
            wire = await served.connect()
            await wire.send(b"POST /x HTTP/1.1\r\nHost: example.test\r\nContent-Length: 6\r\n\r\nupload")
            behind = await origin.accept()
            await behind.expect_request("POST", "/x", body=b"upload")
            await behind.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-Seen: no\r\n\r\ndone")
            response = await wire.expect_response(200, body=b"done")
            assert response.get("x-seen") == "yes"


async def test_in_a_chain_a_trap_lets_nobody_through(tmp_path: pathlib.Path) -> None:
    async with FakeOrigin() as origin:
        filters = [{"type": "function", "function": "hello"}]
        async with proxy(tmp_path, guest("unreachable"), filters=filters, upstream=origin.address) as served:
            wire = await served.connect()
            await wire.send(b"GET / HTTP/1.1\r\nHost: example.test\r\n\r\n")
            await wire.expect_response(500)
