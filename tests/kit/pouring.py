"""How much of a long stream the other side takes before it holds the sender up."""

from __future__ import annotations

import asyncio

from kit.wire import Wire

MIB = 1024 * 1024
HELD_BYTES = 24 * MIB
"""What the kernel's socket buffers and the proxy may hold together; loopback sockets grow to some megabytes each."""


def poured_bytes(wire: Wire, begun: list[int]) -> int:
    return sum(begun) - wire.transport.get_write_buffer_size()


async def held_up(wire: Wire, begun: list[int]) -> int:
    """Wait until nothing more is taken; return how many bytes were."""
    before = -1
    async with asyncio.timeout(10):
        while (now := poured_bytes(wire, begun)) != before:
            before = now
            await asyncio.sleep(0.3)
    return now


async def pour_counting(wire: Wire, total: int, begun: list[int]) -> None:
    for _ in range(total // 65536):
        await wire.pour(b"a" * 65536, 65536)
        begun.append(65536)
