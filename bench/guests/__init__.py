"""The WASM guests that are measured, as text; compiled when they are wanted."""

from __future__ import annotations

from pathlib import Path

import wasmtime


def compiled(name: str) -> bytes:
    """Return the bytes of a guest of this directory."""
    text = (Path(__file__).parent / f"{name}.wat").read_text()
    return bytes(wasmtime.wat2wasm(text))
