"""The admin's listener: its start, its address, its end."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from proxy.admin.access import OPEN, Access, why_unsafe
from proxy.admin.application import application
from proxy.admin.change_log import ChangeLog
from proxy.admin.connection import Connection, Door
from proxy.admin.desk import Desk
from proxy.admin.edge_pages import EdgePages
from proxy.admin.guard import Guard
from proxy.admin.openapi import document
from proxy.admin.pages import Pages
from proxy.admin.sources import Sources
from proxy.errors import StartError
from proxy.sockets import bound_address, open_socket
from proxy.tls.server import server_context
from proxy.tls.settings import TlsServer
from proxy.upstream.address import Address

LAST_ANSWERS_S: Final = 5.0
"""What calls under way get at the end."""


@dataclass(frozen=True, slots=True)
class AdminSpec:
    """The admin as configured. `routes` and `config` return what their pages show, as JSON, secrets masked.

    `plan` takes a configuration's text, and returns its `errors` and the `changes` that it would make; it is called in
    a thread. `audit_log` is a path, or `stderr`. `desk` takes calls about edge functions; None where there are none.
    """

    address: str
    routes: Callable[[], Any]
    config: Callable[[], Any]
    plan: Callable[[str], dict[str, Any]]
    access: Access = OPEN
    tls: TlsServer | None = None
    audit_log: str = "stderr"
    desk: Desk | None = None


class Admin:
    """Serves the pages from the supervisor's loop. Raises StartError for an address that it must not be at.

    `desk` returns the one that takes calls now, where that may be another than the spec's.
    """

    def __init__(self, spec: AdminSpec, sources: Sources, desk: Callable[[], Desk | None] | None = None) -> None:
        self._spec, self._sources = spec, sources
        self._desk = desk or (lambda: spec.desk)
        self._address = admin_address(spec)

    async def start(self, opened: socket.socket | None = None) -> None:
        """Listen, on a socket that listens already or a new one; raises StartError where that can't be had."""
        spec = self._spec
        context = None if spec.tls is None else server_context(spec.tls, None)
        self._log = ChangeLog(spec.audit_log)
        try:
            self.opened = opened if opened is not None else open_socket(self._address)
        except StartError:
            self._log.close()
            raise
        self._address = bound_address(self.opened)
        pages = Pages(self._sources, spec.routes, spec.config, spec.plan, document(spec.access), self._desk)
        app = application(pages, EdgePages(self._sources, self._desk), Guard(spec.access, self._log, self._sources))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=LAST_ANSWERS_S)
        await self._runner.setup()
        self._door = Door(self.opened, context, self._connection)

    def _connection(self) -> Connection:
        assert self._runner.server is not None
        return Connection(self._runner.server, asyncio.get_running_loop())

    @property
    def url(self) -> str:
        if self._address.path is not None:
            return str(self._address)
        return f"{'http' if self._spec.tls is None else 'https'}://{self._address}/"

    def reopen_log(self) -> None:
        """Let a rotated audit log go."""
        self._log.reopen()

    async def stop(self) -> None:
        """Take no more calls, and end once those under way are answered."""
        await self._door.close()
        await self._runner.cleanup()
        await self._door.give_up()
        await asyncio.to_thread(self._log.close)


def admin_address(spec: AdminSpec) -> Address:
    """Return where the admin is; raises StartError where it must not be with so little protection."""
    try:
        address = Address.parse(spec.address)
    except ValueError as error:
        raise StartError(f"admin: {error}") from error
    if (why := why_unsafe(address, spec.access, tls=spec.tls is not None)) is not None:
        raise StartError(f"admin: {why}")
    return address
