"""The client's end of a tunnel inside an aiohttp server."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from aiohttp.web_protocol import RequestHandler

from proxy.http1.tunnel import Tunnel


class Early:
    """Stands in for a WebSocket parser, to be given what aiohttp has read behind the request's head."""

    def __init__(self) -> None:
        self.data = b""

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        self.data += data
        return False, b""

    def feed_eof(self) -> None:
        pass


class TunnelEnd(asyncio.Protocol):
    """Takes an aiohttp connection over, and lets aiohttp know of its end when the tunnel is over."""

    def __init__(self, handler: RequestHandler) -> None:
        self._handler = handler
        assert handler.transport is not None
        self.transport: asyncio.Transport = handler.transport
        self._tunnel: Tunnel | None = None
        self._lost: tuple[Exception | None] | None = None
        self._released = False

    def end_tunnel(self) -> None:
        self.transport.close()

    def start_tunnel(self, tunnel: Tunnel) -> bytes:
        self._tunnel = tunnel
        early = Early()
        self._handler.set_parser(cast(Any, early))
        self.transport.set_protocol(self)
        self.transport.resume_reading()
        return early.data

    def release(self) -> None:
        """Give the connection's end back to aiohttp, which may cancel the handler at it."""
        self._released = True
        if self._lost is not None:
            self._handler.connection_lost(*self._lost)

    def data_received(self, data: bytes) -> None:
        assert self._tunnel is not None
        self._tunnel.data(self, data)

    def eof_received(self) -> bool:
        assert self._tunnel is not None
        return self._tunnel.eof(self)

    def pause_writing(self) -> None:
        assert self._tunnel is not None
        self._tunnel.pause(self)

    def resume_writing(self) -> None:
        assert self._tunnel is not None
        self._tunnel.resume(self)

    def connection_lost(self, exc: Exception | None) -> None:
        assert self._tunnel is not None
        self._lost = (exc,)
        self._tunnel.lost(self)
        if self._released:
            self._handler.connection_lost(exc)
