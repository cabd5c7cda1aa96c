"""Accepts connections that begin with a PROXY header, and hands them on as those of the clients they are for."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Sequence
from typing import Final

from proxy.arrival import Arrival, Refusal
from proxy.forwarded import Network, is_trusted
from proxy.http1.downstream import Downstream
from proxy.http1.service import Service
from proxy.proxy_protocol import Ends
from proxy.runtime import log, monotonic, spawn
from proxy.sockets import BACKLOG

AT_ONCE: Final = 64
"""Connections accepted in one turn of the loop; others get a turn, too."""

PAUSE_S: Final = 1.0
"""For how long nothing is accepted where descriptors or memory ran out: the queue would only be found ready again."""

_OF_THE_CONNECTION: Final = frozenset({
    errno.ECONNABORTED, errno.EPERM, errno.ENETDOWN, errno.EPROTO, errno.ENOPROTOOPT, errno.EHOSTDOWN, errno.ENONET,
    errno.EHOSTUNREACH, errno.EOPNOTSUPP, errno.ENETUNREACH,
})  # fmt: skip
"""What accept says of a connection that broke while it waited (accept(2), "Error handling")."""


class Acceptor:
    """A server on a listening socket of its own.

    Peers outside `networks` are turned away: a header of theirs is not believed, and without one nobody knows whom they
    speak for. `close` ends accepting, as a server's does; connections whose header is on its way are served still.
    """

    def __init__(
        self, service: Service, opened: socket.socket, networks: Sequence[Network], tls: ssl.SSLContext | None = None
    ) -> None:
        self._service, self._opened, self._networks, self._tls = service, opened, networks, tls
        self._loop = asyncio.get_running_loop()
        self._pause: asyncio.TimerHandle | None = None
        opened.listen(BACKLOG)
        self._loop.add_reader(opened, self._accept)

    def close(self) -> None:
        if self._opened.fileno() < 0:
            return
        if self._pause is not None:
            self._pause.cancel()
        self._loop.remove_reader(self._opened)
        self._opened.close()

    def _accept(self) -> None:
        try:
            for _ in range(AT_ONCE):
                accepted, place = self._opened.accept()
                self._take(accepted, place[0] if isinstance(place, tuple) else "")
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno not in _OF_THE_CONNECTION:
                self._pause_after(error)

    def _pause_after(self, error: OSError) -> None:
        log.error("listener %s accepts nothing for %g s: %s", self._service.name, PAUSE_S, error)
        self._loop.remove_reader(self._opened)
        self._pause = self._loop.call_later(PAUSE_S, self._resume)

    def _resume(self) -> None:
        self._pause = None
        self._loop.add_reader(self._opened, self._accept)

    def _take(self, accepted: socket.socket, peer: str) -> None:
        accepted.setblocking(False)
        service = self._service
        reason: Refusal | None = None
        if not is_trusted(peer, self._networks):
            reason = "not_trusted"
        elif service.arriving >= service.limits.connections:
            reason = "overloaded"
        if reason is not None:
            log.debug("closed a connection from %s before its PROXY header: %s", peer, reason)
            accepted.close()
            service.pipeline.turned_away(reason)
            return
        deadline = monotonic() + service.limits.header_timeout_s
        arrival = Arrival(accepted, peer, deadline, self._arrived, self._left)
        service.arriving += 1
        service.sweeper.add(arrival)

    def _left(self, arrival: Arrival, reason: Refusal | None) -> None:
        self._service.arriving -= 1
        self._service.sweeper.remove(arrival)
        if reason is not None:
            self._service.pipeline.turned_away(reason)

    def _arrived(self, arrival: Arrival, accepted: socket.socket, ends: Ends | None) -> None:
        self._service.sweeper.remove(arrival)
        spawn(self._serve(accepted, ends), "serve behind a PROXY header")

    async def _serve(self, accepted: socket.socket, ends: Ends | None) -> None:
        """Let the client's bytes begin, by a handshake where TLS is spoken here."""
        limits = self._service.limits
        try:
            await self._loop.connect_accepted_socket(
                lambda: Downstream(self._service, ends),
                accepted,
                ssl=self._tls,
                ssl_handshake_timeout=limits.header_timeout_s if self._tls else None,
                ssl_shutdown_timeout=limits.send_timeout_s if self._tls else None,
            )
        except OSError as error:  # ssl.SSLError and TimeoutError among them.
            log.debug("a client of listener %s did not get through its handshake: %s", self._service.name, error)
        finally:
            self._service.arriving -= 1
