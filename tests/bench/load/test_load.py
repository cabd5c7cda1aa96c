"""The clients' verdicts, against an origin without a proxy, and against servers that misbehave."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from kit.wire import eventually

from bench.load.bodies import downloading, upload, uploading
from bench.load.certificates import Authority
from bench.load.connection import Place
from bench.load.ledger import Ledger
from bench.load.load import Load
from bench.load.origin import Origin, asked_for
from bench.load.pages import Kept, Page, ask_once, cutting, keeping, once
from bench.load.websockets import Session, echoing

PAGE = Page("/plain/100/{n}", size_bytes=100)
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(serve: Serve) -> AsyncIterator[Place]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield Place(server.sockets[0].getsockname()[1])


async def seen_of(serve: Serve, *, times: int = 1) -> list[str]:
    """Ask a server over a kept connection, and return how its failures are told."""
    async with serving(serve) as place, Load(Ledger()) as load:
        kept = Kept(load, "kept", place)
        for _ in range(times):
            await kept.ask(PAGE)
            await asyncio.sleep(0.05)
        await kept.close()
    return [failure.seen for failure in load.ledger.failures]


def said(*data: bytes) -> Serve:
    """Answer each request with the next of these, then close."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for each in data:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(each)
        writer.close()

    return serve


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    sock = writer.get_extra_info("socket")
    sock.setsockopt(1, 13, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def test_clients_of_every_kind_find_nothing_wrong_with_an_origin():
    async with Origin() as origin, Load(Ledger()) as load:
        place = Place(origin.port)
        load.start("kept", keeping(place, PAGE, 0.05), 2)
        load.start("cached", keeping(place, Page("/cached/300/{n}", size_bytes=300), 0.05))
        load.start("failing", keeping(place, Page("/status/500", statuses=(500,)), 0.05))
        load.start("new", once(place, PAGE, 0.05))
        load.start("upload", uploading(place, 100_000, 0.1, 0.05))
        load.start("download", downloading(place, 100_000, 0.1, 0.05))
        load.start("websocket", echoing(place, 0.2, 0.05))
        load.start("cut", cutting(place, "/cut/1000", 0.05))
        kinds = {"kept", "cached", "failing", "new", "upload", "download", "websocket", "cut"}
        assert await eventually(lambda: all(load.ledger.answered[kind] >= 3 for kind in kinds), within_s=20)
    assert load.ledger.failures == []
    assert load.ledger.asked == load.ledger.answered
    assert load.open_websockets == 0


async def test_a_reset_an_end_and_a_wrong_answer_are_failures():
    assert await seen_of(reset) == ["reset"]
    assert await seen_of(said(b"")) == ["cut"]
    assert await seen_of(said(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")) == ["cut"]
    assert await seen_of(said(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")) == ["wrong"]
    assert await seen_of(said(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc")) == ["wrong"]


async def test_a_refused_connection_is_a_failure():
    async with serving(said()) as place:
        pass
    async with Load(Ledger()) as load:
        await ask_once(load, "new", place, PAGE)
    assert [failure.seen for failure in load.ledger.failures] == ["refused"]


def body(number: int) -> bytes:
    return (f"/plain/100/{number}\n".encode() * 10)[:100]


async def test_an_end_while_nothing_is_asked_is_fine():
    answers = [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + body(number) for number in (1, 2)]
    serves = iter([said(answers[0]), said(answers[1])])

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await next(serves)(reader, writer)

    assert await seen_of(serve, times=2) == []


async def test_a_connection_that_is_to_be_closed_is_not_asked_again():
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 100\r\n\r\n" + body(connections))
        await reader.read()
        writer.close()

    assert await seen_of(serve, times=3) == []
    assert connections == 3


@pytest.mark.parametrize(("told", "failures"), [(6, []), (7, []), (5, ["wrong"])])
async def test_an_older_configuration_may_not_answer(told: int, failures: list[str]):
    answer = b"HTTP/1.1 200 OK\r\nX-Generation: %d\r\nContent-Length: 100\r\n\r\n" % told + body(1)
    async with serving(said(answer)) as place, Load(Ledger()) as load:
        load.generation = 6
        await ask_once(load, "new", place, PAGE)
    assert [failure.seen for failure in load.ledger.failures] == failures


async def test_nobody_connects_to_a_listener_that_is_about_to_go():
    async with Origin() as origin, Load(Ledger()) as load:
        load.closed.add(origin.port)
        assert not await Kept(load, "kept", Place(origin.port)).ask(PAGE)
    assert not load.ledger.asked


async def test_who_connects_while_a_listener_goes_has_asked_for_nothing():
    async with serving(said()) as place:
        pass
    async with Load(Ledger()) as load:
        load.closed.add(place.port)
        await ask_once(load, "new", place, PAGE)
    assert load.ledger.failures == []
    assert load.ledger.asked.total() == 0
    assert load.seen == {"refused by a listener that went meanwhile": 1}


async def test_an_origin_tells_which_uploads_are_half_read():
    async with Origin() as origin, Load(Ledger()) as load:
        halfway: list[set[str]] = []

        async def look() -> None:
            assert await eventually(lambda: origin.half_read)
            halfway.append(set(origin.half_read))

        assert await upload(load, "upload", Place(origin.port), "/up/one", 100_000, look)
        assert (halfway, origin.half_read) == ([{"one"}], set())


async def test_a_websocket_that_breaks_is_not_asked_again():
    async with Origin() as origin, Load(Ledger()) as load:
        session = Session(load, "websocket", Place(origin.port))
        assert await session.open()
        assert await session.say()
    assert load.open_websockets == 1
    assert not await session.say()
    assert [failure.seen for failure in load.ledger.failures] in (["cut"], ["reset"])
    assert not await session.say()
    await session.close()
    assert (len(load.ledger.failures), load.open_websockets) == (1, 0)


def test_a_path_says_what_it_is_whatever_stands_before():
    assert asked_for("/account/plain/200/7?x=1") == ("plain", "200")
    assert asked_for("/nowhere") == ("plain", "100")


def test_a_renewed_certificate_is_another(tmp_path: Path):
    authority = Authority(tmp_path)
    first, before = authority.serial, (tmp_path / "server.crt").read_bytes()
    authority.renew()
    assert authority.serial != first
    assert (tmp_path / "server.crt").read_bytes() != before
