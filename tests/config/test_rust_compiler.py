"""Which Rust is found, what is said where there is none, and what cargo's messages mean."""

from __future__ import annotations

import pathlib

import pytest
from kit.deploying import saying
from kit.toolchain import Toolchain, sources, toolchain

from config.build_tool import BuildFailed
from config.function_templates import instantiate
from config.rust_compiler import RustCompiler
from wasm_host.module import module_of


@pytest.fixture
def tools(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Toolchain:
    return toolchain(tmp_path, monkeypatch)


@pytest.fixture
def project(tmp_path: pathlib.Path) -> pathlib.Path:
    return sources(tmp_path / "project")


def test_without_rust_each_systems_packages_are_named(tools: Toolchain) -> None:
    with pytest.raises(BuildFailed, match=r"in Rust, and there is no cargo here") as failure:
        RustCompiler.found()
    for words in (
        "apt install cargo rustc libstd-rust-dev-wasm32 lld",
        "dnf install cargo rust-std-static-wasm32-unknown-unknown",
        "brew install rustup",
        "rustup target add wasm32-unknown-unknown",
    ):
        assert words in failure.value.message


def test_a_rust_without_the_target_is_told_apart(tools: Toolchain) -> None:
    tools.rust(target=False)
    with pytest.raises(BuildFailed, match=r"rustc cannot make WebAssembly yet; install wasm32-unknown-unknown"):
        RustCompiler.found()


def test_one_with_the_target_is_found_behind_one_without(
    tools: Toolchain, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools.rust(target=False)
    (tmp_path / "other").mkdir()
    other = Toolchain(tmp_path / "other")
    other.rust()
    monkeypatch.setattr("config.rust_compiler.USUAL", (str(other.directory),))
    assert RustCompiler.found().directory == other.directory


def test_the_module_that_cargo_names_is_taken(tools: Toolchain, project: pathlib.Path) -> None:
    tools.rust()
    tools.warns("cargo", "warning: unused")
    compiled = RustCompiler.found().compile(project)
    assert (compiled.wasm, compiled.notes) == (saying("hello"), "warning: unused")


def test_sources_beside_the_directory_are_told(tools: Toolchain, project: pathlib.Path) -> None:
    beside = project.parent / "shared crate" / "lib.rs"
    (tools.directory / "elsewhere").write_text(str(beside).replace(" ", "\\ "))
    tools.rust()
    assert RustCompiler.found().compile(project).elsewhere == (beside,)


def test_a_package_that_makes_no_module_is_told_how(tools: Toolchain, project: pathlib.Path) -> None:
    tools.rust()
    (tools.directory / "cargo").write_text('#!/bin/sh\necho \'{"reason":"build-finished"}\'\n')
    with pytest.raises(BuildFailed, match=r'makes no module; write \[lib\] with crate-type = \["cdylib"\]'):
        RustCompiler.found().compile(project)


def test_a_linker_that_is_missing_is_a_package_to_install(tools: Toolchain, project: pathlib.Path) -> None:
    tools.rust()
    tools.fails("cargo", "error: linker `rust-lld` not found")
    with pytest.raises(BuildFailed, match=r"(?s)not found.*apt install lld"):
        RustCompiler.found().compile(project)


@pytest.mark.slow
def test_the_real_one_builds_what_a_template_has(tmp_path: pathlib.Path) -> None:
    try:
        compiler = RustCompiler.found()
    except BuildFailed as error:
        pytest.skip(error.message)
    sources(tmp_path, [(path, text.decode()) for path, text in instantiate("shop", "rust", "hello").items()])
    compiled = compiler.compile(tmp_path)
    assert (compiled.elsewhere, compiled.notes, module_of(compiled.wasm, "shop").abi) == ((), "", "edge")
