"""Which ABI a module is for: told by the names and types of what it exports, and by whence it imports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

import wasmtime

from proxy.errors import AbiMismatch
from wasm_host.abi.proxy_wasm.exports import VERSION_PREFIX, VERSIONS
from wasm_host.signature import Signature, spelled

Abi: TypeAlias = Literal["proxy_wasm", "http_wasm", "edge", "json", "waf", "bot"]

TITLES: Final[Mapping[Abi, str]] = {
    "proxy_wasm": "Proxy-Wasm",
    "http_wasm": "http-wasm",
    "edge": "the edge ABI",
    "json": "the json ABI",
    "waf": "the ABI of WAF modules",
    "bot": "the ABI of bot detectors",
}

_HANDLER: Final = "handle_request"
_EDGE_ENTRY: Final = "main"
_EDGE_MODULES: Final = frozenset({"env", "penstock"})
_MOST_NAMED: Final = 3

_ALLOCATOR: Final = str(Signature("i", "i"))
_ENTRY: Final = str(Signature("", "i"))
_READER: Final = str(Signature("ii", "i"))
_WIDE_READER: Final = str(Signature("ii", "I"))
"""What takes the place and the length of what it is to read."""

Exports: TypeAlias = Mapping[str, str]
"""The functions that a module exports, by name, with their types as `spelled` writes them."""


def detected(module: wasmtime.Module, name: str) -> tuple[Abi, str]:
    """Return the ABI and, for Proxy-Wasm, its version: the newest of several marks. Raises AbiMismatch."""
    exports = {
        each.name or "": spelled(each.type) for each in module.exports if isinstance(each.type, wasmtime.FuncType)
    }
    for version in reversed(VERSIONS):
        if VERSION_PREFIX + version in exports:
            return "proxy_wasm", version
    abi = _abi(exports, frozenset(each.module for each in module.imports))
    if abi is None:
        raise AbiMismatch(_unknown(module, exports, name))
    return abi, ""


def _abi(exports: Exports, imported: frozenset[str]) -> Abi | None:
    if exports.get("alloc") == _ALLOCATOR:
        if exports.get("analyze_request") == _READER:
            return "waf"
        if exports.get("detect_bot") == _READER:
            return "bot"
    if exports.get("allocate") == _ALLOCATOR and _takes_json(exports, imported):
        return "json"
    if _HANDLER in exports:
        return "http_wasm"
    if imported <= _EDGE_MODULES and _enters(exports):
        return "edge"
    return None


def _enters(exports: Exports) -> bool:
    """Tell whether an edge function could be entered, whatever it imports."""
    return _EDGE_ENTRY in exports or _ENTRY in exports.values()


def _takes_json(exports: Exports, imported: frozenset[str]) -> bool:
    """Tell a `json` guest by the type of its handler, which is not http-wasm's; of the form `call` it has any name."""
    if _HANDLER in exports:
        return exports[_HANDLER] in (_READER, _WIDE_READER)
    is_edge = bool(imported & _EDGE_MODULES) or _EDGE_ENTRY in exports
    return not is_edge and _READER in exports.values()


def _strangers(module: wasmtime.Module) -> str:
    """Say what keeps from being an edge function what has the exports of one: most often it was built for WASI."""
    strange = [f"{each.module}.{each.name}" for each in module.imports if each.module not in _EDGE_MODULES]
    more = f" and {len(strange) - _MOST_NAMED} more" if len(strange) > _MOST_NAMED else ""
    return (
        f"imports {', '.join(strange[:_MOST_NAMED])}{more}, and an edge function imports from env and penstock alone: "
        "there are no files, no sockets and no clock of a system; build it for wasm32-unknown-unknown"
    )


def _unknown(module: wasmtime.Module, exports: Exports, name: str) -> str:
    others = sorted(each for each in exports if each.startswith(VERSION_PREFIX))
    if others:
        known = ", ".join(VERSION_PREFIX + each for each in VERSIONS)
        return f"{name} wants {others[0]}; this host knows {known}"
    if _enters(exports):
        return f"{name} {_strangers(module)}"
    return (
        f"{name} is for no ABI known here: a Proxy-Wasm module exports {VERSION_PREFIX}{VERSIONS[-1]}, "
        f"an http-wasm module {_HANDLER}, an edge function {_EDGE_ENTRY} of the type {_ENTRY} and imports from env "
        f"and penstock alone, a json guest allocate and {_HANDLER} of the type {_WIDE_READER}, a WAF module alloc and "
        "analyze_request, a bot detector alloc and detect_bot"
    )
