"""Compilers that are scripts: they note that they are called, and hand out a module that the test has made."""

from __future__ import annotations

import pathlib
from collections.abc import Sequence

import pytest
import wasmtime

from kit.deploying import saying

_RUSTC = """[ -f "$here/no-target" ] && { echo "no such target" >&2; exit 1; }
echo "$here/lib"
"""
_CARGO = """out=target/out
mkdir -p $out
cp "$here/module.wasm" $out/function.wasm
echo "$out/function.wasm: $PWD/src/lib.rs $(cat "$here/elsewhere")" > $out/function.d
: > Cargo.lock
printf '{"reason":"compiler-artifact","manifest_path":"%s","filenames":["%s"]}\\n' \\
    "$PWD/Cargo.toml" "$PWD/$out/function.wasm"
echo '{"reason":"build-finished","success":true}'
"""
_ZIG = """for each; do
    case $each in -femit-bin=*) /bin/cp "$here/module.wasm" "${each#*=}";; esac
done
"""
_WASM_OPT = """for each; do last=$each; done
/bin/cp "$here/smaller.wasm" "$last"
"""


class Toolchain:
    """A directory that is all of PATH. A tool that is told to fail says why on standard error."""

    def __init__(self, directory: pathlib.Path) -> None:
        self.directory = directory
        (directory / "lib").mkdir()
        (directory / "elsewhere").write_text("")
        self.make(saying("hello"))

    def make(self, wasm: bytes) -> None:
        """Have compilers hand out this from now on."""
        (self.directory / "module.wasm").write_bytes(wasm)

    def rust(self, *, target: bool = True) -> None:
        self._script("rustc", _RUSTC)
        self._script("cargo", f"PATH=/usr/bin:/bin\n{_CARGO}")
        (self.directory / "no-target").unlink(missing_ok=True)
        if not target:
            (self.directory / "no-target").touch()

    def zig(self) -> None:
        self._script("zig", _ZIG)

    def wasm_opt(self, smaller: bytes) -> None:
        (self.directory / "smaller.wasm").write_bytes(smaller)
        self._script("wasm-opt", _WASM_OPT)

    def fails(self, tool: str, why: str) -> None:
        self._script(tool, f"echo {why!r} >&2; exit 101\n")

    def warns(self, tool: str, what: str) -> None:
        path = self.directory / tool
        path.write_text(f"{path.read_text()}echo {what!r} >&2\n")

    def _script(self, name: str, does: str) -> None:
        path = self.directory / name
        path.write_text(f'#!/bin/sh\nhere={self.directory}\necho "{name} $*" >> "$here/calls"\n{does}')
        path.chmod(0o755)

    @property
    def calls(self) -> list[str]:
        """Return which tools made something, in order."""
        try:
            lines = (self.directory / "calls").read_text().splitlines()
        except FileNotFoundError:
            return []
        return [line.split()[0] for line in lines if not line.startswith("rustc")]


def toolchain(directory: pathlib.Path, patch: pytest.MonkeyPatch) -> Toolchain:
    """Make one, none of whose tools is there yet, and let nothing else be found."""
    (directory / "tools").mkdir()
    made = Toolchain(directory / "tools")
    patch.setenv("PATH", str(made.directory))
    patch.setattr("config.rust_compiler.USUAL", ())
    return made


RUST: Sequence[tuple[str, str]] = (("Cargo.toml", "[package]"), ("src/lib.rs", "// hello"))
ZIG: Sequence[tuple[str, str]] = (("src/main.zig", "// hello"),)


def sources(directory: pathlib.Path, files: Sequence[tuple[str, str]] = RUST, about: str = "") -> pathlib.Path:
    """Write a function's directory; `about` is more of its file."""
    for name, text in (*files, ("function.yaml", f"name: hello\nlimits: {{cpu: 5s}}\n{about}")):
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text)
    return directory


def with_section(wasm: bytes, name: str) -> bytes:
    """Add an empty custom section: another module that does the same."""
    body = bytes([len(name), *name.encode()])
    return wasm + bytes([0, len(body)]) + body


def wat(text: str) -> bytes:
    return bytes(wasmtime.wat2wasm(text))
