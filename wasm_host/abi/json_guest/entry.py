"""Where a json guest is entered, and in which form it answers: told by the type of that export."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import wasmtime

from proxy.errors import AbiMismatch
from wasm_host.functions.settings import FunctionSettings, JsonForm
from wasm_host.module import WasmModule
from wasm_host.signature import Export, Signature, spelled

ENTRY: Final = "handle_request"
ALLOCATE: Final = Export("allocate", Signature("i", "i"))
_PACKED: Final = Signature("ii", "I")
_NARROW: Final = Signature("ii", "i")
_TYPES: Final[Mapping[str, Signature]] = {str(each): each for each in (_PACKED, _NARROW)}
_DEALLOCATE: Final = "deallocate"


def entry_of(module: WasmModule, settings: FunctionSettings) -> Export:
    """Return the export to enter, of a type that the form allows; raises AbiMismatch."""
    fitting = _fitting(module.compiled)
    name = settings.entry or _default(fitting)
    if name is None:
        raise AbiMismatch(
            f"{module.name} does not fit {module.abi_title}: it exports no {ENTRY}, but "
            f"{_listed(fitting)}; say by `entry` which of them answers"
        )
    if name not in fitting:
        raise AbiMismatch(
            f"{module.name} does not fit {module.abi_title}: it has no {name} of the type {_PACKED} or {_NARROW}, "
            f"but {_listed(fitting)}"
        )
    _check_form(module, name, fitting[name], settings.form)
    return Export(name, fitting[name])


def is_packed(entry: Export) -> bool:
    return entry.signature == _PACKED


def _fitting(module: wasmtime.Module) -> dict[str, Signature]:
    """Return what could be entered, by name."""
    found: dict[str, Signature] = {}
    for each in module.exports:
        if isinstance(each.type, wasmtime.FuncType) and each.name != _DEALLOCATE:
            signature = _TYPES.get(spelled(each.type))
            if signature is not None:
                found[each.name or ""] = signature
    return found


def _default(fitting: Mapping[str, Signature]) -> str | None:
    if ENTRY in fitting:
        return ENTRY
    return next(iter(fitting)) if len(fitting) == 1 else None


def _check_form(module: WasmModule, name: str, signature: Signature, form: JsonForm | None) -> None:
    if form is not None and (form == "packed") != (signature == _PACKED):
        wanted = _PACKED if form == "packed" else _NARROW
        raise AbiMismatch(
            f"{module.name} does not fit the form {form}: its {name} is {signature}, and of that form {wanted}"
        )


def _listed(fitting: Mapping[str, Signature]) -> str:
    return ", ".join(sorted(fitting)) or "nothing of either"
