"""A WASM file: read, checked by its hash, compiled, and its ABI found."""

from __future__ import annotations

import hashlib
import pathlib
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import wasmtime

from proxy.errors import AbiMismatch
from wasm_host.abi.proxy_wasm.exports import VERSION_PREFIX, VERSIONS
from wasm_host.compiler import compiled
from wasm_host.engine import engine

Abi: TypeAlias = Literal["proxy_wasm", "http_wasm"]

_MAGIC: Final = b"\0asm"
_HTTP_WASM_EXPORT: Final = "handle_request"


@dataclass(frozen=True, slots=True)
class WasmModule:
    """A compiled module; `abi_version` is such as `0_2_1` for Proxy-Wasm, empty for http-wasm, which has none."""

    name: str
    sha256: str
    size_bytes: int
    compiled: wasmtime.Module
    engine: wasmtime.Engine
    abi: Abi
    abi_version: str

    @property
    def abi_title(self) -> str:
        return f"Proxy-Wasm {self.abi_version.replace('_', '.')}" if self.abi == "proxy_wasm" else "http-wasm"


def read_module(path: pathlib.Path, sha256: str | None = None) -> WasmModule:
    """Read and compile a module, or load what was compiled before. Blocks; raises AbiMismatch."""
    try:
        wasm = path.read_bytes()
    except OSError as error:
        raise AbiMismatch(f"cannot read {path.name}: {error.strerror or error}") from error
    return module_of(wasm, path.name, sha256)


def module_of(wasm: bytes, name: str, sha256: str | None = None) -> WasmModule:
    """Compile the bytes of a module; raises AbiMismatch."""
    digest = hashlib.sha256(wasm).hexdigest()
    if sha256 is not None and digest != sha256.lower():
        raise AbiMismatch(
            f"{name} has the sha256 {digest}, not {sha256.lower()} as the configuration says", reason="wrong_hash"
        )
    if not wasm.startswith(_MAGIC):
        raise AbiMismatch(f"{name} is not a WebAssembly module: it does not begin with \\0asm")
    try:
        made = compiled(wasm)
    except AbiMismatch as error:
        raise AbiMismatch(f"{name}: {error}") from error
    abi, version = _abi(made, name)
    return WasmModule(name, digest, len(wasm), made, engine(), abi, version)


def _abi(module: wasmtime.Module, name: str) -> tuple[Abi, str]:
    """Tell the ABI by what the module exports; the newest version where it has several marks."""
    names = {each.name for each in module.exports}
    for version in reversed(VERSIONS):
        if VERSION_PREFIX + version in names:
            return "proxy_wasm", version
    if _HTTP_WASM_EXPORT in names:
        return "http_wasm", ""
    others = sorted(each for each in names if each.startswith(VERSION_PREFIX))
    if others:
        known = ", ".join(VERSION_PREFIX + each for each in VERSIONS)
        raise AbiMismatch(f"{name} wants {others[0]}; this host knows {known}")
    raise AbiMismatch(
        f"{name} is for no ABI known here: a Proxy-Wasm module exports {VERSION_PREFIX}{VERSIONS[-1]}, "
        f"an http-wasm module {_HTTP_WASM_EXPORT}"
    )
