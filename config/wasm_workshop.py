"""From a module's file to a filter, whatever the module's ABI."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from typing import Any, TypeAlias

from config.builtin_modules import located
from config.judges import PROGRAMS, judge_filter, try_judge
from proxy.errors import AbiMismatch
from proxy.firewall_book import FirewallBook
from proxy.metrics import Registry
from proxy.upstream.upstream import Upstream
from wasm_host.abi.http_wasm.filter import HttpWasmFilter
from wasm_host.abi.http_wasm.program import HttpWasmProgram
from wasm_host.abi.proxy_wasm.filter import ProxyWasmFilter
from wasm_host.abi.proxy_wasm.firewall import FirewallFilter
from wasm_host.abi.proxy_wasm.program import ProxyWasmProgram
from wasm_host.abi.proxy_wasm.services import WorkerServices
from wasm_host.filter import Program, WasmFilter
from wasm_host.guest_metrics import GuestMetrics
from wasm_host.log_lines import LogLines
from wasm_host.module import WasmModule, read_module
from wasm_host.program import GuestSettings

AnyProgram: TypeAlias = Program[Any]
AnyFilter: TypeAlias = WasmFilter[Any]
Upstreams: TypeAlias = Mapping[str, Upstream]


class Workshop:
    """Makes what belongs to the WASM filters of one worker. `services` are what its guests share.

    They know its upstreams, unless others are given, as with another graph.
    """

    def __init__(self, directory: pathlib.Path, registry: Registry, upstreams: Upstreams) -> None:
        self._directory, self._registry = directory, registry
        self.services = WorkerServices(upstreams, registry)

    def read(self, path: str, sha256: str | None) -> WasmModule:
        """Read and compile a module. Blocks; raises AbiMismatch."""
        return read_module(located(path, self._directory), sha256)

    def try_out(
        self, module: WasmModule, settings: GuestSettings, log: LogLines, upstreams: Upstreams | None = None
    ) -> None:
        """Start a guest only to see whether it starts, apart from all others; raises GuestError."""
        if module.abi in PROGRAMS:
            try_judge(module, settings, log)
        elif module.abi == "proxy_wasm":
            services = self.services.of_trial(settings.name, upstreams)
            ProxyWasmProgram(module, settings, services, log, trial=True).make().close()
        else:
            self._other_program(module, settings, log).make().close()

    def program(self, module: WasmModule, settings: GuestSettings, upstreams: Upstreams | None = None) -> AnyProgram:
        """Link a module for one filter; raises AbiMismatch."""
        log = self.log_lines(settings)
        if module.abi == "proxy_wasm":
            return ProxyWasmProgram(module, settings, self.services.of(settings.name, upstreams), log)
        return self._other_program(module, settings, log)

    def _other_program(self, module: WasmModule, settings: GuestSettings, log: LogLines) -> AnyProgram:
        """Link a module whose guests share nothing."""
        if module.abi == "http_wasm":
            return HttpWasmProgram(module, settings, log)
        if module.abi in PROGRAMS:
            return PROGRAMS[module.abi](module, settings, log)
        raise AbiMismatch(
            f"{module.name} is for {module.abi_title}, so it is a function and no filter of the type wasm"
        )

    def filter(
        self,
        module: WasmModule,
        settings: GuestSettings,
        book: FirewallBook | None = None,
        upstreams: Upstreams | None = None,
    ) -> AnyFilter:
        """Make a filter, none of whose guests is started yet; raises AbiMismatch. With a book it is a firewall."""
        program: Any = self.program(module, settings, upstreams)
        metrics = self.metrics(settings.name)
        if book is not None:
            return FirewallFilter(program, metrics, book)
        if module.abi in PROGRAMS:
            return judge_filter(program, metrics, self._registry)
        return ProxyWasmFilter(program, metrics) if module.abi == "proxy_wasm" else HttpWasmFilter(program, metrics)

    def log_lines(self, settings: GuestSettings) -> LogLines:
        return LogLines(settings.name, settings.log_level, self.metrics(settings.name).log_dropped)

    def metrics(self, name: str) -> GuestMetrics:
        return GuestMetrics(self._registry, name)
