"""Compares what a module imports and exports with what an ABI has, before anything is linked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches

import wasmtime

from proxy.errors import AbiMismatch
from wasm_host.module import WasmModule
from wasm_host.signature import Export, HostFunction, Signature, spelled


def needed(module: WasmModule, offered: Sequence[HostFunction], exports: Iterable[Export]) -> list[HostFunction]:
    """Return those of the offered functions that the module imports; raises AbiMismatch that names all misfits."""
    misfits = [*import_misfits(module.compiled, offered), *export_misfits(module.compiled, exports)]
    if misfits:
        raise AbiMismatch(f"{module.name} does not fit {module.abi_title}: {'; '.join(misfits)}")
    imported = {(each.module, each.name) for each in module.compiled.imports}
    return [each for each in offered if (each.module, each.name) in imported]


def import_misfits(module: wasmtime.Module, offered: Sequence[HostFunction]) -> Iterator[str]:
    known = {(each.module, each.name): each for each in offered}
    for wanted in module.imports:
        name = f"{wanted.module}.{wanted.name}"
        if not isinstance(wanted.type, wasmtime.FuncType):
            yield f"it imports {name}, which is no function; this host offers only functions"
            continue
        function = known.get((wanted.module, wanted.name or ""))
        if function is None:
            near = get_close_matches(wanted.name or "", [each.name for each in offered], n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            yield f"it imports {name}, which this host does not offer{hint}"
        elif not _fits(wanted.type, function.signature):
            yield f"it imports {name} as {spelled(wanted.type)}, but that is {function.signature}"


def export_misfits(module: wasmtime.Module, exports: Iterable[Export]) -> Iterator[str]:
    known = {each.name: each for each in exports}
    memories = [each.name for each in module.exports if isinstance(each.type, wasmtime.MemoryType)]
    if "memory" not in memories:
        yield "it exports no memory called memory"
    for given in module.exports:
        export = known.get(given.name or "")
        if export is None:
            continue
        if not isinstance(given.type, wasmtime.FuncType):
            yield f"its export {given.name} is no function"
        elif not _fits(given.type, export.signature):
            yield f"it exports {given.name} as {spelled(given.type)}, but that is {export.signature}"


def _fits(type: wasmtime.FuncType, signature: Signature) -> bool:
    return spelled(type) == str(signature)
