"""What a WASM module is, what it wants of this host, and what it would cost: read from the file, without running it."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import wasmtime

from config.judges import PROGRAMS
from config.wasm_workshop import Workshop
from proxy.errors import AbiMismatch
from proxy.metrics import Cell, Registry
from wasm_host.abi.edge import imports as edge
from wasm_host.abi.http_wasm import imports as http_wasm
from wasm_host.abi.json_guest import imports as json_guest
from wasm_host.abi.json_guest.entry import ALLOCATE
from wasm_host.abi.proxy_wasm import imports as proxy_wasm
from wasm_host.abi.proxy_wasm.exports import exports as proxy_wasm_exports
from wasm_host.abi.wasi import wasi_functions
from wasm_host.calls import Running
from wasm_host.fibers import FiberRunning
from wasm_host.linking import export_misfits, import_misfits
from wasm_host.log_lines import LogLines
from wasm_host.module import WasmModule
from wasm_host.program import GuestSettings
from wasm_host.signature import Export, HostFunction, spelled

PAGE_BYTES: Final = 64 * 1024

CALLED: Final = {
    "when a guest starts": (
        "_initialize",
        "_start",
        "proxy_on_context_create",
        "proxy_on_vm_start",
        "proxy_on_configure",
    ),
    "at a request's head": ("proxy_on_context_create", "proxy_on_request_headers", "handle_request"),
    "at each piece of its body": ("proxy_on_request_body",),
    "at a response's head": ("proxy_on_response_headers", "handle_response"),
    "at each piece of that body": ("proxy_on_response_body",),
    "at an exchange's end": ("proxy_on_log", "proxy_on_done", "proxy_on_delete"),
    "at a request": ("alloc", "analyze_request", "detect_bot"),
    "besides": ("proxy_on_tick", "proxy_on_queue_ready", "proxy_on_http_call_response", "proxy_on_foreign_function"),
}
"""When which export of a filter is called; what a module lacks costs nothing."""

CALLED_OF_FUNCTIONS: Final = {"at a call": ("allocate", "handle_request", "main")}
"""The same of functions, where the configuration names no other entry."""

_FUNCTIONS: Final = frozenset({"edge", "json"})


@dataclass(frozen=True, slots=True)
class Inspection:
    """`faults` say why the module cannot run; none, and it can."""

    module: WasmModule
    offered: Sequence[HostFunction]
    faults: Sequence[str]

    def lines(self) -> Iterator[str]:
        module = self.module
        yield f"{module.name}: {module.abi_title}, {module.size_bytes:,} bytes"
        yield f"  sha256 {module.sha256}"
        yield "memory"
        yield f"  {_memory(module.compiled)}"
        yield "imports"
        yield from self._imports()
        yield "calls"
        called = CALLED_OF_FUNCTIONS if module.abi in _FUNCTIONS else CALLED
        yield from _calls(called, {each.name or "" for each in module.compiled.exports})
        yield "it cannot run here" if self.faults else "it can run here"
        yield from (f"  {fault}" for fault in self.faults)

    def _imports(self) -> Iterator[str]:
        wanted = sorted(self.module.compiled.imports, key=lambda each: (each.module, each.name or ""))
        if not wanted:
            yield "  none"
        width = max((len(each.name or "") for each in wanted), default=0)
        for name, imports in groupby(wanted, key=lambda each: each.module):
            yield f"  {name}"
            yield from (f"    {each.name:{width}}  {self._judged(each)}" for each in imports)

    def _judged(self, wanted: Any) -> str:
        if not isinstance(wanted.type, wasmtime.FuncType):
            return "not a function"
        known = [each for each in self.offered if (each.module, each.name) == (wanted.module, wanted.name)]
        if not known:
            return f"{spelled(wanted.type)}   UNKNOWN"
        fits = spelled(wanted.type) == str(known[0].signature)
        return spelled(wanted.type) + ("" if fits else f"   WRONG: it is {known[0].signature}")


def inspected(path: str, directory: pathlib.Path) -> Inspection:
    """Look at a module; raises AbiMismatch for what is none, or for no ABI that is known here."""
    workshop = Workshop(directory, Registry(), {})
    module = workshop.read(path, None)
    offered = _offered(module)
    return Inspection(module, offered, _faults(workshop, module, offered))


def _faults(workshop: Workshop, module: WasmModule, offered: Sequence[HostFunction]) -> list[str]:
    misfits = [*import_misfits(module.compiled, offered), *export_misfits(module.compiled, _exports(module))]
    if not misfits and module.abi not in _FUNCTIONS:
        try:
            workshop.program(module, GuestSettings("inspected"))
        except AbiMismatch as error:
            return [str(error)]
    return misfits


def _exports(module: WasmModule) -> Sequence[Export]:
    """Return the exports whose types are settled; those of functions' entries depend on the configuration."""
    match module.abi:
        case "proxy_wasm":
            return proxy_wasm_exports(module.compiled)
        case "http_wasm":
            return http_wasm.EXPORTS
        case "waf" | "bot":
            return PROGRAMS[module.abi].exports()
        case "json":
            return (ALLOCATE,)
        case "edge":
            return ()


def _offered(module: WasmModule) -> list[HostFunction]:
    running = FiberRunning(0)
    match module.abi:
        case "proxy_wasm":
            return [*proxy_wasm.host_functions(running, module.abi_version), *_wasi(running)]
        case "http_wasm":
            return [*http_wasm.host_functions(running), *_wasi(running)]
        case "waf" | "bot":
            return [*PROGRAMS[module.abi].offered(running, LogLines("inspected", 0, Cell(())))]
        case "json":
            return [
                HostFunction(json_guest.MODULE, name, type, _not_called) for name, type in json_guest.SIGNATURES.items()
            ]
        case "edge":
            return [HostFunction(each.module, each.name, each.signature, _not_called) for each in edge.IMPORTS]


def _not_called(*_: int) -> None:
    """Stand in where only a function's type is looked at."""


def _wasi(running: Running) -> list[HostFunction]:
    return wasi_functions(running, lambda level, line: None, {})


def _memory(module: wasmtime.Module) -> str:
    limits = [each.type.limits for each in module.exports if isinstance(each.type, wasmtime.MemoryType)]
    if not limits:
        return "none is exported"
    most = "no maximum of its own" if limits[0].max is None else f"at most {_pages(limits[0].max)}"
    return f"{_pages(limits[0].min)} at first, {most}"


def _pages(count: int) -> str:
    return f"{count} page{'' if count == 1 else 's'} ({count * PAGE_BYTES / 1024**2:.3g} MiB)"


def _calls(called: Mapping[str, Sequence[str]], exported: set[str]) -> Iterator[str]:
    for when, names in called.items():
        present = [name for name in names if name in exported]
        if present:
            yield f"  {when:26}  {', '.join(present)}"
