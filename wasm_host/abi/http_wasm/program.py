"""An http-wasm module joined with this host for one filter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxy.errors import AbiMismatch
from wasm_host.abi.http_wasm.guest import HttpWasmGuest
from wasm_host.abi.http_wasm.imports import EXPORTS, WAITING, host_functions
from wasm_host.abi.wasi import wasi_functions
from wasm_host.calls import Linked, Running
from wasm_host.fibers import FiberLinked, FiberRunning
from wasm_host.linking import needed
from wasm_host.program import nobody_hears

if TYPE_CHECKING:
    from wasm_host.log_lines import LogLines
    from wasm_host.module import WasmModule
    from wasm_host.program import GuestSettings, OnFailure

_HOOKS: Final = frozenset({"on_request", "on_response", "on_response_body", "on_complete"})


class HttpWasmProgram:
    """Makes guests."""

    def __init__(self, module: WasmModule, settings: GuestSettings, log: LogLines) -> None:
        """Join the module; raises AbiMismatch that names each import which does not fit."""
        self.module, self.settings, self.log = module, settings, log
        _check_handlers(module)
        waits = any(each.name in WAITING for each in module.compiled.imports)
        running = (FiberRunning if waits else Running)(settings.limits.call_time_s)
        offered = [*host_functions(running), *wasi_functions(running, log.write, settings.environment)]
        functions = needed(module, offered, EXPORTS)
        kind = FiberLinked if waits else Linked
        self.linked = kind(module.engine, module.compiled, functions, EXPORTS, settings.limits, running)
        self.guest_failed: OnFailure = nobody_hears

    def hooks(self) -> frozenset[str]:
        return _HOOKS

    def make(self) -> HttpWasmGuest:
        """Make a guest and start it; raises GuestError."""
        return HttpWasmGuest(self)


def _check_handlers(module: WasmModule) -> None:
    exported = {each.name for each in module.compiled.exports}
    for name in ("handle_request", "handle_response"):
        if name not in exported:
            raise AbiMismatch(f"{module.name} does not fit {module.abi_title}: it exports no {name}")
