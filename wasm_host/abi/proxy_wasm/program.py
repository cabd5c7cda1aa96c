"""A Proxy-Wasm module joined with this host for one filter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

from proxy.errors import GuestUnavailable
from wasm_host.abi.proxy_wasm.context import Root
from wasm_host.abi.proxy_wasm.exports import OLD_HEADERS, exports
from wasm_host.abi.proxy_wasm.guest import ProxyWasmGuest
from wasm_host.abi.proxy_wasm.imports import host_functions
from wasm_host.abi.wasi import wasi_functions
from wasm_host.calls import Linked, Running
from wasm_host.linking import needed
from wasm_host.program import nobody_hears

if TYPE_CHECKING:
    from wasm_host.abi.proxy_wasm.services import Services
    from wasm_host.log_lines import LogLines
    from wasm_host.module import WasmModule
    from wasm_host.program import GuestSettings, OnFailure


Successor: TypeAlias = Callable[[], Awaitable[ProxyWasmGuest]]
"""Returns a guest in place of one that is gone; raises GuestError."""


class ProxyWasmProgram:
    """Makes guests. With `trial`, they are only to show that they start: their ticks and calls come to nothing."""

    def __init__(
        self,
        module: WasmModule,
        settings: GuestSettings,
        services: Services,
        log: LogLines,
        *,
        trial: bool = False,
    ) -> None:
        """Join the module; raises AbiMismatch that names each import which does not fit."""
        self.module, self.settings, self.services, self.log, self.trial = module, settings, services, log, trial
        self.limits, self.hold_headers = settings.limits, settings.hold_headers
        running = Running(settings.limits.call_time_s)
        offered = [
            *host_functions(running, module.abi_version),
            *wasi_functions(running, self._write_line, settings.environment),
        ]
        wanted = exports(module.compiled)
        self.old_headers = tuple(each.name for each in wanted if each.signature is OLD_HEADERS)
        self.linked = Linked(
            module.engine, module.compiled, needed(module, offered, wanted), wanted, settings.limits, running
        )
        self.guest_failed: OnFailure = nobody_hears
        self.successor: Successor = _none_left

    def _write_line(self, level: int, text: bytes) -> None:
        self.log.write(level, text)

    def hooks(self) -> frozenset[str]:
        """Return the chain's hooks that a guest has a callback for; no others cost anything."""
        exported = {each.name for each in self.module.compiled.exports}
        bodies = {hook for hook in ("on_request_body", "on_response_body") if f"proxy_{hook}" in exported}
        answers = "proxy_on_response_headers" in exported or "on_response_body" in bodies
        return frozenset({"on_request", "on_complete", *bodies} | ({"on_response"} if answers else set()))

    def make(self) -> ProxyWasmGuest:
        """Make a guest and start it; raises GuestError."""
        running, limits = self.linked.running, self.limits
        running.call_time_s = limits.call_time_s if limits.start_time_s is None else limits.start_time_s
        try:
            return ProxyWasmGuest(self)
        finally:
            running.call_time_s = limits.call_time_s

    def root(self) -> Root:
        settings = self.settings
        return Root(settings.name, settings.root_id, settings.vm_id, settings.configuration, settings.vm_configuration)


async def _none_left() -> ProxyWasmGuest:
    raise GuestUnavailable("there is no filter that could make another guest")
