"""Whether a client still takes what it is sent."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import sys
import termios


class ReaderPace:
    """Watches a transport that is full; made when it becomes so."""

    __slots__ = ("_outstanding_bytes", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._outstanding_bytes = outstanding_bytes(transport)

    def has_moved(self) -> bool:
        """Tell whether the client has taken anything since the last look."""
        before, self._outstanding_bytes = self._outstanding_bytes, outstanding_bytes(self._transport)
        return self._outstanding_bytes < before


def outstanding_bytes(transport: asyncio.Transport) -> int:
    """Return the bytes that the peer has not acknowledged: the transport's and the kernel's (SIOCOUTQ, tcp(7)).

    The kernel may hold megabytes, so a slow reader's progress shows there long before the transport can write again.
    """
    raw = transport.get_extra_info("socket")
    queued = bytearray(4)
    if raw is not None:
        with contextlib.suppress(OSError):
            fcntl.ioctl(raw.fileno(), termios.TIOCOUTQ, queued)
    return transport.get_write_buffer_size() + int.from_bytes(queued, sys.byteorder)
