"""Requests of every shape before the firewall: judged once, whole, and at their time."""

from __future__ import annotations

import pathlib

import pytest
from kit import get, post
from kit.guarding import ATTACK, asked, counted, guarding, requests_of, settled, silent

FORM = "Content-Type: application/x-www-form-urlencoded"
BAD = "X-Bad: an attack"


def chunked(*chunks: bytes, fields: str = FORM) -> bytes:
    body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return get("/", "Transfer-Encoding: chunked", fields, method="POST") + body + b"0\r\n\r\n"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
async def test_requests_without_a_body_are_judged_by_their_head(tmp_path: pathlib.Path, method: str) -> None:
    async with guarding(tmp_path) as (proxy, origin):
        assert (await asked(proxy, get(ATTACK, method=method), to=method)).status == 403
        assert (await asked(proxy, get("/", BAD, method=method), to=method)).status == 403
        assert requests_of(origin) == 0
    assert counted(proxy) == {"blocked": 2}


@pytest.mark.parametrize(
    "request_bytes",
    [
        pytest.param(get("/", "Content-Length: 0", method="POST"), id="none, announced"),
        pytest.param(get("/", method="POST"), id="none"),
        pytest.param(get("/", "Content-Length: 0"), id="none in a GET"),
        pytest.param(chunked(), id="no chunks"),
        pytest.param(post(b"a=fine", FORM), id="a form"),
        pytest.param(post(b"a=fine", FORM, method="GET"), id="a form in a GET"),
        pytest.param(chunked(b"a=", b"fi", b"ne"), id="chunks"),
        pytest.param(post(b"\x00\xff" * 5000, "Content-Type: image/png"), id="bytes"),
    ],
)
async def test_harmless_requests_pass_as_they_are(tmp_path: pathlib.Path, request_bytes: bytes) -> None:
    async with guarding(tmp_path) as (proxy, origin):
        client = await proxy.connect()
        await client.send(request_bytes)
        await client.expect_response(200, body=b"ok")
        wire = await origin.accept()
        assert not wire.unread
        await settled(proxy)
    assert counted(proxy) == {"passed": 1}


@pytest.mark.parametrize(
    "request_bytes",
    [
        pytest.param(post(b"a=attack", FORM), id="a form"),
        pytest.param(post(b"a=attack", FORM, method="GET"), id="a form in a GET"),
        pytest.param(post(b"a=attack", FORM, method="DELETE"), id="a form in a DELETE"),
        pytest.param(chunked(b"a=att", b"ack"), id="in two chunks"),
        pytest.param(chunked(*[bytes([byte]) for byte in b"a=attack"]), id="a byte in each chunk"),
        pytest.param(post(b'{"a": "attack"}', "Content-Type: application/json"), id="JSON"),
        pytest.param(
            post(b'{"a": "\\u0061ttack"}', "Content-Type: application/json; charset=utf-8"), id="JSON's escapes"
        ),
        pytest.param(
            post(
                b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nattack\r\n--x--\r\n',
                "Content-Type: multipart/form-data; boundary=x",
            ),
            id="multipart",
        ),
        pytest.param(post(b"a=%61ttack", FORM + "; charset=utf-8"), id="escapes"),
    ],
)
async def test_bodies_are_judged_and_refused_before_the_origin_hears_of_them(
    tmp_path: pathlib.Path, request_bytes: bytes
) -> None:
    async with guarding(tmp_path) as (proxy, origin):
        assert (await asked(proxy, request_bytes)).status == 403
        assert requests_of(origin) == 0
    assert counted(proxy) == {"blocked": 1}


async def test_a_body_is_forwarded_byte_for_byte(tmp_path: pathlib.Path) -> None:
    body = b"a=" + bytes(range(256)) * 400
    async with guarding(tmp_path) as (proxy, origin):
        assert (await asked(proxy, post(body, FORM))).status == 200
        assert origin.recorded.endswith(body)


async def test_a_head_that_is_refused_does_not_wait_for_the_body(tmp_path: pathlib.Path) -> None:
    async with guarding(tmp_path) as (proxy, origin):
        client = await proxy.connect()
        await client.send(get("/", BAD, "Content-Length: 100000", method="POST"))
        await client.expect_response(403)
        assert requests_of(origin) == 0


async def test_bodies_may_go_on_as_they_come_and_heads_are_judged_still(tmp_path: pathlib.Path) -> None:
    async with guarding(tmp_path, silent, request={"inspect": False}) as (proxy, origin):
        client = await proxy.connect()
        await client.send(get("/", FORM, "Content-Length: 8", method="POST") + b"a=at")
        upstream = await origin.accept()
        await upstream.expect_until(b"a=at")
        await client.send(b"tack")
        await upstream.expect_until(b"tack")
        await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await client.expect_response(200)
        assert (await asked(proxy, get(ATTACK))).status == 403
        assert (await asked(proxy, get(ATTACK, FORM, "Content-Length: 3", method="POST") + b"a=1")).status == 403


async def test_a_client_that_asks_before_it_sends_is_told_to_go_on_and_then_judged(tmp_path: pathlib.Path) -> None:
    async with guarding(tmp_path) as (proxy, origin):
        client = await proxy.connect()
        await client.send(get("/", FORM, "Content-Length: 8", "Expect: 100-continue", method="POST"))
        await client.expect_response(100)
        await client.send(b"a=attack")
        await client.expect_response(403)
        assert requests_of(origin) == 0


async def test_such_a_client_is_refused_at_once_for_its_head(tmp_path: pathlib.Path) -> None:
    async with guarding(tmp_path) as (proxy, _):
        client = await proxy.connect()
        await client.send(get("/", BAD, "Content-Length: 8", "Expect: 100-continue", method="POST"))
        await client.expect_response(403)


async def test_pipelined_requests_are_judged_one_by_one(tmp_path: pathlib.Path) -> None:
    async with guarding(tmp_path) as (proxy, origin):
        client = await proxy.connect()
        await client.send(get("/?q=1") + get(ATTACK) + post(b"a=2", FORM) + post(b"a=attack", FORM) + get("/?q=3"))
        for expected in (200, 403, 200, 403, 200):
            await client.expect_response(expected)
        await settled(proxy)
        assert requests_of(origin) == 3
    assert counted(proxy) == {"blocked": 2, "passed": 3}


@pytest.mark.parametrize("split", range(1, 12))
async def test_where_a_body_is_split_changes_nothing(tmp_path: pathlib.Path, split: int) -> None:
    body = b"x=1&a=attack"
    async with guarding(tmp_path) as (proxy, origin):
        client = await proxy.connect()
        whole = post(body, FORM)
        at = len(whole) - len(body) + split
        await client.send(whole[:at])
        await client.send(whole[at:])
        await client.expect_response(403)
        assert requests_of(origin) == 0


SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
HANDSHAKE = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")


async def test_a_handshake_passes_and_what_follows_is_not_judged(tmp_path: pathlib.Path) -> None:
    async with guarding(tmp_path, silent) as (proxy, origin):
        client = await proxy.connect()
        await client.send(get("/socket", *HANDSHAKE))
        upstream = await origin.accept()
        await upstream.expect_request("GET", "/socket")
        await upstream.send(SWITCHING)
        await client.expect_until(b"\r\n\r\n")
        await client.send(b"an attack")
        await upstream.expect(b"an attack")
        await upstream.send(b"secret-key")
        await client.expect(b"secret-key")
        client.close()
        upstream.close()
        await settled(proxy)
    assert counted(proxy) == {"passed": 1}


async def test_a_handshake_is_judged_by_its_head(tmp_path: pathlib.Path) -> None:
    async with guarding(tmp_path) as (proxy, origin):
        assert (await asked(proxy, get(ATTACK, *HANDSHAKE))).status == 403
        assert (await asked(proxy, get("/", BAD, *HANDSHAKE))).status == 403
        assert requests_of(origin) == 0


@pytest.mark.parametrize(
    ("sent", "announced"), [(b"", 100), (b"a=att", 100), (b"a=" + b"x" * 60_000, 100_000)], ids=["none", "some", "much"]
)
async def test_a_client_that_leaves_in_mid_body_leaves_nothing_behind(
    tmp_path: pathlib.Path, sent: bytes, announced: int
) -> None:
    async with guarding(tmp_path) as (proxy, origin):
        for _ in range(5):
            client = await proxy.connect()
            await client.send(get("/", FORM, f"Content-Length: {announced}", method="POST") + sent)
            client.reset()
            await settled(proxy)
        assert requests_of(origin) == 0
        assert (await asked(proxy, post(b"a=attack", FORM))).status == 403
        assert proxy.registry.wasm_instances.child("waf").value == 1


async def test_a_body_larger_than_may_be_held_is_refused(tmp_path: pathlib.Path) -> None:
    small = {"limits": {"body": "1KiB"}, "request": {"body": "1KiB"}, "response": {"body": "1KiB"}}
    async with guarding(tmp_path, **small) as (proxy, origin):
        assert (await asked(proxy, post(b"a=" + b"x" * 2000, FORM))).status == 413
        assert requests_of(origin) == 0
    assert counted(proxy) == {"overflow": 1}
