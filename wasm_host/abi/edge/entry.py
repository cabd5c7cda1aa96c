"""Where an edge guest is entered."""

from __future__ import annotations

from typing import Final

import wasmtime

from wasm_host.signature import Export, Signature, spelled

ENTRY: Final = "main"
_PLAIN: Final = Signature("", "i")
_OF_C: Final = Signature("ii", "i")
"""What LLVM makes of every `main`: one that takes nothing is wrapped into one that takes C's argc and argv, both of
which it ignores (LLVM, WebAssemblyFixFunctionBitcasts.cpp). Rust's modules come out so."""


def entry_of(module: wasmtime.Module, name: str | None) -> Export:
    """Return the entry as the module has it; the ABI's own type where it has none that fits."""
    name = name or ENTRY
    is_of_c = any(
        each.name == ENTRY and isinstance(each.type, wasmtime.FuncType) and spelled(each.type) == str(_OF_C)
        for each in module.exports
    )
    return Export(name, _OF_C if name == ENTRY and is_of_c else _PLAIN)
