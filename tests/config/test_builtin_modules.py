"""Where modules lie."""

from __future__ import annotations

import pathlib

import pytest

from config.builtin_modules import located
from proxy.errors import AbiMismatch


def test_a_path_is_relative_to_the_directory(tmp_path: pathlib.Path) -> None:
    assert located("sub/own.wasm", tmp_path) == tmp_path / "sub/own.wasm"
    assert located("/own.wasm", tmp_path) == pathlib.Path("/own.wasm")


@pytest.mark.parametrize("name", ["ab.wasm", "functions/hello.wasm"])
def test_what_comes_along_lies_in_the_package(name: str, tmp_path: pathlib.Path) -> None:
    assert located(f"builtin:{name}", tmp_path).read_bytes().startswith(b"\0asm")


@pytest.mark.parametrize("name", ["", "../wasm/ab.wasm", "SHA256SUMS", "/etc/passwd"])
def test_nothing_else_is_reached_that_way(name: str, tmp_path: pathlib.Path) -> None:
    with pytest.raises(AbiMismatch, match="comes with Penstock"):
        located(f"builtin:{name}", tmp_path)
