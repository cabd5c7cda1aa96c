"""The guard at the socket: what DNS answers is judged, and so is the very address that is connected to.

A name is not looked up first and connected to later, when it may have another address: the answer that was judged is
the one that is used. An address that comes by another way (a literal, a mistake here) meets the second check.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any, TypeAlias

from aiohttp.abc import AbstractResolver, ResolveResult

from proxy.upstream.resolver import Addresses, Lookup
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.network.addresses import Reach

AddressInfo: TypeAlias = tuple[Any, ...]
"""Family, type, protocol, canonical name and socket address, as getaddrinfo(3) has them."""


class GuardedResolver(AbstractResolver):
    """Refuses an answer with one private address in it: honest names have none, and another try may find it first."""

    def __init__(self, reach: Reach, lookup: Lookup) -> None:
        self._reach, self._lookup = reach, lookup

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a name; raises HostcallFailed, or OSError where it has none."""
        addresses = await self._ask(host, port)
        for address, _ in addresses:
            check(self._reach, address)
        return [_result(host, address, port) for address, port in addresses]

    async def _ask(self, host: str, port: int) -> Addresses:
        try:
            found = await self._lookup(host, port)
        except UnicodeError as error:
            raise OSError(str(error)) from error
        if not found:
            raise OSError("the name has no addresses")
        return found

    async def close(self) -> None:
        pass


def guarded_socket(reach: Reach) -> Callable[[AddressInfo], socket.socket]:
    """Return what makes the socket of each connection, given where it is about to be connected to."""

    def make(info: AddressInfo) -> socket.socket:
        family, kind, protocol, _, place = info
        check(reach, str(place[0]))
        return socket.socket(family, kind, protocol)

    return make


def check(reach: Reach, address: str) -> None:
    """Raise HostcallFailed for an address out of reach."""
    if not reach.admits(address):
        raise HostcallFailed("private_address", f"{address} is not a public address, nor in a network allowed")


def _result(host: str, address: str, port: int) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=socket.AF_INET6 if ":" in address else socket.AF_INET,
        proto=0,
        flags=socket.AI_NUMERICHOST,
    )
