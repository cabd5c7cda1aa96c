"""Guests written in WAT beside the test that they serve, joined with host functions and nothing more."""

from __future__ import annotations

from collections.abc import Sequence

import wasmtime

from wasm_host.calls import Instance, Linked, Running
from wasm_host.engine import engine
from wasm_host.limits import GuestLimits
from wasm_host.memory import Memory, nothing
from wasm_host.signature import Export, HostFunction, Signature

_LETTERS = {"i32": "i", "i64": "I"}


def module_of(wat: str) -> wasmtime.Module:
    """Compile a module; what stands between its parentheses is enough."""
    return wasmtime.Module(engine(), f"(module {wat})")


def exports_of(module: wasmtime.Module) -> list[Export]:
    return [
        Export(each.name or "", Signature(_letters(each.type.params), _letters(each.type.results)))
        for each in module.exports
        if isinstance(each.type, wasmtime.FuncType)
    ]


def _letters(types: Sequence[wasmtime.ValType]) -> str:
    return "".join(_LETTERS[str(each)] for each in types)


def wanted_by(module: wasmtime.Module, functions: Sequence[HostFunction]) -> list[HostFunction]:
    wanted = {(each.module, each.name) for each in module.imports}
    return [each for each in functions if (each.module, each.name) in wanted]


class WatGuest:
    """A guest that never waits; `call` is by an export's name, `memory` its memory."""

    def __init__(
        self, wat: str, functions: Sequence[HostFunction] = (), running: Running | None = None, **limits: float
    ) -> None:
        bounds = GuestLimits(**limits)  # type: ignore[arg-type]
        module, self.running = module_of(wat), running or Running(bounds.call_time_s)
        exports = exports_of(module)
        linked = Linked(engine(), module, wanted_by(module, functions), exports, bounds, self.running)
        self.running.guest = self
        self.memory = Memory(nothing)
        self.instance = Instance(linked)
        self.memory = self.instance.memory
        self._functions = dict(zip([each.name for each in exports], self.instance.functions, strict=True))

    def call(self, name: str, *arguments: int) -> int:
        self.running.guest, self.running.ticked_at = self, 0.0
        function = self._functions[name]
        assert function is not None
        return function(*arguments)
