"""A connection whose PROXY header is on its way."""

from __future__ import annotations

import asyncio
import select
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import pytest
import uvloop
from kit import eventually, no_leaks, soon
from kit.proxied import block, item, line, local

from proxy.arrival import Arrival, Refusal
from proxy.proxy_protocol import LONGEST_V1, LONGEST_V2, Ends
from proxy.runtime import NEVER, monotonic

PLACE = ("192.0.2.1", 4711, "192.0.2.2", 443)
HELLO = b"\x16\x03\x01 what follows is not ours"
HEADERS = [line(*PLACE), block(*PLACE), block(*PLACE, item(2, b"example.test") + item(4, bytes(9))), local()]


class Counting(socket.socket):
    """Counts how often it is asked."""

    asked = 0

    def recv(self, *how: Any) -> bytes:
        self.asked += 1
        return super().recv(*how)


class Ear:
    """Reads one header from a socket pair, and remembers how that ended."""

    def __init__(self) -> None:
        self.mouth, ear = socket.socketpair()
        self._ear = Counting(fileno=ear.detach())
        self._ear.setblocking(False)
        self.ends: list[Ends | None] = []
        self.left: list[Refusal | None] = []
        self.arrival = Arrival(self._ear, "the peer", NEVER, self._arrived, lambda _, reason: self.left.append(reason))

    def _arrived(self, _: Arrival, ear: socket.socket, ends: Ends | None) -> None:
        assert ear is self._ear
        self.ends.append(ends)

    @property
    def asked(self) -> int:
        return self._ear.asked

    @property
    def rest(self) -> bytes:
        """Take what the header's reader left in the socket."""
        return self._ear.recv(65536)

    def close(self) -> None:
        self.mouth.close()
        self._ear.close()

    async def hear(self, *pieces: bytes) -> Ear:
        for piece in pieces:
            self.mouth.sendall(piece)
            await soon(2)
        return self


@pytest.fixture
def ears() -> Iterator[list[Ear]]:
    opened: list[Ear] = []
    yield opened
    for each in opened:
        each.close()


def expected(header: bytes) -> Ends | None:
    return None if header == local() else Ends(*PLACE)


@pytest.mark.parametrize("header", HEADERS, ids=["v1", "v2", "v2 with items", "local"])
async def test_however_a_header_is_cut_it_is_read_and_nothing_after_it(header: bytes) -> None:
    whole = header + HELLO
    for end in range(len(whole) + 1):
        ear = await Ear().hear(whole[:end], whole[end:])
        assert await eventually(lambda ear=ear: ear.ends or ear.left)  # type: ignore[misc]
        assert (ear.ends, ear.left) == ([expected(header)], [])
        assert ear.rest == HELLO
        ear.close()


@pytest.mark.parametrize("header", HEADERS, ids=["v1", "v2", "v2 with items", "local"])
async def test_a_header_may_come_byte_by_byte(header: bytes, ears: list[Ear]) -> None:
    ear = Ear()
    ears.append(ear)
    await ear.hear(*(bytes([byte]) for byte in header + HELLO))
    assert await eventually(lambda: ear.ends)
    assert (ear.ends, ear.rest) == ([expected(header)], HELLO)


@pytest.mark.parametrize("part", [line(*PLACE)[:-2], line(*PLACE)[:-1], block(*PLACE)[:15], block(*PLACE)[:20]])
async def test_a_part_of_a_header_is_looked_at_once(part: bytes, ears: list[Ear]) -> None:
    ear = Ear()
    ears.append(ear)
    await ear.hear(part)
    await soon(50)
    assert ear.asked == 3  # to see it, to take it, to see no more: nothing stays that would wake the loop again


def reset_after(said: bytes) -> socket.socket:
    """Return a connection whose peer has said something and reset it before anybody looked."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        mouth = socket.create_connection(server.getsockname())
        ear, _ = server.accept()
    mouth.sendall(said)
    mouth.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    mouth.close()
    poll = select.poll()
    poll.register(ear, 0)
    assert poll.poll(10_000)  # of POLLERR and POLLHUP, which cannot be left out
    ear.setblocking(False)
    return ear


@pytest.mark.parametrize("loop_factory", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_who_resets_the_connection_behind_a_part_of_a_header_is_heard_at_once(
    loop_factory: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    async def hear() -> Refusal | None:
        left: asyncio.Future[Refusal | None] = asyncio.get_running_loop().create_future()
        Arrival(reset_after(b"PROXY"), "the peer", NEVER, nobody, lambda _, reason: left.set_result(reason))
        return await asyncio.wait_for(left, 10)

    def nobody(*_: object) -> NoReturn:
        raise AssertionError("no header came")

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        assert runner.run(hear()) == "cut_short"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"GET / HTTP/1.1\r\n", "malformed"),
        (b"\x16\x03\x01", "malformed"),
        (b"PROXY " + b"a" * LONGEST_V1, "malformed"),
        (b"PROXY TCP4 nobody\r\n", "malformed"),
        (block(*PLACE)[:14] + LONGEST_V2.to_bytes(2, "big"), "malformed"),
    ],
)
async def test_what_is_no_header_ends_the_connection(said: bytes, reason: str) -> None:
    async with no_leaks():
        ear = await Ear().hear(said)
        assert await eventually(lambda: ear.left)
        assert (ear.left, ear.ends) == ([reason], [])
        ear.close()


@pytest.mark.parametrize(("said", "reason"), [(b"", None), (b"PROX", "cut_short"), (block(*PLACE)[:20], "cut_short")])
async def test_a_peer_that_leaves_in_the_middle_is_told_from_one_that_said_nothing(
    said: bytes, reason: str | None
) -> None:
    async with no_leaks():
        ear = await Ear().hear(said)
        ear.mouth.close()
        assert await eventually(lambda: ear.left)
        assert ear.left == [reason]


async def test_the_longest_header_is_read(ears: list[Ear]) -> None:
    ear = Ear()
    ears.append(ear)
    header = block(*PLACE, item(4, bytes(LONGEST_V2 - len(block(*PLACE)) - 3)))
    assert len(header) == LONGEST_V2
    await ear.hear(header + HELLO)
    assert await eventually(lambda: ear.ends)
    assert ear.rest == HELLO


async def test_a_header_that_does_not_come_in_time_ends_the_connection() -> None:
    async with no_leaks():
        ear = await Ear().hear(b"PROXY TCP4")
        ear.arrival.on_deadline(monotonic())
        assert ear.left == ["timeout"]
        assert ear.mouth.recv(20) == b""
        ear.close()
