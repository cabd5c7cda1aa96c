"""The addresses behind a DNS name, asked for in the background so that no request waits for DNS twice."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from proxy.errors import ConnectFailed
from proxy.runtime import Waiter, spawn
from proxy.upstream.address import Address

log = logging.getLogger("penstock.upstream")

Addresses: TypeAlias = tuple[tuple[str, int], ...]
"""IP and port, in the system's order of preference (RFC 6724)."""
Lookup: TypeAlias = Callable[[str, int], Awaitable[Addresses]]

LOOKUP_TIMEOUT_S: Final = 10.0
RETRY_S: Final = 1.0
"""How soon to ask again while there is no answer at all."""


async def system_lookup(host: str, port: int) -> Addresses:
    """Ask the system's resolver; raises OSError, or UnicodeError for names that DNS can't carry."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys((str(sockaddr[0]), int(sockaddr[1])) for *_, sockaddr in found))


class Resolver:
    """Keeps the last good answer for one host. A literal IP is its own answer and never asked for."""

    def __init__(self, address: Address, *, every_s: float = 30.0, lookup: Lookup = system_lookup) -> None:
        self._address, self._every_s, self._lookup = address, every_s, lookup
        self._addresses: Addresses = ((address.host, address.port),) if address.is_ip else ()
        self._failure: str | None = None
        self._waiting: list[Waiter[None]] = []
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    def addresses(self) -> Addresses:
        """Return the last good answer; empty until there is one."""
        return self._addresses

    def start(self) -> None:
        """Begin to ask, and go on asking until closed."""
        if self._task is None and not self._closed and not self._address.is_ip:
            self._task = spawn(self._keep_asking(), f"resolve {self._address.host}")

    async def first(self) -> Addresses:
        """Return the addresses, waiting for the first answer; raises ConnectFailed, at once if DNS just failed."""
        self.start()
        if not self._addresses and self._failure is None:
            waiter: Waiter[None] = Waiter()
            self._waiting.append(waiter)
            await waiter
        if not self._addresses:
            raise ConnectFailed(f"{self._address.host} has no address: {self._failure}", reason="dns_failed")
        return self._addresses

    def close(self) -> None:
        """Stop asking; who still waits gets ConnectFailed."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if self._failure is None:
            self._failure = "the resolver was closed"
        self._wake()

    async def _keep_asking(self) -> None:
        while True:
            await self._ask()
            await asyncio.sleep(self._every_s if self._addresses else min(RETRY_S, self._every_s))

    async def _ask(self) -> None:
        try:
            async with asyncio.timeout(LOOKUP_TIMEOUT_S):
                found = await self._lookup(self._address.host, self._address.port)
        except (OSError, UnicodeError) as error:  # TimeoutError is an OSError
            self._fail(str(error) or "no answer in time")
        else:
            self._take(found) if found else self._fail("the name has no addresses")
        self._wake()

    def _take(self, found: Addresses) -> None:
        if self._failure is not None:
            log.info("%s resolves again", self._address.host)
        self._addresses, self._failure = found, None

    def _fail(self, failure: str) -> None:
        if self._failure is None:
            log.warning("cannot resolve %s: %s", self._address.host, failure)
        self._failure = failure

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            waiter.wake(None)
