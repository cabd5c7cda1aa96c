"""The oracle's own client and origin, in conversation."""

from __future__ import annotations

import asyncio

from bench.oracle.client import ask
from bench.oracle.origin import Origin
from bench.oracle.scenario import Answer, Ask, Body

PIECES = Body((b"one ", b"two"), pause_s=0.0)
CHUNKS = Body((b"one ", b"two"), chunked=True, pause_s=0.0)


async def test_a_request_in_pieces_and_its_answer_in_chunks_arrive_whole():
    async with Origin({"/": Answer(203, (("X-A", "1"),), CHUNKS)}).listening() as origin:
        answer = await ask(origin.port, Ask("/?q=1", "POST", (("X-B", "2"),), PIECES))
    assert answer is not None
    assert (answer.start, answer.body, answer.whole) == ("HTTP/1.1 203 Oracle", b"one two", True)
    assert ("X-A", "1") in answer.headers
    (seen,) = origin.seen
    assert (seen.start, seen.body, seen.whole) == ("POST /?q=1 HTTP/1.1", b"one two", True)
    assert seen.headers == (("Host", "oracle.test"), ("X-B", "2"), ("Content-Length", "7"))


async def test_an_answer_to_head_has_a_length_and_no_body():
    async with Origin({"/": Answer(body=PIECES)}).listening() as origin:
        answer = await ask(origin.port, Ask(method="HEAD"))
    assert answer is not None
    assert (dict(answer.headers)["Content-Length"], answer.body) == ("7", b"")


async def test_an_origin_that_hangs_up_gives_no_answer():
    async with Origin({"/": Answer(hangs_up=True)}).listening() as origin:
        assert await ask(origin.port, Ask()) is None
    assert len(origin.seen) == 1


async def test_an_answer_that_breaks_off_is_not_whole():
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(cut, "127.0.0.1", 0) as server:
        answer = await ask(server.sockets[0].getsockname()[1], Ask())
    assert answer is not None
    assert (answer.body, answer.whole) == (b"half", False)


async def test_an_origin_cuts_its_answer_where_it_is_told_to():
    async with Origin({"/": Answer(body=Body((b"half",), cut=True))}).listening() as origin:
        answer = await ask(origin.port, Ask())
    assert answer is not None
    assert (answer.body, answer.whole) == (b"half", False)


async def test_a_client_that_leaves_early_has_no_answer():
    async with Origin({"/": Answer(delay_s=5.0)}).listening() as origin:
        assert await ask(origin.port, Ask(leaves_after_s=0.01)) is None


async def test_what_is_cut_off_on_the_way_to_the_origin_is_kept_as_such():
    async with Origin({}).listening() as origin:
        reader, writer = await asyncio.open_connection("127.0.0.1", origin.port)
        writer.write(b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf")
        writer.write_eof()
        await reader.read()
        writer.close()
        await writer.wait_closed()
    assert (origin.seen[0].body, origin.seen[0].whole) == (b"half", False)
