"""Listening sockets on their way to a worker that runs already: by name, over a Unix socket pair of their own.

One message a socket: its payload is the name, its ancillary data the descriptor (SCM_RIGHTS, unix(7)). The pair keeps
messages apart (SOCK_SEQPACKET), so there is nothing to frame.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Iterable, Mapping
from typing import Final

from proxy.errors import ControlClosed, ControlError
from proxy.sockets import of_descriptor

LONGEST_NAME_BYTES: Final = 4096

HANDOVER_TIMEOUT_S: Final = 5.0

_DESCRIPTOR: Final = struct.Struct("i")


def handover_pair() -> tuple[socket.socket, socket.socket]:
    """Return the supervisor's end and the worker's."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


class Handing:
    """The supervisor's end."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._end = end

    async def send(self, sockets: Mapping[str, socket.socket]) -> None:
        """Give a worker sockets, which stay open here.

        Raises ControlError where it takes none, ControlClosed where it is gone.
        """
        try:
            async with asyncio.timeout(HANDOVER_TIMEOUT_S):
                for name, each in sockets.items():
                    await self._send(name.encode(), each.fileno())
        except TimeoutError as error:
            raise ControlError("the worker takes no sockets") from error
        except OSError as error:
            raise ControlClosed(f"the worker takes no sockets: {error}") from error

    async def _send(self, name: bytes, descriptor: int) -> None:
        while True:
            try:
                socket.send_fds(self._end, [name], [descriptor])
            except BlockingIOError:
                await _writable(self._end)
            else:
                return

    def close(self) -> None:
        self._end.close()


async def _writable(end: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    event = asyncio.Event()
    loop.add_writer(end, event.set)
    try:
        await event.wait()
    finally:
        loop.remove_writer(end)


class Receiving:
    """The worker's end: takes what comes, so that the supervisor need not wait, until it is asked for."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._end = end
        self._arrived: dict[str, socket.socket] = {}
        self._news = asyncio.Event()
        asyncio.get_running_loop().add_reader(end, self._receive)

    def _receive(self) -> None:
        try:
            name, ancillary, _, _ = self._end.recvmsg(
                LONGEST_NAME_BYTES, socket.CMSG_SPACE(_DESCRIPTOR.size), socket.MSG_CMSG_CLOEXEC
            )
        except BlockingIOError:
            return
        except OSError:
            name, ancillary = b"", []
        for _, _, data in ancillary:
            self._keep(name.decode(), of_descriptor(_DESCRIPTOR.unpack_from(data)[0]))
        if not name:  # The supervisor is gone; the control channel says so too.
            asyncio.get_running_loop().remove_reader(self._end)

    def _keep(self, name: str, arrived: socket.socket) -> None:
        former = self._arrived.pop(name, None)
        if former is not None:
            former.close()
        self._arrived[name] = arrived
        self._news.set()

    async def take(self, names: Iterable[str]) -> dict[str, socket.socket]:
        """Return the sockets of these names, once all have come; raises ControlError. Others that came are closed."""
        wanted = set(names)
        try:
            async with asyncio.timeout(HANDOVER_TIMEOUT_S):
                while not wanted <= self._arrived.keys():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError as error:
            missing = ", ".join(sorted(wanted - self._arrived.keys()))
            raise ControlError(f"no socket came for {missing}") from error
        arrived, self._arrived = self._arrived, {}
        for name in arrived.keys() - wanted:
            arrived[name].close()
        return {name: arrived[name] for name in wanted}

    def close(self) -> None:
        if self._end.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self._end)
            self._end.close()
        for each in self._arrived.values():
            each.close()
        self._arrived.clear()
