"""Which program runs a module as a function: told by its ABI."""

from __future__ import annotations

from proxy.errors import AbiMismatch
from wasm_host.abi.edge.program import EdgeProgram
from wasm_host.abi.json_guest.program import JsonProgram
from wasm_host.functions.hostcalls import Hostcalls
from wasm_host.functions.program import Program
from wasm_host.functions.services import Services
from wasm_host.functions.settings import FunctionSettings
from wasm_host.module import WasmModule


def linked(module: WasmModule, settings: FunctionSettings, services: Services, hostcalls: Hostcalls) -> Program:
    """Join a module with its host; raises AbiMismatch that names each misfit."""
    if module.abi == "edge":
        return EdgeProgram(module, settings, services, hostcalls)
    if module.abi == "json":
        return JsonProgram(module, settings, services, hostcalls)
    raise AbiMismatch(f"{module.name} is for {module.abi_title}: a filter of `type: wasm` runs it, but no function")
