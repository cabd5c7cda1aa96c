"""Writes that wait for the end of a loop turn."""

import asyncio
from typing import Any

from kit import FakeOrigin, soon

from proxy.outbox import FLUSH_BYTES, BatchedProtocol, outbox


class Transport:
    """Keeps what it is given, piece by piece."""

    def __init__(self, log: list[Any] | None = None) -> None:
        self.log: list[Any] = [] if log is None else log
        self.closing = False

    def write(self, data: bytes) -> None:
        self.log.append(data)

    def close(self) -> None:
        self.log.append("close")
        self.closing = True

    def is_closing(self) -> bool:
        return self.closing


def connected(log: list[Any] | None = None) -> tuple[BatchedProtocol, Transport]:
    protocol, transport = BatchedProtocol(), Transport(log)
    protocol.connection_made(transport)  # type: ignore[arg-type]
    assert protocol.transport is transport  # type: ignore[comparison-overlap]
    return protocol, transport


async def test_writes_of_one_turn_leave_together_in_order() -> None:
    protocol, transport = connected()
    for piece in (b"a", b"b", b"c"):
        protocol.write(piece)
    assert transport.log == []
    await soon()
    assert transport.log == [b"abc"]


async def test_connections_are_flushed_in_the_order_of_their_first_writes() -> None:
    log: list[Any] = []
    first, _ = connected(log)
    second, _ = connected(log)
    first.write(b"1")
    second.write(b"2")
    first.write(b"3")
    await soon()
    assert log == [b"13", b"2"]


async def test_each_turn_has_its_own_flush() -> None:
    protocol, transport = connected()
    for piece in (b"a", b"b"):
        protocol.write(piece)
        await soon()
    assert transport.log == [b"a", b"b"]


async def test_much_leaves_at_once() -> None:
    protocol, transport = connected()
    protocol.write(b"a" * FLUSH_BYTES)
    assert transport.log == []
    protocol.write(b"b")
    assert transport.log == [b"a" * FLUSH_BYTES + b"b"]
    protocol.write(b"c")
    await soon()
    assert transport.log[1:] == [b"c"]


async def test_a_flush_by_hand_leaves_nothing_for_the_turns_end() -> None:
    protocol, transport = connected()
    protocol.write(b"a")
    protocol.flush()
    protocol.flush()
    await soon()
    assert transport.log == [b"a"]


async def test_what_was_written_leaves_before_the_connection_is_closed() -> None:
    protocol, transport = connected()
    protocol.write(b"last words")
    protocol.close_written()
    await soon()
    assert transport.log == [b"last words", "close"]


async def test_nothing_is_written_to_a_connection_that_is_closing() -> None:
    protocol, transport = connected()
    protocol.write(b"too late")
    transport.closing = True
    await soon()
    assert transport.log == []


async def test_a_write_during_the_flush_waits_for_the_next_one() -> None:
    log: list[Any] = []
    answering, _ = connected(log)

    class Asks(Transport):
        def write(self, data: bytes) -> None:
            super().write(data)
            answering.write(b"in return")

    asking = BatchedProtocol()
    asking.connection_made(Asks(log))  # type: ignore[arg-type]
    asking.write(b"ask")
    await soon()
    assert log == [b"ask", b"in return"]


async def test_a_real_connection_gets_it_all_before_its_end() -> None:
    async with FakeOrigin() as origin:
        host, _, port = origin.address.partition(":")
        _, protocol = await asyncio.get_running_loop().create_connection(BatchedProtocol, host, int(port))
        protocol.write(b"a" * 100)
        protocol.write(b"b" * FLUSH_BYTES)
        protocol.write(b"c")
        protocol.close_written()
        wire = await origin.accept()
        assert await wire.expect_cut() == b"a" * 100 + b"b" * FLUSH_BYTES + b"c"


async def test_a_loop_has_one_outbox() -> None:
    assert outbox() is outbox()
