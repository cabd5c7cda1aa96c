"""A tunnel: after a 101, bytes go both ways as they come, at the pace of the slower side."""

from __future__ import annotations

import asyncio
from typing import Protocol

from proxy.runtime import Sweeper, Waiter, monotonic


class End(Protocol):
    """A connection that was handed over to a tunnel."""

    @property
    def transport(self) -> asyncio.Transport: ...

    def start_tunnel(self, tunnel: Tunnel) -> bytes:
        """Send what comes to the tunnel from now on; returns what came before."""

    def end_tunnel(self) -> None: ...


class Tunnel:
    """Joins two ends until both have finished, one is lost, or no byte has moved for `idle_s` seconds."""

    def __init__(self, client: End, origin: End, *, idle_s: float, sweeper: Sweeper) -> None:
        self._client, self._origin = client, origin
        self._idle_s, self._sweeper = idle_s, sweeper
        self._finished: set[End] = set()
        self._over: Waiter[None] = Waiter()
        self.deadline = monotonic() + idle_s
        self.carried_bytes = 0

    async def run(self) -> None:
        """Carry bytes until the tunnel is over; cancelling cuts both ends."""
        self._sweeper.add(self)
        try:
            for end in (self._client, self._origin):
                early = end.start_tunnel(self)
                if early:
                    self.data(end, early)
            self._origin.transport.resume_reading()
            await self._over
        finally:
            self._sweeper.remove(self)
            self._client.end_tunnel()
            self._origin.end_tunnel()

    def _other(self, end: End) -> End:
        return self._origin if end is self._client else self._client

    def data(self, end: End, data: bytes) -> None:
        self.deadline = monotonic() + self._idle_s
        self.carried_bytes += len(data)
        self._other(end).transport.write(data)

    def eof(self, end: End) -> bool:
        """Pass on the end of one direction; returns whether the other may go on."""
        self._finished.add(end)
        other = self._other(end).transport
        if len(self._finished) == 2 or not other.can_write_eof():
            self._over.wake(None)
            return False
        other.write_eof()
        return True

    def lost(self, end: End) -> None:
        self._over.wake(None)

    def pause(self, end: End) -> None:
        """`end` takes no more for now, so its other side is not read."""
        self._other(end).transport.pause_reading()

    def resume(self, end: End) -> None:
        other = self._other(end).transport
        if not other.is_closing():
            other.resume_reading()

    def on_deadline(self, now: float) -> None:
        self._over.wake(None)
