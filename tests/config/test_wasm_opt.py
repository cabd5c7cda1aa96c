"""The tool that makes modules smaller, where it is there."""

from __future__ import annotations

import pathlib

import pytest
from kit.deploying import saying
from kit.toolchain import Toolchain, toolchain

from config.build_tool import BuildFailed
from config.wasm_opt import WasmOpt


@pytest.fixture
def tools(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Toolchain:
    return toolchain(tmp_path, monkeypatch)


def test_where_it_is_not_there_is_none(tools: Toolchain) -> None:
    assert WasmOpt.found() is None


def test_it_is_told_what_compilers_use(tools: Toolchain) -> None:
    tools.wasm_opt(smaller=b"smaller")
    tool = WasmOpt.found()
    assert tool is not None
    assert tool.shrunk(saying("hello")) == b"smaller"
    [call] = (tools.directory / "calls").read_text().splitlines()
    assert call.startswith("wasm-opt -Os --enable-bulk-memory ")


def test_what_it_does_not_understand_is_told(tools: Toolchain) -> None:
    tools.fails("wasm-opt", "Fatal: error in validating input")
    tool = WasmOpt.found()
    assert tool is not None
    with pytest.raises(BuildFailed, match="Fatal: error in validating input"):
        tool.shrunk(saying("hello"))
