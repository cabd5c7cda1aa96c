"""Where the clients of one listener come in: its socket, and what accepts on it."""

from __future__ import annotations

import socket
from typing import TypeAlias

from proxy.emptying import emptied
from proxy.forwarded import Network
from proxy.http1.service import Service
from proxy.listener import ListenerSpec, Server, serve
from proxy.tls.handshakes import ServerContext
from proxy.tls.settings import ClientAuth

Manner: TypeAlias = tuple[bool, ClientAuth | None, tuple[Network, ...]]
"""Whether TLS is spoken, what certificates clients have to show, and who sends PROXY headers: not the whole
specification, which would hold its graph."""


class Door:
    """Owns the socket. What accepts has a copy of its own, so that it can end and another begin with nobody lost:
    clients wait in the queue meanwhile."""

    def __init__(self, service: Service, opened: socket.socket) -> None:
        self.service = service
        self._opened = opened
        self._manner: Manner | None = None
        self._server: Server | None = None

    async def open(self, spec: ListenerSpec, context: ServerContext | None) -> None:
        """Let clients in."""
        self._manner = _manner(spec)
        self._server = await serve(spec, self.service, self._opened.dup(), context)

    def suits(self, spec: ListenerSpec) -> bool:
        """Tell whether clients come in as they should; with TLS its files may hold something else by now."""
        return spec.tls is None and self._manner == _manner(spec)

    def vouches(self, spec: ListenerSpec) -> bool:
        """Tell whether who came in has shown the certificate that clients have to show now."""
        return self._manner is not None and self._manner[1] == _manner(spec)[1]

    def beside(self, service: Service) -> Door:
        """Return another door to the same queue, for the clients of another service."""
        return Door(service, self._opened.dup())

    def stop(self) -> None:
        """Let nobody in for now."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def empty(self) -> None:
        """Let in who waits, and nobody else, and close."""
        await emptied(self._opened)
        self.close()

    def close(self) -> None:
        """Let nobody in; the queue lives on where others have the socket too."""
        self.stop()
        self._opened.close()


def _manner(spec: ListenerSpec) -> Manner:
    return spec.tls is not None, None if spec.tls is None else spec.tls.client, spec.proxy_protocol
