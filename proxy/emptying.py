"""The end of a listening socket, without loss: nobody new gets in, and who waits is let in first.

A client is connected once its handshake is done, long before anybody accepts it; the kernel resets who still waits when
the last copy of the socket closes.
"""

from __future__ import annotations

import asyncio
import ctypes
import select
import socket
import struct
from typing import Final

from proxy.runtime import log, monotonic

SO_ATTACH_FILTER: Final = 26
"""asm-generic/socket.h; socket(7). Python has no name for it."""

ROUND_TRIP_S: Final = 0.3
"""For handshakes that had begun before."""

LOOK_S: Final = 0.01
LONGEST_S: Final = 5.0

_INSTRUCTION: Final = struct.Struct("HBBI")
_NO_NEW_ONES: Final = b"".join([
    _INSTRUCTION.pack(0x30, 0, 0, 13),  # load byte 13 of the TCP header: its flags (RFC 9293 §3.1)
    _INSTRUCTION.pack(0x45, 0, 1, 0x02),  # is SYN among them?
    _INSTRUCTION.pack(0x06, 0, 0, 0),  # yes: drop it; the client tries again, and finds a successor or nobody
    _INSTRUCTION.pack(0x06, 0, 0, 0xFFFF_FFFF),  # no: let it pass, so that handshakes under way end well
])  # fmt: skip
"""A classic BPF program (Documentation/networking/filter.rst of Linux, "BPF engine and instruction set")."""


async def emptied(opened: socket.socket) -> None:
    """Keep new clients out of a listening socket, and wait until those that got in before have been accepted.

    Whoever serves it goes on accepting meanwhile. A Unix socket's clients are kept out by removing its path.
    """
    deadline = monotonic() + LONGEST_S
    if opened.family != socket.AF_UNIX:
        keep_out(opened)
        await asyncio.sleep(ROUND_TRIP_S)
    while has_waiting(opened) and monotonic() < deadline:  # noqa: ASYNC110 - the kernel tells who accepts, nobody else
        await asyncio.sleep(LOOK_S)


def keep_out(opened: socket.socket) -> None:
    """Drop what would open a connection; the socket's own copies, in whatever process, are all bound by it."""
    program = ctypes.create_string_buffer(_NO_NEW_ONES)
    length = len(_NO_NEW_ONES) // _INSTRUCTION.size
    try:
        opened.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HP", length, ctypes.addressof(program)))
    except OSError as error:  # A sandbox may not have it: then who comes in the last moment is reset.
        log.warning("cannot keep new clients out of a socket that closes: %s", error)


def has_waiting(opened: socket.socket) -> bool:
    """Tell whether a connection waits to be accepted."""
    queue = select.poll()
    queue.register(opened, select.POLLIN)
    return bool(queue.poll(0))
