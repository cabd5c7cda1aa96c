"""Zig's compiler: `zig` in PATH, or the one that comes with the Python package ziglang."""

from __future__ import annotations

import importlib.util
import pathlib
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from config.build_tool import BuildFailed, Compiled, ran, stamp_of
from config.function_project import BUILD

INSTALL: Final = f"""\
  anywhere        {sys.executable} -m pip install ziglang
  Debian, Ubuntu  snap install zig --classic --beta
  Fedora          dnf install zig
  macOS           brew install zig"""

_OPTIONS: Final = ("-target", "wasm32-freestanding", "-fno-entry", "-rdynamic", "-O", "ReleaseSmall", "-fstrip")


@dataclass(frozen=True, slots=True)
class ZigCompiler:
    """`command` is what comes before zig's own arguments, `program` the file that tells one from another."""

    command: Sequence[str]
    program: pathlib.Path

    @classmethod
    def found(cls) -> Self:
        """Raises BuildFailed, which says what to install."""
        program = shutil.which("zig")
        if program is not None:
            return cls((program,), pathlib.Path(program))
        package = importlib.util.find_spec("ziglang")
        if package is not None and package.origin is not None:
            return cls((sys.executable, "-m", "ziglang"), pathlib.Path(package.origin).with_name("zig"))
        raise BuildFailed(f"this function is in Zig, and there is no zig here; install 0.14 or later:\n{INSTALL}")

    @property
    def title(self) -> str:
        return "zig build-exe"

    @property
    def stamp(self) -> str:
        return stamp_of(self.program)

    def compile(self, directory: pathlib.Path) -> Compiled:
        build = directory.absolute() / BUILD
        module = build / "zig.wasm"
        places = ("--cache-dir", str(build / "zig-cache"), f"-femit-bin={module}")
        done = ran([*self.command, "build-exe", "src/main.zig", *_OPTIONS, *places], directory)
        return Compiled(module.read_bytes(), notes=done.stderr.strip())
