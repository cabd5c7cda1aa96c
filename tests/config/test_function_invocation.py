"""Calls of functions for the admin."""

from __future__ import annotations

import base64
import pathlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
import wasmtime
from kit.edge import OK, guest
from kit.function_site import FunctionSite
from kit.http_wasm import Strings

from config.function_invocation import invoked
from proxy.errors import FunctionFailed


@pytest.fixture
async def site(tmp_path: pathlib.Path) -> AsyncIterator[FunctionSite]:
    site = FunctionSite(tmp_path)
    yield site
    await site.close()


async def told(site: FunctionSite, code: str, strings: Strings, **asked: Any) -> dict[str, Any]:
    site.deploy("hello", "", wasm=bytes(wasmtime.wat2wasm(f"(module {guest(code, strings)})")))
    functions = await site.turn()
    request = {"method": "POST", "uri": "/a%20b?c=d", "headers": [["X-A", "b"]], "body": "", **asked}
    return await invoked(functions.catalogue, "hello", request, "public")


@pytest.mark.parametrize(
    ("getter", "seen"),
    [("request_get_method", b"POST"), ("request_get_uri", b"/a%20b?c=d"), ("request_get_body", b"said")],
)
async def test_a_function_gets_the_request_that_was_described(site: FunctionSite, getter: str, seen: bytes) -> None:
    body = base64.b64encode(b"said").decode()
    answer = await told(site, f"(drop (call ${getter})) {OK}", Strings(), body=body)
    assert (answer["status"], base64.b64decode(answer["body"])) == (200, seen)
    assert answer["duration_ms"] >= 0


async def test_its_status_and_fields_are_told(site: FunctionSite) -> None:
    strings = Strings()
    field = f"(drop (call $response_add_header {strings('x-b')} {strings('c')}))"
    answer = await told(site, f"(drop (call $response_set_status (i32.const 404))) {field} {OK}", strings)
    assert (answer["status"], answer["headers"]) == (404, [["x-b", "c"]])


async def test_a_function_that_fails_is_an_error(site: FunctionSite) -> None:
    with pytest.raises(FunctionFailed):
        await told(site, "(i32.const 1)", Strings())
