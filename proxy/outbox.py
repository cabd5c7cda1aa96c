"""Writes held back to the end of a loop turn.

Under load one turn serves tens of connections. Written at once, each answer wakes its peer, who handles it and is
asleep again before the next: that cost 6 µs of 45 a request. Written together, the first wakes the peer and the others
find it awake.
"""

from __future__ import annotations

import asyncio
import weakref
from typing import Final, cast

FLUSH_BYTES: Final = 64 * 1024
"""A connection that holds more is flushed at once, so that the transport's own flow control takes over."""


JOINED_BYTES: Final = 16 * 1024
"""What is longer is written apart from what waits before it, for joining them would copy it."""


class Outbox:
    """The connections of one loop that have something to send."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.waiting: list[BatchedProtocol] = []

    def wake(self) -> None:
        """Flush at the end of this turn."""
        self._loop.call_soon(self.flush)

    def flush(self) -> None:
        waiting, self.waiting = self.waiting, []
        for connection in waiting:
            connection.flush()


class BatchedProtocol(asyncio.Protocol):
    """A protocol whose writes leave together with those of others, in order."""

    __slots__ = ("_outbox", "_outgoing", "_transport")

    def __init__(self) -> None:
        self._transport: asyncio.Transport = cast(asyncio.Transport, None)
        self._outbox: Outbox = cast(Outbox, None)
        self._outgoing = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._outbox = outbox()

    @property
    def transport(self) -> asyncio.Transport:
        return self._transport

    def write(self, data: bytes) -> None:
        if self._outgoing:
            if len(data) > JOINED_BYTES:
                self.flush()
                self._outgoing = data
                return self.flush()
            data = self._outgoing + data
        else:  # Outbox.add, inlined: it stands twice in each exchange, 0.1 µs each.
            waiting = self._outbox.waiting
            if not waiting:
                self._outbox.wake()
            waiting.append(self)
        self._outgoing = data
        if len(data) > FLUSH_BYTES:
            self.flush()
        return None

    def flush(self) -> None:
        """Hand over what waits; happens by itself in time, and before the transport is closed."""
        outgoing = self._outgoing
        if outgoing:
            self._outgoing = b""
            if not self._transport.is_closing():
                self._transport.write(outgoing)

    def close_written(self) -> None:
        """Close the transport once all that was written has left."""
        self.flush()
        self._transport.close()


_outboxes: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Outbox] = weakref.WeakKeyDictionary()


def outbox() -> Outbox:
    """Return the running loop's outbox."""
    loop = asyncio.get_running_loop()
    found = _outboxes.get(loop)
    if found is None:
        found = _outboxes[loop] = Outbox(loop)
    return found
