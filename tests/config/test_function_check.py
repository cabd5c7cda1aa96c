"""Whether a module would run as its function, and what is said if not."""

from __future__ import annotations

import pathlib

import pytest
import wasmtime
from kit.deploying import saying, storing
from kit.edge import guest
from kit.toolchain import sources

from config.function_check import Unfit, checked
from config.function_project import Project

pytestmark = pytest.mark.usefixtures("compilations_of_this_run")


def project(directory: pathlib.Path, wasm: bytes, about: str = "") -> Project:
    (sources(directory, (), about) / "hello.wasm").write_bytes(wasm)
    return Project.of(directory / "hello.wasm")


def test_a_module_that_fits_is_returned(tmp_path: pathlib.Path) -> None:
    assert checked(project(tmp_path, saying("hello"))).abi == "edge"


def test_an_import_that_is_not_allowed_is_named_with_its_key(tmp_path: pathlib.Path) -> None:
    with pytest.raises(Unfit, match=r"hello.wasm does not fit .*kv_get.*`allow.kv`.*; add it in function.yaml"):
        checked(project(tmp_path, storing()))
    checked(project(tmp_path, storing(), "allow: {kv: true}"))


@pytest.mark.parametrize(
    ("wasm", "why"),
    [
        (b"text", "does not begin with"),
        (wasmtime.wat2wasm("(module)"), "hello.wasm"),
        (wasmtime.wat2wasm(f"(module {guest('(i32.const 0)')} (func $f unreachable) (start $f))"), "unreachable"),
    ],
)
def test_what_cannot_run_is_refused(tmp_path: pathlib.Path, wasm: bytes, why: str) -> None:
    with pytest.raises(Unfit, match=why) as refusal:
        checked(project(tmp_path, bytes(wasm)))
    assert "function.yaml" not in refusal.value.message


def test_one_that_is_missing_is_said(tmp_path: pathlib.Path) -> None:
    with pytest.raises(Unfit, match=r"cannot read hello.wasm"):
        checked(Project.of(sources(tmp_path)))
