"""What connections may do to the admin: little, for they are the supervisor's."""

from __future__ import annotations

import asyncio
import pathlib

import pytest
from kit.admin import Visitor, visiting

SECRET = "t" * 32


async def exchange(visitor: Visitor, sent: bytes) -> bytes:
    """Send over a connection of its own; returns all that comes back before its end."""
    host, _, port = visitor.url.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(sent)
    async with asyncio.timeout(20):
        received = await reader.read()
    writer.close()
    await writer.wait_closed()
    return received


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/9.9\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %b\x00\r\n\r\n" % SECRET.encode(),
        b"GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization Bearer %b\r\n\r\n" % SECRET.encode(),
        b"GET /%b HTTP/1.1\r\nHost: localhost\r\nX: " % SECRET.encode() + b"x" * 100_000 + b"\r\n\r\n",
        b"POST /reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\nX: %b\r\n\r\n" % SECRET.encode(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
async def test_what_is_no_request_is_refused_and_nothing_of_it_is_repeated(
    visitor: Visitor, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    received = await exchange(visitor, sent)
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.split()[1] == b"400"
    assert b"Server: penstock\r\n" in head
    assert b"this is no well-formed HTTP/1.1 request" in body
    assert SECRET.encode() not in received
    assert SECRET not in caplog.text


async def test_a_connection_that_asks_for_nothing_is_closed(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proxy.admin.connection.FIRST_REQUEST_TIMEOUT_S", 0.05)
    assert await exchange(visitor, b"GET / HTTP/1.1\r\nHost: local") == b""


async def test_one_that_asks_may_go_on_asking(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proxy.admin.connection.FIRST_REQUEST_TIMEOUT_S", 1.0)
    for _ in range(3):
        await visitor.get("/healthz")
        await asyncio.sleep(0.6)
    assert len(visitor.admin._runner.server.connections) == 1  # type: ignore[union-attr]


async def test_more_connections_than_there_is_room_for_wait_for_their_turn(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proxy.admin.connection.MOST", 2)
    monkeypatch.setattr("proxy.admin.connection.FIRST_REQUEST_TIMEOUT_S", 0.5)
    async with visiting(tmp_path) as visitor:
        silent = [asyncio.create_task(exchange(visitor, b"GET ")) for _ in range(8)]
        status, _, _ = await visitor.get("/healthz")
        assert status == 200
        assert len(visitor.admin._runner.server.connections) <= 2  # type: ignore[union-attr]
        assert await asyncio.gather(*silent) == [b""] * 8


async def test_a_page_of_many_bytes_is_sent_whole(visitor: Visitor) -> None:
    status, _, text = await visitor.get("/openapi.json")
    assert (status, text[-2:]) == (200, "}\n")
