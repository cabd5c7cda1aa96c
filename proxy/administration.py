"""The admin as the running configuration has it: kept over reloads, or replaced by one beside it."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace

from proxy.admin.server import Admin, AdminSpec
from proxy.admin.sources import Sources
from proxy.opened import Opened


class Administration:
    """`spec` is the one that runs: its pages show what is configured now, also where the listener is an older one.

    `inherited` is what a predecessor's admin had open.
    """

    def __init__(self, sources: Sources, inherited: Opened | None = None) -> None:
        self.spec: AdminSpec | None = None
        self.admin: Admin | None = None
        self._sources, self._inherited = sources, inherited
        self._ends: set[asyncio.Task[None]] = set()

    async def stage(self, spec: AdminSpec | None) -> StagedAdmin:
        """Start what this spec needs beside what runs; raises StartError, and nothing has changed."""
        if spec is None:
            return StagedAdmin(self, None, None)
        if self.admin is not None and self.spec is not None and _same(self.spec, spec):
            return StagedAdmin(self, spec, self.admin)
        admin = Admin(self._live(spec), self._sources, lambda: self._now.desk)
        await admin.start(self._socket_at(spec.address))
        return StagedAdmin(self, spec, admin)

    @property
    def opened(self) -> Opened | None:
        """What is open, for a successor."""
        if self.admin is None or self.spec is None:
            return None
        return Opened("admin", self.spec.address, (self.admin.opened,))

    def _socket_at(self, address: str) -> socket.socket | None:
        """Return the socket of the admin that runs, or that a predecessor had, if it is there already."""
        opened = self.opened or self._inherited
        return opened.sockets[0].dup() if opened is not None and opened.asked == address else None

    def _live(self, spec: AdminSpec) -> AdminSpec:
        """Let the pages of one listener show what each later configuration has."""
        return replace(
            spec,
            routes=lambda: self._now.routes(),
            config=lambda: self._now.config(),
            plan=lambda text: self._now.plan(text),
        )

    @property
    def _now(self) -> AdminSpec:
        assert self.spec is not None
        return self.spec

    def adopt(self, spec: AdminSpec | None, admin: Admin | None) -> None:
        """Let this one be the admin; the one before ends with the requests that it has."""
        former, self.spec, self.admin = self.admin, spec, admin
        if self._inherited is not None:
            self._inherited.sockets[0].close()
            self._inherited = None
        if former is not None and former is not admin:
            self.retire(former)

    def retire(self, admin: Admin) -> None:
        end = asyncio.create_task(admin.stop(), name="end of an admin")
        self._ends.add(end)
        end.add_done_callback(self._ends.discard)

    def reopen_log(self) -> None:
        """Let a rotated audit log go."""
        if self.admin is not None:
            self.admin.reopen_log()

    async def stop(self) -> None:
        self.adopt(None, None)
        await asyncio.gather(*self._ends)


class StagedAdmin:
    """An admin for a changed spec, before it is decided on."""

    def __init__(self, administration: Administration, spec: AdminSpec | None, admin: Admin | None) -> None:
        self._administration, self._spec, self._admin = administration, spec, admin

    def commit(self) -> None:
        self._administration.adopt(self._spec, self._admin)

    def discard(self) -> None:
        if self._admin is not None and self._admin is not self._administration.admin:
            self._administration.retire(self._admin)


def _same(one: AdminSpec, other: AdminSpec) -> bool:
    """Tell whether they differ in what their pages show alone; certificates may differ under the same paths."""
    alike = replace(one, routes=other.routes, config=other.config, plan=other.plan, desk=other.desk)
    return other.tls is None and alike == other
