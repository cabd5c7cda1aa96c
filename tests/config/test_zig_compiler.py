"""Which Zig is found, and what is said where there is none."""

from __future__ import annotations

import importlib.util
import pathlib
import sys

import pytest
from kit.deploying import saying
from kit.toolchain import ZIG, Toolchain, sources, toolchain

from config.build_tool import BuildFailed
from config.function_templates import instantiate
from config.zig_compiler import ZigCompiler
from wasm_host.module import module_of


@pytest.fixture
def tools(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Toolchain:
    return toolchain(tmp_path, monkeypatch)


def without_package(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("config.zig_compiler.importlib.util.find_spec", lambda _: None)


def test_without_zig_each_systems_packages_are_named(tools: Toolchain, monkeypatch: pytest.MonkeyPatch) -> None:
    without_package(monkeypatch)
    with pytest.raises(BuildFailed, match=r"in Zig, and there is no zig here; install 0.14 or later") as failure:
        ZigCompiler.found()
    for words in (f"{sys.executable} -m pip install ziglang", "dnf install zig", "brew install zig"):
        assert words in failure.value.message


def test_the_one_in_path_makes_the_module(tools: Toolchain, tmp_path: pathlib.Path) -> None:
    tools.zig()
    project = sources(tmp_path / "project", ZIG)
    (project / "build").mkdir()
    compiler = ZigCompiler.found()
    assert compiler.command == (str(tools.directory / "zig"),)
    assert compiler.compile(project).wasm == saying("hello")


def test_the_python_package_stands_in(
    tools: Toolchain, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ziglang").mkdir()
    for name in ("__init__.py", "zig"):
        (tmp_path / "ziglang" / name).touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    compiler = ZigCompiler.found()
    assert (compiler.command, compiler.program) == ((sys.executable, "-m", "ziglang"), tmp_path / "ziglang/zig")


@pytest.mark.skipif(importlib.util.find_spec("ziglang") is None, reason="ziglang is not installed here")
def test_the_real_one_builds_what_a_template_has(tmp_path: pathlib.Path) -> None:
    sources(tmp_path, [(path, text.decode()) for path, text in instantiate("shop", "zig", "hello").items()])
    (tmp_path / "build").mkdir()
    compiled = ZigCompiler.found().compile(tmp_path)
    assert module_of(compiled.wasm, "shop").abi == "edge"
