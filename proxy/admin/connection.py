"""The admin's connections: only so many, and none for long that does not ask for anything.

They are the supervisor's, whose descriptors the workers' sockets and pipes need too.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import ssl
from collections.abc import Callable
from typing import Final

from aiohttp import web

from proxy.admin.answers import FAILED, dress, json_answer
from proxy.runtime import log

MOST: Final = 128
"""More wait in the socket's queue."""

HANDSHAKE_TIMEOUT_S: Final = 10.0
SHUTDOWN_TIMEOUT_S: Final = 5.0
FIRST_REQUEST_TIMEOUT_S: Final = 15.0
IDLE_TIMEOUT_S: Final = 75.0
NO_DESCRIPTORS_S: Final = 1.0
"""How long nothing is accepted once there are no more descriptors."""

_SILENT: Final = logging.Logger("nothing", logging.CRITICAL + 1)


class Connection(web.RequestHandler):
    """`closed` is set once it is gone."""

    def __init__(self, server: web.Server, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            server,
            loop=loop,
            keepalive_timeout=IDLE_TIMEOUT_S,
            auto_decompress=False,  # What a small body unpacks to has no bounds; nobody need send one packed.
            access_log=_SILENT,
        )
        self.closed = asyncio.Event()
        self._silence: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._silence = asyncio.get_running_loop().call_later(FIRST_REQUEST_TIMEOUT_S, self.force_close)

    def heard(self) -> None:
        """Note that a whole head came: from now on, only silence between two requests ends the connection."""
        if self._silence is not None:
            self._silence.cancel()

    def connection_lost(self, exc: BaseException | None) -> None:
        self.heard()
        super().connection_lost(exc)
        self.closed.set()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is no request. What came is told neither to the client nor to the log: it may hold a token."""
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun already")
        if isinstance(exc, UnicodeEncodeError):
            status = 400  # aiohttp quotes an expectation that it does not know, whatever its bytes are.
        told = "this is no well-formed HTTP/1.1 request (RFC 9112)"
        if status >= 500:
            log.error("the admin's server failed", exc_info=exc)
            told = FAILED
        answer = json_answer({"error": told}, status=status)
        dress(answer)
        answer.force_close()
        return answer


class Door:
    """Accepts connections from a listening socket, which it then owns."""

    def __init__(
        self, listening: socket.socket, context: ssl.SSLContext | None, make: Callable[[], Connection]
    ) -> None:
        self._listening, self._context, self._make = listening, context, make
        self._room = asyncio.Semaphore(MOST)
        self._inside: set[asyncio.Task[None]] = set()
        self._accepting = asyncio.create_task(self._accept(), name="the admin's door")

    async def close(self) -> None:
        """Accept no more."""
        self._accepting.cancel()
        await asyncio.wait({self._accepting})
        self._listening.close()

    async def give_up(self) -> None:
        """Break off the handshakes that are under way, after all connections are closed."""
        inside = list(self._inside)
        for task in inside:
            task.cancel()
        await asyncio.gather(*inside, return_exceptions=True)

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._room.acquire()
            try:
                opened, _ = await loop.sock_accept(self._listening)
            except OSError as error:
                self._room.release()
                log.error("the admin accepts no connection: %s", error.strerror)
                await asyncio.sleep(NO_DESCRIPTORS_S if error.errno in (errno.EMFILE, errno.ENFILE) else 0)
                continue
            task = asyncio.create_task(self._let_in(opened), name="a connection of the admin")
            self._inside.add(task)
            task.add_done_callback(self._let_out)

    def _let_out(self, task: asyncio.Task[None]) -> None:
        self._inside.discard(task)
        self._room.release()

    async def _let_in(self, opened: socket.socket) -> None:
        """See one connection from its handshake to its end."""
        try:
            _, connection = await asyncio.get_running_loop().connect_accepted_socket(
                self._make,
                opened,
                ssl=self._context,
                ssl_handshake_timeout=None if self._context is None else HANDSHAKE_TIMEOUT_S,
                ssl_shutdown_timeout=None if self._context is None else SHUTDOWN_TIMEOUT_S,
            )
        except (OSError, ssl.CertificateError) as error:
            log.info("a handshake with the admin failed: %s", error)
            opened.close()
            return
        await connection.closed.wait()
