"""What a new function begins with: each template is whole, compiles where a toolchain is, and passes its tests."""

from __future__ import annotations

import asyncio
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
from kit.example_functions import faults, written

from config.function_templates import LANGUAGES, TEMPLATES, instantiate, templates
from wasm_host.module import module_of

ALL = sorted(templates())
RUST = Path("/usr/bin")
"""Debian's toolchain; filters/guests/build says which packages it is."""
TARGET = "wasm32-unknown-unknown"
MACROS = {"function", "object"}
"""Of the SDK; they stand at its root, in whatever module they are written."""


def project(directory: Path, language: str, template: str, name: str = "my-function") -> Path:
    for path, data in instantiate(name, language, template).items():
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return directory


def passes(directory: Path, module: Path) -> None:
    file = written((directory / "function.yaml").read_text())
    assert asyncio.run(faults(module_of(module.read_bytes(), file.name), file)) == {}


def test_each_language_has_each_template() -> None:
    assert len(ALL) == len(LANGUAGES) * len(TEMPLATES) == 8


@pytest.mark.parametrize(("language", "template"), ALL)
def test_a_project_has_the_new_name_and_no_word_is_left_to_fill_in(language: str, template: str) -> None:
    files = instantiate("my-function", language, template)
    file = written(files["function.yaml"].decode())
    assert (file.name, bool(file.description), bool(file.tests)) == ("my-function", True, True)
    assert b"# my-function\n" in files["README.md"]
    for path in ("README.md", "Cargo.toml", ".gitignore"):
        assert not re.search(rb"\$\w", files.get(path, b""))


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_sdk_that_a_rust_project_has_names_no_module_that_it_lacks(template: str) -> None:
    files = instantiate("my-function", "rust", template)
    sources = {path: data.decode() for path, data in files.items() if path.endswith(".rs")}
    for path, source in sources.items():
        root = "penstock-sdk/src/" if path.startswith("penstock-sdk/") else "src/"
        inside = re.sub(r"(?ms)^#\[cfg\(test\)\].*", "", source)
        for module in set(re.findall(r"\bcrate::([a-z_0-9]+)(?:::|;)", inside)) - MACROS:
            assert f"{root}{module}.rs" in sources, f"{path} names {module}"
        directory = root if path.endswith("/lib.rs") else f"{path.removesuffix('.rs')}/"
        for module in re.findall(r"(?m)^(?:pub )?mod (\w+);", inside):
            assert f"{directory}{module}.rs" in sources, f"{path} has a module {module}"


def test_a_template_that_there_is_not_is_an_error() -> None:
    for language, template in (("rust", "nothing"), ("c", "hello"), ("rust", "../sdk")):
        with pytest.raises(KeyError):
            instantiate("my-function", language, template)


@pytest.mark.parametrize("template", TEMPLATES)
def test_in_zig_it_compiles_and_passes_its_own_tests(
    tmp_path: Path, template: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where ziglang is installed, of which no test may ask more."""
    if importlib.util.find_spec("ziglang") is None:
        with capsys.disabled():
            print(f"\nfunction templates: {template} in Zig is not compiled, for there is no ziglang", end="")
        return
    directory = project(tmp_path, "zig", template)
    command = "build-exe src/main.zig -target wasm32-freestanding -O ReleaseSmall -fno-entry -rdynamic"
    subprocess.run(
        [sys.executable, "-m", "ziglang", *command.split(), "-femit-bin=function.wasm"], check=True, cwd=directory
    )
    passes(directory, directory / "function.wasm")


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("template", TEMPLATES)
def test_in_rust_it_compiles_without_a_warning_and_passes_its_own_tests(
    tmp_path: Path, template: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where Debian's toolchain is. `make test` runs the same sources as the examples that are built already."""
    if not (RUST.parent / f"lib/rustlib/{TARGET}").is_dir():
        with capsys.disabled():
            print(
                f"\nfunction templates: {template} in Rust is not compiled, for there is no rustc for {TARGET}", end=""
            )
        return
    directory = project(tmp_path / "project", "rust", template)
    environment = {
        "PATH": f"{RUST}:/bin",
        "HOME": str(tmp_path),
        "RUSTC": str(RUST / "rustc"),
        "RUSTFLAGS": "-D warnings",
    }
    subprocess.run(
        [RUST / "cargo", "build", "--quiet", "--offline", "--release", "--target", TARGET],
        check=True,
        cwd=directory,
        env=environment,
    )
    passes(directory, directory / f"target/{TARGET}/release/function.wasm")
