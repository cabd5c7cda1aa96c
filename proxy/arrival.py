"""A connection that has just been accepted and whose PROXY header has yet to come, whole."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Literal, TypeAlias

from proxy.proxy_protocol import LONGEST_V2, Ends, HeaderFault, header_length, parse
from proxy.runtime import log

Refusal: TypeAlias = Literal["not_trusted", "malformed", "cut_short", "timeout", "overloaded"]
"""Why a connection is closed before anything was served on it."""


class Arrival:
    """Reads the header off a raw socket, and not a byte more: what follows may be a TLS handshake.

    It ends by a call of `on_arrived` with whom the header speaks for; or, the socket closed, by one of `on_left` with
    the reason, None where the peer said nothing at all.
    """

    __slots__ = ("_loop", "_on_arrived", "_on_left", "_peer", "_read", "_socket", "deadline")

    def __init__(
        self,
        accepted: socket.socket,
        peer: str,
        deadline: float,
        on_arrived: Callable[[Arrival, socket.socket, Ends | None], None],
        on_left: Callable[[Arrival, Refusal | None], None],
    ) -> None:
        self._socket, self._peer, self.deadline = accepted, peer, deadline
        self._on_arrived, self._on_left = on_arrived, on_left
        self._read = b""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(accepted, self._readable)

    def _readable(self) -> None:
        try:
            ends = parse(self._take())
        except HeaderFault as fault:
            log.debug("closed a connection from %s: %s", self._peer, fault)
            self._leave("malformed")
        except BlockingIOError:
            return
        except OSError:  # It was reset, or closed.
            self._leave("cut_short" if self._read else None)
        else:
            self._loop.remove_reader(self._socket)
            self._on_arrived(self, self._socket, ends)

    def _take(self) -> bytes:
        """Return the header once it is whole. Raises HeaderFault, BlockingIOError until then, or another OSError where
        nothing more comes.

        What has come is looked at before any of it is taken. While it does not hold the header's end, all of it is the
        header's. It is read until there is no more: uvloop tells only once of a socket with an error (uvloop's
        handles/poll.pyx), which recv may tell of only after what came before it.
        """
        length = None
        while len(self._read) != length:
            seen = self._socket.recv(LONGEST_V2 - len(self._read), socket.MSG_PEEK)
            if not seen:
                raise ConnectionAbortedError
            length = header_length(self._read + seen)
            missing = len(seen) if length is None else min(length - len(self._read), len(seen))
            self._read += self._socket.recv(missing)
        return self._read

    def on_deadline(self, now: float) -> None:
        log.debug("closed a connection from %s: its PROXY header did not come in time", self._peer)
        self._leave("timeout")

    def _leave(self, reason: Refusal | None) -> None:
        self._loop.remove_reader(self._socket)
        self._socket.close()
        self._on_left(self, reason)
