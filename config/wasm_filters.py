"""The WASM filters of one graph: made or kept, started, swapped, shown and closed together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from config.parts import Parts
from config.wasm_house import House, Tenant
from config.wasm_workshop import AnyFilter, Workshop
from proxy.audit_log import AuditLog
from proxy.chain import Chain
from proxy.errors import AbiMismatch, GuestError, StartError
from proxy.filter import Filter
from proxy.firewall_book import FirewallBook
from proxy.modules import Modules
from wasm_host.log_lines import LogLines
from wasm_host.module import WasmModule
from wasm_host.program import GuestSettings


@dataclass(frozen=True, slots=True)
class Source:
    """What the configuration says of one filter; `path` as it is written there. With a `book` it is a firewall."""

    path: str
    sha256: str | None
    settings: GuestSettings
    book: FirewallBook | None = None


@dataclass(frozen=True, slots=True)
class _Made:
    """A filter as this graph's configuration has it; graphs may differ in how they name its module."""

    source: Source
    tenant: Tenant


class WasmFilters(Modules):
    """`chains` are those that contain the filters: compiled anew after a swap. Several filters may share a name."""

    def __init__(self, parts: Parts) -> None:
        self._upstreams, self._registry = parts.upstreams, parts.registry
        self._house = _house(parts)
        self._house.graphs += 1
        self._made: list[_Made] = []
        self._audit_logs: dict[str, AuditLog] = {}
        self._one_at_a_time = asyncio.Lock()
        self._closed = False
        self.chains: Sequence[Chain] = ()

    @property
    def house(self) -> House:
        return self._house

    def make(self, source: Source, former: Sequence[Filter] = ()) -> AnyFilter:
        """Make a filter, or return the one of the former that would be the same; raises StartError."""
        try:
            module = self._house.workshop.read(source.path, source.sha256)
            tenant = self._kept(source, module, former) or self._house.made(
                module, source.settings, source.book, self._upstreams
            )
        except AbiMismatch as error:
            raise StartError(f"filter {source.settings.name}: {error}") from error
        self._house.hold(tenant)
        self._made.append(_Made(source, tenant))
        return tenant.filter

    def hand_on(self, filter: Filter, parts: Parts) -> AnyFilter:
        """Let the next graph have a filter as it is here."""
        following = filters_of(parts)
        made = next(each for each in self._made if each.tenant.filter is filter)
        for path, log in self._audit_logs.items():
            if made.source.book is not None and made.source.book.audit_log is log:
                following.audit_log(path)
        following._house.hold(made.tenant)
        following._made.append(made)
        return made.tenant.filter

    def _kept(self, source: Source, module: WasmModule, former: Sequence[Filter]) -> Tenant | None:
        for tenant in map(self._house.tenant, former):
            if tenant.is_made_of(module, source.settings, source.book):
                return tenant
        return None

    def audit_log(self, path: str) -> AuditLog:
        """Return the log that filters write to which name this path; it is opened with the start."""
        found = self._audit_logs.get(path)
        if found is None:
            found = self._audit_logs[path] = self._house.hold_log(path)
        return found

    def try_out(self, source: Source, log: LogLines) -> None:
        """Do all that it takes for a filter to serve, and leave nothing behind; raises GuestError."""
        workshop = self._house.workshop
        workshop.try_out(workshop.read(source.path, source.sha256), source.settings, log, self._upstreams)

    def start(self) -> None:
        for log in self._audit_logs.values():
            log.open()
        for made in self._made:
            made.tenant.start()

    def take_over(self) -> None:
        for made in self._made:
            made.tenant.know(self._upstreams)

    def describe(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for made in self._made:
            found.setdefault(made.tenant.filter.name, []).append(self._description(made))
        return found

    def _description(self, made: _Made) -> dict[str, Any]:
        filter, module = made.tenant.filter, made.tenant.module
        return {
            "module": made.source.path,
            "sha256": module.sha256,
            "abi": module.abi_title,
            "instances": filter.guests.alive,
            "quarantined": bool(self._house.workshop.metrics(filter.name).quarantined.value),
        }

    async def reload(self, filter: str) -> dict[str, Any]:
        async with self._one_at_a_time:
            ours = [made for made in self._made if made.tenant.filter.name == filter]
            try:
                modules = [await self._tried(made) for made in ours]
                self._swap(list(zip(ours, modules, strict=True)))
            except GuestError as error:
                self._registry.wasm_swaps.child(filter, "refused").value += 1
                return {"outcome": "refused", "reason": str(error)}
        self._registry.wasm_swaps.child(filter, "swapped").value += 1
        return {"outcome": "swapped", "sha256": ", ".join(sorted({module.sha256 for module in modules}))}

    async def _tried(self, made: _Made) -> WasmModule:
        """Read a filter's module as it is now, and see whether it starts; raises GuestError."""
        source, now, workshop = made.source, made.tenant.module, self._house.workshop
        module = await asyncio.to_thread(workshop.read, source.path, source.sha256)
        if self._closed:
            raise AbiMismatch("another configuration runs now; ask again")
        if module.abi != now.abi:
            raise AbiMismatch(f"{module.name} is for {module.abi_title} now; that takes a reload of the configuration")
        workshop.try_out(module, source.settings, workshop.log_lines(source.settings), self._upstreams)
        return module

    def _swap(self, pairs: list[tuple[_Made, WasmModule]]) -> None:
        workshop = self._house.workshop
        for made, module in pairs:
            tenant, before = made.tenant, made.tenant.labels
            tenant.filter.swap(workshop.program(module, made.source.settings, tenant.upstreams))
            tenant.module = module
            self._house.show(*before)
            self._house.show(*tenant.labels)
        swapped = [made.tenant.filter for made, _ in pairs]
        for chain in self.chains:
            if any(step.filter in swapped for step in chain.steps):
                chain.compile()

    def reopen_logs(self) -> None:
        for log in self._audit_logs.values():
            log.reopen()

    async def close(self) -> None:
        """End what no other graph has."""
        if not self._closed:
            self._let_filters_go()
            if not self._house.graphs:
                await self._house.workshop.services.close()
            self._let_logs_go()

    def abandon(self) -> None:
        """Let go of everything, where nothing was started: the graph was not built after all."""
        self._let_filters_go()
        self._let_logs_go()

    def _let_filters_go(self) -> None:
        self._closed = True
        self._house.graphs -= 1
        for made in self._made:
            self._house.let_go(made.tenant)

    def _let_logs_go(self) -> None:
        for path in self._audit_logs:
            self._house.let_go_of_log(path)


def _house(parts: Parts) -> House:
    """Return that of the graph before, so that filters may stay, and what their guests share."""
    if parts.former is not None:
        return parts.former.house
    return House(Workshop(parts.directory, parts.registry, {}), parts.registry)


def filters_of(parts: Parts) -> WasmFilters:
    """Return the WASM filters of a graph, which come into being with the first of them."""
    if parts.wasm is None:
        parts.wasm = WasmFilters(parts)
    return parts.wasm
