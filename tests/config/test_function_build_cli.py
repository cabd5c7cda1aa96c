"""`penstock function build`: what it prints, and how it ends."""

from __future__ import annotations

import json
import pathlib

import pytest
from click.testing import CliRunner, Result
from kit.deploying import saying
from kit.registered import sha256
from kit.toolchain import Toolchain, sources, toolchain

from config.cli import main

pytestmark = pytest.mark.usefixtures("compilations_of_this_run")


@pytest.fixture
def tools(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Toolchain:
    monkeypatch.chdir(sources(tmp_path / "hello"))
    return toolchain(tmp_path, monkeypatch)


def build(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["function", "build", *arguments])


def test_size_and_hash_are_told(tools: Toolchain) -> None:
    tools.rust()
    result = build()
    size = len(saying("hello"))
    assert result.stdout.splitlines() == [
        f"build/hello.wasm: built, the edge ABI, {size} bytes",
        f"sha256 {sha256(saying('hello'))}",
    ]
    assert result.stderr.splitlines()[-1].startswith("wasm-opt would make it smaller: apt install binaryen")


def test_a_second_build_says_that_nothing_has_changed(tools: Toolchain) -> None:
    tools.rust()
    build()
    result = build()
    assert result.stdout.startswith("build/hello.wasm: unchanged, ")
    assert "wasm-opt" not in result.stderr


def test_it_can_be_read_by_programs(tools: Toolchain) -> None:
    tools.rust()
    assert json.loads(build("--json").stdout) == {
        "function": "hello",
        "file": "build/hello.wasm",
        "abi": "edge",
        "bytes": len(saying("hello")),
        "sha256": sha256(saying("hello")),
        "unchanged": False,
    }


def test_what_is_missing_is_said_with_what_to_install(tools: Toolchain) -> None:
    result = build()
    assert (result.exit_code, result.stdout) == (1, "")
    assert "apt install cargo" in result.stderr


def test_a_directory_that_is_no_functions_is_refused(tools: Toolchain, tmp_path: pathlib.Path) -> None:
    result = build(str(tmp_path))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "has no function.yaml" in result.stderr
