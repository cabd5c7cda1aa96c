"""Rust's toolchain: found in PATH, at rustup's place or at the system's, the first that can make WebAssembly."""

from __future__ import annotations

import json
import os
import pathlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

from config.build_tool import BuildFailed, Compiled, ran, stamp_of

TARGET: Final = "wasm32-unknown-unknown"
USUAL: Final = ("~/.cargo/bin", "/usr/bin")
"""Looked at after PATH."""

INSTALL: Final = f"""\
  Debian, Ubuntu  apt install cargo rustc libstd-rust-dev-wasm32 lld
  Fedora          dnf install cargo rust-std-static-{TARGET}
  macOS           brew install rustup && rustup default stable && rustup target add {TARGET}
  with rustup     rustup target add {TARGET}"""

_IN_DEP_INFO: Final = re.compile(r"(?:\\.|[^\s\\])+")


@dataclass(frozen=True, slots=True)
class RustCompiler:
    """A `cargo` and a `rustc` that lie beside each other, and belong together."""

    directory: pathlib.Path

    @classmethod
    def found(cls) -> Self:
        """Raises BuildFailed, which says what to install."""
        present = [cls(place) for place in _places() if (place / "cargo").is_file() and (place / "rustc").is_file()]
        for each in present:
            if each._has_target():
                return each
        if present:
            raise BuildFailed(f"{present[0].directory}/rustc cannot make WebAssembly yet; install {TARGET}:\n{INSTALL}")
        raise BuildFailed(f"this function is in Rust, and there is no cargo here; install it:\n{INSTALL}")

    @property
    def title(self) -> str:
        return "cargo build"

    @property
    def stamp(self) -> str:
        return stamp_of(self._rustc, self.directory / "cargo")

    @property
    def _rustc(self) -> pathlib.Path:
        return self.directory / "rustc"

    def _has_target(self) -> bool:
        try:
            asked = ran([self._rustc, "--print", "target-libdir", "--target", TARGET], self.directory)
        except BuildFailed:
            return False
        return pathlib.Path(asked.stdout.strip()).is_dir()

    def compile(self, directory: pathlib.Path) -> Compiled:
        target = directory.absolute() / "target"
        options = ("--quiet", "--release", "--target", TARGET, "--target-dir", str(target))
        environment = {"RUSTC": str(self._rustc), "CARGO_TERM_COLOR": "always"}
        try:
            done = ran(
                [self.directory / "cargo", "build", *options, "--message-format=json-render-diagnostics"],
                directory,
                environment,
            )
        except BuildFailed as error:
            raise BuildFailed(f"{error.message}{_remedy(error.message)}") from error
        module = _module(done.stdout, directory)
        return Compiled(module.read_bytes(), _elsewhere(module, directory), done.stderr.strip())


def _places() -> Iterator[pathlib.Path]:
    """Yield where a toolchain may be, in the order in which it is looked for."""
    for each in (*os.environ.get("PATH", "").split(os.pathsep), *USUAL):
        if each:
            yield pathlib.Path(each).expanduser()


def _module(messages: str, directory: pathlib.Path) -> pathlib.Path:
    """Return the module that cargo says it has made of this package (The Cargo Book, External tools)."""
    manifest = directory.resolve() / "Cargo.toml"
    for line in reversed(messages.splitlines()):
        told = json.loads(line) if line.startswith("{") else {}
        if told.get("reason") != "compiler-artifact" or pathlib.Path(told.get("manifest_path", manifest)) != manifest:
            continue
        modules = [each for each in told["filenames"] if each.endswith(".wasm")]
        if modules:
            return pathlib.Path(modules[0])
    raise BuildFailed(f'{directory / "Cargo.toml"} makes no module; write [lib] with crate-type = ["cdylib"] there')


def _elsewhere(module: pathlib.Path, directory: pathlib.Path) -> tuple[pathlib.Path, ...]:
    """Return sources outside of the directory, such as those of a crate beside it, by cargo's dep-info file."""
    try:
        _, _, listed = module.with_suffix(".d").read_text().partition(": ")
    except OSError:
        return ()
    paths = [pathlib.Path(re.sub(r"\\(.)", r"\1", each)) for each in _IN_DEP_INFO.findall(listed)]
    return tuple(each for each in paths if each.is_absolute() and not each.is_relative_to(directory.resolve()))


def _remedy(said: str) -> str:
    if "linker" in said and "not found" in said:
        return "\nThe linker is a package of its own there: apt install lld (Debian, Ubuntu), dnf install lld (Fedora)"
    return ""
