"""The types of the functions between host and guest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import wasmtime

_TYPES: Final = {"i": wasmtime.ValType.i32, "I": wasmtime.ValType.i64}


@dataclass(frozen=True, slots=True)
class Signature:
    """A function's type: a letter for each parameter, `i` for i32 and `I` for i64, and one or none for its result."""

    parameters: str
    result: str = ""

    def function_type(self) -> wasmtime.FuncType:
        return wasmtime.FuncType([_TYPES[each]() for each in self.parameters], [_TYPES[each]() for each in self.result])

    def __str__(self) -> str:
        return _spelled(self)


@cache
def _spelled(signature: Signature) -> str:
    return spelled(signature.function_type())


def spelled(type: wasmtime.FuncType) -> str:
    """Write a function's type as `(i32, i32) -> i32`."""
    return f"({_joined(type.params)}) -> {_joined(type.results) or 'nothing'}"


def _joined(types: Sequence[wasmtime.ValType]) -> str:
    return ", ".join(map(str, types))


@dataclass(frozen=True, slots=True)
class HostFunction:
    """What a guest may import. `call` takes its arguments as ints, i32 unsigned; what it raises ends the guest.

    But for OutOfBounds, where the ABI has an answer to it: `on_wild_pointer`, the function's result then.
    One that `waits` may return a coroutine in place of its result (wasm_host/fibers.py).
    """

    module: str
    name: str
    signature: Signature
    call: Callable[..., Any]
    on_wild_pointer: int | None = None
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Export:
    """A function that a guest may export."""

    name: str
    signature: Signature
