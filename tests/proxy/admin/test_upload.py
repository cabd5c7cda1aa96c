"""What is sent to be deployed, over real HTTP."""

from __future__ import annotations

import asyncio
import io
import json
import pathlib
import tempfile
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.admin import Visitor, visiting

from proxy.admin import upload

DEPLOY = "/api/v1/edge/deploy"
META = {"name": "hello"}
SIGNATURE = {"key": "ci", "value": "AAAA"}


def form(**parts: str | bytes) -> aiohttp.FormData:
    made = aiohttp.FormData(default_to_multipart=True)
    for name, content in parts.items():
        value: Any = io.BytesIO(content) if isinstance(content, bytes) else content
        made.add_field(name, value, **({"filename": "hello.wasm"} if isinstance(content, bytes) else {}))
    return made


async def deployed(visitor: Visitor, data: Any, kind: str | None = None) -> tuple[int, Any]:
    return await visitor.json(DEPLOY, {"Content-Type": kind} if kind else None, method="POST", data=data)


@pytest.mark.parametrize("module", [b"\0asm", b"", bytes(range(256)) * 4096, b"\r\n--\r\n"])
async def test_a_form_brings_metadata_and_the_module(visitor: Visitor, module: bytes) -> None:
    assert (await deployed(visitor, form(function=json.dumps(META), wasm=module)))[0] == 200
    assert visitor.desk.asked == [("deploy", META, module, "loopback")]


async def test_the_signature_may_be_a_part(visitor: Visitor) -> None:
    await deployed(visitor, form(function=json.dumps(META), wasm=b"x", signature=json.dumps(SIGNATURE)))
    assert visitor.desk.asked[0][1] == {**META, "signature": SIGNATURE}


async def test_metadata_may_say_where_the_module_is(visitor: Visitor) -> None:
    told = {**META, "source": {"url": "https://b.example/x?token=abc", "sha256": "00"}}
    assert (await deployed(visitor, json.dumps(told), "application/json"))[0] == 200
    assert visitor.desk.asked == [("deploy", told, None, "loopback")]
    assert visitor.lines()[0]["order"] == {"function": "hello", "url": "https://b.example/x?…", "version": "v2"}


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"function": "{}"}, "the form has no part wasm; send function, which is JSON, and wasm, the module"),
        ({"wasm": b"x"}, "the form has no part function; send function, which is JSON, and wasm, the module"),
        ({"function": "{", "wasm": b"x"}, "function is not JSON: "),
        ({"function": "[" * 100_000, "wasm": b"x"}, "function is not JSON: "),
        ({"function": "[]", "wasm": b"x"}, "function is no JSON object; write {…}"),
        ({"function": "{}", "wasm": b"x", "more": "y"}, "the form has a part 'more'; send function, wasm, and"),
        ({"function": '{"signature": {}}', "wasm": b"x", "signature": "{}"}, "there are two signatures"),
    ],
)
async def test_a_form_that_lacks_something_is_told_what(visitor: Visitor, parts: Any, says: str) -> None:
    status, body = await deployed(visitor, form(**parts))
    assert status == 400
    assert body["error"].startswith(says)
    assert visitor.desk.asked == []


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/octet-stream"])
async def test_a_body_of_another_kind_is_refused(visitor: Visitor, kind: str) -> None:
    status, body = await deployed(visitor, b"x", kind)
    assert (status, body["error"].partition(";")[0]) == (415, f"{kind} is not taken here")


async def test_a_part_that_is_too_large_is_refused(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "LARGEST", {"function": 100, "wasm": 1000})
    assert await deployed(visitor, form(function="{}", wasm=bytes(1001))) == (
        413,
        {"error": "wasm is larger than 1000 bytes; send less"},
    )


async def test_a_body_that_is_too_large_is_refused_before_it_is_read(visitor: Visitor) -> None:
    headers = {"Content-Length": str(10**9), "Content-Type": "multipart/form-data; boundary=x"}
    reader, writer = await _connected(visitor)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"POST {DEPLOY} HTTP/1.1\r\nHost: localhost\r\n{head}\r\n".encode())
    assert (await reader.readline()).startswith(b"HTTP/1.1 413 ")
    writer.close()


async def _connected(visitor: Visitor) -> Any:
    host, port = visitor.url.removeprefix("http://").split(":")
    return await asyncio.open_connection(host, int(port))


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=" + "x" * 71, "multipart/form-data; boundary=x"]
)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--x",
        b"--y\r\n\r\n",
        b"--x\r\nno header\r\n\r\n",
        b"--x\r\n\r\nnameless\r\n--x--\r\n",
        b'--x\r\nContent-Disposition: form-data; name="wasm"\r\n\r\nno end',
        b'--x\r\nContent-Disposition: form-data; name="_charset_"\r\n\r\n' + b"x" * 40 + b"\r\n--x--\r\n",
        b'--x\r\nContent-Disposition: form-data; name="wasm"\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--x--',
        b'--x\r\nContent-Disposition: form-data; name="wasm"\r\nContent-Transfer-Encoding: base64\r\n\r\nAA\r\n--x--',
        b"--x\r\n" + b"A: b\r\n" * 1000 + b"\r\n--x--\r\n",
        b"--x\r\nA: " + b"b" * 100_000 + b"\r\n\r\n--x--\r\n",
    ],
)
async def test_what_is_no_form_is_400(visitor: Visitor, kind: str, body: bytes) -> None:
    assert (await deployed(visitor, body, kind))[0] == 400
    assert visitor.desk.asked == []


PIECES = st.sampled_from(
    [b"--x", b"--", b"\r\n", b"\n", b'Content-Disposition: form-data; name="wasm"', b"{}", b"\0", b"Content-Length: 3"]
)


@given(st.lists(PIECES, max_size=20).map(b"".join))
def test_no_form_makes_the_admin_fail(body: bytes) -> None:
    async def judge() -> None:
        with tempfile.TemporaryDirectory() as directory:
            async with visiting(pathlib.Path(directory)) as visitor:
                assert (await deployed(visitor, body, "multipart/form-data; boundary=x"))[0] in (200, 400)

    asyncio.run(judge())
