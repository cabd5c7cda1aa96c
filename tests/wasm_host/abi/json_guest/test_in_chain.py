"""json guests in a chain, and where a route ends: who may pass, and what a failure lets through."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest
import wasmtime
from kit import FakeOrigin, Proxy, answering
from kit.json_guests import ECHO, narrow, packed
from kit.json_guests import answering as saying


def whole(origin: str, module: str, **function: Any) -> str:
    return json.dumps(
        {
            "version": 1,
            "listeners": [{"name": "one", "address": "127.0.0.1:0"}],
            "functions": {"named": {"it": {"module": module, "limits": {"cpu": "1s"}, **function}}},
            "upstreams": {"api": {"endpoints": [origin]}},
            "routes": [
                {"name": "end", "match": {"path": {"prefix": "/end"}}, "function": "it"},
                {"name": "all", "filters": [{"type": "function", "function": "it"}], "upstream": "api"},
            ],
        }
    )


def written(directory: pathlib.Path, wat: str) -> str:
    (directory / "it.wasm").write_bytes(wasmtime.wat2wasm(f"(module {wat})"))
    return "it.wasm"


@pytest.mark.parametrize(
    ("wat", "status"),
    [
        (narrow("(i32.const 1)", name="validate_login"), 200),
        (narrow("(i32.const 0)", name="validate_login"), 403),
        (narrow("(i32.const 2)", name="validate_login"), 500),
        (narrow("unreachable", name="validate_login"), 500),
    ],
    ids=["yes", "no", "neither", "traps"],
)
async def test_a_decision_stands_before_the_origin(tmp_path: pathlib.Path, wat: str, status: int) -> None:
    async with FakeOrigin(answering()) as origin:
        text = whole(origin.address, written(tmp_path, wat), entry="validate_login", form="call")
        async with Proxy(text, directory=tmp_path) as proxy:
            client = await proxy.connect()
            await client.send(b"POST /login HTTP/1.1\r\nHost: example.test\r\nContent-Length: 2\r\n\r\nhi")
            await client.expect_response(status)
            assert (b"POST /login" in origin.recorded) == (status == 200)


async def test_a_body_that_was_judged_reaches_the_origin(tmp_path: pathlib.Path) -> None:
    async with FakeOrigin() as origin:
        text = whole(origin.address, written(tmp_path, narrow("(i32.const 1)")))
        async with Proxy(text, directory=tmp_path) as proxy:
            client = await proxy.connect()
            await client.send(b"POST / HTTP/1.1\r\nHost: example.test\r\nContent-Length: 5\r\n\r\nhello")
            await (await origin.accept()).expect_request("POST", body=b"hello")


async def test_an_answer_comes_in_the_origins_place(tmp_path: pathlib.Path) -> None:
    async with FakeOrigin() as origin:
        text = whole(
            origin.address, written(tmp_path, saying({"status": 202, "headers": {"X-By": "it"}, "body": "hi"}))
        )
        async with Proxy(text, directory=tmp_path) as proxy:
            client = await proxy.connect()
            for path in (b"/", b"/end"):
                await client.send(b"GET %b HTTP/1.1\r\nHost: example.test\r\n\r\n" % path)
                response = await client.expect_response(202, body=b"hi")
                assert response.get("x-by") == "it"


async def test_older_modules_get_the_body_alone(tmp_path: pathlib.Path) -> None:
    text = whole("127.0.0.1:9", written(tmp_path, packed(ECHO)), input="body")
    async with Proxy(text, directory=tmp_path) as proxy:
        client = await proxy.connect()
        await client.send(b'POST /end HTTP/1.1\r\nHost: a.test\r\nContent-Length: 12\r\n\r\n{"name":"X"}')
        await client.expect_response(200, body=b'{"name":"X"}')
        await client.send(b"POST /end HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nhello")
        await client.expect_response(400)
