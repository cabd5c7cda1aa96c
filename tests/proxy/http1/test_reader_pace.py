"""Whether a client still reads, told by what the kernel still holds for it."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from kit import FakeOrigin, Wire, connect, eventually

from proxy.http1.reader_pace import ReaderPace, outstanding_bytes

MIB = 1024 * 1024


@pytest.fixture
async def pair() -> AsyncIterator[tuple[Wire, Wire]]:
    """Give the two ends of a connection: one that sends, one that reads with little room."""
    async with FakeOrigin() as origin:
        host, _, port = origin.address.partition(":")
        reader = await connect((host, int(port)), record=False, small=True)
        yield await origin.accept(), reader
        reader.reset()


def settled(wire: Wire) -> int:
    return outstanding_bytes(wire.transport)


async def test_nothing_is_outstanding_once_everything_is_read(pair: tuple[Wire, Wire]) -> None:
    sender, _ = pair
    await sender.send(b"a" * 1000)
    assert await eventually(lambda: settled(sender) == 0)


async def test_what_waits_here_and_in_the_kernel_is_counted_together(pair: tuple[Wire, Wire]) -> None:
    sender, reader = pair
    reader.stop_reading()
    await sender.send(b"a" * 8 * MIB)
    await asyncio.sleep(0.1)
    taken = 8 * MIB - settled(sender)
    assert 0 <= taken < MIB, "all but what the reader's own kernel took"
    assert settled(sender) > sender.transport.get_write_buffer_size()


async def test_a_client_that_reads_nothing_does_not_move(pair: tuple[Wire, Wire]) -> None:
    sender, reader = pair
    reader.stop_reading()
    await sender.send(b"a" * 8 * MIB)
    await asyncio.sleep(0.2)
    pace = ReaderPace(sender.transport)
    await asyncio.sleep(0.2)
    assert not pace.has_moved()


async def test_a_client_that_reads_moves_though_the_transport_stays_full(pair: tuple[Wire, Wire]) -> None:
    sender, reader = pair
    reader.stop_reading()
    await sender.send(b"a" * 16 * MIB)
    await asyncio.sleep(0.1)
    pace = ReaderPace(sender.transport)
    waiting = sender.transport.get_write_buffer_size()
    reader.go_on_reading()
    assert await eventually(pace.has_moved)
    reader.stop_reading()
    assert waiting > 0


async def test_without_a_socket_only_the_transports_own_bytes_are_known() -> None:
    class Bare:
        def get_extra_info(self, name: str) -> socket.socket | None:
            return None

        def get_write_buffer_size(self) -> int:
            return 7

    assert outstanding_bytes(Bare()) == 7  # type: ignore[arg-type]
