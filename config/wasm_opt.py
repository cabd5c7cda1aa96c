"""Binaryen's `wasm-opt`, which makes modules smaller; where it is not installed they are used as they are."""

from __future__ import annotations

import pathlib
import shutil
import tempfile
from dataclasses import dataclass
from typing import Final, Self

from config.build_tool import ran, stamp_of

INSTALL: Final = "apt install binaryen (Debian, Ubuntu), dnf install binaryen (Fedora), brew install binaryen (macOS)"

_FEATURES: Final = (
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-simd",
)
"""What compilers use unasked: it goes by the section of that name otherwise, which is stripped with the symbols."""


@dataclass(frozen=True, slots=True)
class WasmOpt:
    program: pathlib.Path

    @classmethod
    def found(cls) -> Self | None:
        program = shutil.which("wasm-opt")
        return None if program is None else cls(pathlib.Path(program))

    @property
    def stamp(self) -> str:
        return stamp_of(self.program)

    def shrunk(self, wasm: bytes) -> bytes:
        """Make a module smaller; raises BuildFailed where the tool does not understand it."""
        with tempfile.TemporaryDirectory() as place:
            before, after = pathlib.Path(place, "before.wasm"), pathlib.Path(place, "after.wasm")
            before.write_bytes(wasm)
            ran([self.program, "-Os", *_FEATURES, before, "-o", after], before.parent)
            return after.read_bytes()
