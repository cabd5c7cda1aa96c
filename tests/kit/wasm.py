"""Modules written in WAT of which a test makes many instances, and the same by wasmtime's public API."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import wasmtime

from kit.wat import exports_of, module_of, wanted_by
from wasm_host.calls import Instance, Linked, Running
from wasm_host.engine import engine
from wasm_host.limits import GuestLimits
from wasm_host.signature import HostFunction, Signature

BITS = {"i": 32, "I": 64}
WAT_TYPES = {"i": "i32", "I": "i64"}


class Joined:
    """A module joined once with host functions; `call` is by an export's name."""

    def __init__(self, wat: str, functions: Sequence[HostFunction] = (), **limits: float) -> None:
        bounds = GuestLimits(**limits)  # type: ignore[arg-type]
        module = module_of(wat)
        exports = exports_of(module)
        self.running = Running(bounds.call_time_s)
        self.linked = Linked(engine(), module, wanted_by(module, functions), exports, bounds, self.running)
        self._names = [each.name for each in exports]

    def instance(self) -> Instance:
        return Instance(self.linked)

    def call(self, instance: Instance, name: str, *arguments: int) -> int:
        self.running.ticked_at = 0.0
        function = instance.functions[self._names.index(name)]
        assert function is not None
        return function(*arguments)


def host(name: str, signature: Signature, call: Callable[..., Any], on_wild_pointer: int | None = None) -> HostFunction:
    return HostFunction("env", name, signature, call, on_wild_pointer)


class PublicGuest:
    """The same guest, made and called through wasmtime's public API, which knows signed numbers only."""

    def __init__(self, wat: str, functions: Sequence[HostFunction] = ()) -> None:
        linker = wasmtime.Linker(engine())
        self.store = wasmtime.Store(engine())
        self.store.set_epoch_deadline(1_000_000)
        for each in functions:
            linker.define_func(each.module, each.name, each.signature.function_type(), each.call)
        self.exports = linker.instantiate(self.store, module_of(wat)).exports(self.store)

    def call(self, name: str, *arguments: int) -> Any:
        function = self.exports[name]
        assert isinstance(function, wasmtime.Func)
        return function(self.store, *arguments)


def signed(kind: str, number: int) -> int:
    """Read an unsigned number as the public API gives it."""
    bits = BITS[kind]
    return number - (1 << bits) if number >> (bits - 1) else number


def unsigned(kind: str, number: int) -> int:
    return number % (1 << BITS[kind])
