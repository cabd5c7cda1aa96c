"""A WASM file: read, checked by its hash, compiled, and its ABI found."""

from __future__ import annotations

import hashlib
import pathlib
from dataclasses import dataclass
from typing import Final

import wasmtime

from proxy.errors import AbiMismatch
from wasm_host.compiler import compiled
from wasm_host.detection import TITLES, Abi, detected
from wasm_host.engine import engine

_MAGIC: Final = b"\0asm"


@dataclass(frozen=True, slots=True)
class WasmModule:
    """A compiled module; `abi_version` is such as `0_2_1` for Proxy-Wasm, empty for the others, which have none."""

    name: str
    sha256: str
    size_bytes: int
    compiled: wasmtime.Module
    engine: wasmtime.Engine
    abi: Abi
    abi_version: str

    @property
    def abi_title(self) -> str:
        title = TITLES[self.abi]
        return f"{title} {self.abi_version.replace('_', '.')}" if self.abi_version else title


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
    abi, version = detected(made, name)
    return WasmModule(name, digest, len(wasm), made, engine(), abi, version)
