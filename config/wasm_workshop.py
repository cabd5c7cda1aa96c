"""From a module's file to a filter, whatever the module's ABI."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from importlib.resources import as_file, files
from typing import Any, Final, TypeAlias

from config.problems import nearest
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

BUILTIN: Final = "builtin:"
"""Begins the path of a module that comes with Penstock, and lies in filters/wasm."""

AnyProgram: TypeAlias = Program[Any]
AnyFilter: TypeAlias = WasmFilter[Any]
Upstreams: TypeAlias = Mapping[str, Upstream]


def located(path: str, directory: pathlib.Path) -> pathlib.Path:
    """Return where a module lies; raises AbiMismatch for one that does not come with Penstock."""
    if not path.startswith(BUILTIN):
        return directory / path
    name, ours = path.removeprefix(BUILTIN), files("filters") / "wasm"
    names = [each.name for each in ours.iterdir() if each.name.endswith(".wasm")]
    if name not in names:
        raise AbiMismatch(f"no module '{name}' comes with Penstock{nearest(name, names)}")
    with as_file(ours / name) as found:  # Installed packages lie unpacked.
        return found


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
        program: AnyProgram
        if module.abi == "proxy_wasm":
            services = self.services.of_trial(settings.name, upstreams)
            program = ProxyWasmProgram(module, settings, services, log, trial=True)
        else:
            program = HttpWasmProgram(module, settings, log)
        program.make().close()

    def program(self, module: WasmModule, settings: GuestSettings, upstreams: Upstreams | None = None) -> AnyProgram:
        """Link a module for one filter; raises AbiMismatch."""
        log = self.log_lines(settings)
        if module.abi == "proxy_wasm":
            return ProxyWasmProgram(module, settings, self.services.of(settings.name, upstreams), log)
        return HttpWasmProgram(module, settings, log)

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
        return ProxyWasmFilter(program, metrics) if module.abi == "proxy_wasm" else HttpWasmFilter(program, metrics)

    def log_lines(self, settings: GuestSettings) -> LogLines:
        return LogLines(settings.name, settings.log_level, self.metrics(settings.name).log_dropped)

    def metrics(self, name: str) -> GuestMetrics:
        return GuestMetrics(self._registry, name)
