"""The WASM filters of one worker: made, started, swapped, shown and closed together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from config.parts import Parts
from config.wasm_workshop import AnyFilter, Workshop
from proxy.audit_log import AuditLog
from proxy.chain import Chain
from proxy.errors import AbiMismatch, GuestError, StartError
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


@dataclass(slots=True)
class _Made:
    source: Source
    module: WasmModule
    filter: AnyFilter


class WasmFilters(Modules):
    """`chains` are those that contain the filters: compiled anew after a swap. Several filters may share a name."""

    def __init__(self, parts: Parts) -> None:
        self._workshop = Workshop(parts.directory, parts.registry, parts.upstreams)
        self._registry = parts.registry
        self._made: list[_Made] = []
        self._audit_logs: dict[str, AuditLog] = {}
        self._one_at_a_time = asyncio.Lock()
        self.chains: Sequence[Chain] = ()

    def make(self, source: Source) -> AnyFilter:
        """Make a filter; raises StartError."""
        try:
            module = self._workshop.read(source.path, source.sha256)
            made = _Made(source, module, self._workshop.filter(module, source.settings, source.book))
        except AbiMismatch as error:
            raise StartError(f"filter {source.settings.name}: {error}") from error
        self._made.append(made)
        self._show(made, 1)
        return made.filter

    def audit_log(self, path: str) -> AuditLog:
        """Return the log that filters write to which name this path; it is opened with the start."""
        found = self._audit_logs.get(path)
        if found is None:
            found = self._audit_logs[path] = AuditLog(path, self._registry.waf_audit_dropped.child())
        return found

    def try_out(self, source: Source, log: LogLines) -> None:
        """Do all that it takes for a filter to serve, and leave nothing behind; raises GuestError."""
        self._workshop.try_out(self._workshop.read(source.path, source.sha256), source.settings, log)

    def start(self) -> None:
        for log in self._audit_logs.values():
            log.open()
        for made in self._made:
            try:
                made.filter.start()
            except GuestError as error:
                raise StartError(f"filter {made.filter.name}: {made.module.name}: {error}") from error

    def describe(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for made in self._made:
            found.setdefault(made.filter.name, []).append(self._description(made))
        return found

    def _description(self, made: _Made) -> dict[str, Any]:
        return {
            "module": made.source.path,
            "sha256": made.module.sha256,
            "abi": made.module.abi_title,
            "instances": made.filter.guests.alive,
            "quarantined": bool(self._workshop.metrics(made.filter.name).quarantined.value),
        }

    async def reload(self, filter: str) -> dict[str, Any]:
        async with self._one_at_a_time:
            ours = [made for made in self._made if made.filter.name == filter]
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
        source = made.source
        module = await asyncio.to_thread(self._workshop.read, source.path, source.sha256)
        if module.abi != made.module.abi:
            raise AbiMismatch(f"{module.name} is for {module.abi_title} now; that takes a restart")
        self._workshop.try_out(module, source.settings, self._workshop.log_lines(source.settings))
        return module

    def _swap(self, pairs: list[tuple[_Made, WasmModule]]) -> None:
        for made, module in pairs:
            made.filter.swap(self._workshop.program(module, made.source.settings))
            self._show(made, 0)
            made.module = module
        for made, _ in pairs:
            self._show(made, 1)
        swapped = [made.filter for made, _ in pairs]
        for chain in self.chains:
            if any(step.filter in swapped for step in chain.steps):
                chain.compile()

    def _show(self, made: _Made, value: int) -> None:
        labels = (made.filter.name, made.module.sha256, made.module.abi_title)
        self._registry.wasm_module_info.child(*labels).value = value

    def reopen_logs(self) -> None:
        for log in self._audit_logs.values():
            log.reopen()

    async def close(self) -> None:
        for made in self._made:
            made.filter.close()
        await self._workshop.services.close()
        for log in self._audit_logs.values():
            log.close()


def filters_of(parts: Parts) -> WasmFilters:
    """Return the WASM filters of a worker, which come into being with the first of them."""
    if parts.wasm is None:
        parts.wasm = WasmFilters(parts)
    return parts.wasm
