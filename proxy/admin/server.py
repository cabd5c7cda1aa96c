"""The admin's listener: where it may stand, and its start and end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from aiohttp import web

from proxy.admin.pages import Sources, application
from proxy.errors import StartError
from proxy.sockets import bound_address, open_socket
from proxy.upstream.address import Address


@dataclass(frozen=True, slots=True)
class AdminSpec:
    """The admin as configured. `routes` and `config` return what their pages show, as JSON, secrets masked."""

    address: str
    routes: Callable[[], Any]
    config: Callable[[], Any]


class Admin:
    """Serves the pages from the supervisor's loop."""

    def __init__(self, spec: AdminSpec, sources: Sources) -> None:
        self._address = local_address(spec.address)
        pages = application(sources, spec.routes, spec.config)
        self._runner = web.AppRunner(pages, access_log=None, shutdown_timeout=1.0)

    async def start(self) -> None:
        """Listen; raises StartError where the address can't be had."""
        opened = open_socket(self._address)
        self._address = bound_address(opened)
        await self._runner.setup()
        await web.SockSite(self._runner, opened).start()

    @property
    def url(self) -> str:
        return f"http://{self._address}/" if self._address.path is None else str(self._address)

    async def stop(self) -> None:
        await self._runner.cleanup()


def local_address(text: str) -> Address:
    """Read an address that only this machine reaches; anybody who reaches the admin may read all of it."""
    try:
        address = Address.parse(text)
    except ValueError as error:
        raise StartError(f"admin: {error}") from error
    if address.path is not None or address.host == "localhost":
        return address
    if not address.is_ip or not ip_address(address.host).is_loopback:
        raise StartError(f"admin: {text} is not a loopback address; use 127.0.0.1, [::1], localhost or unix:/path")
    return address
