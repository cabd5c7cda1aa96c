"""A WASM file: read, checked, compiled, its ABI told by its exports."""

import hashlib
import pathlib

import pytest
import wasmtime

from proxy.errors import AbiMismatch
from wasm_host import module
from wasm_host.engine import engine
from wasm_host.module import module_of, read_module


def wasm(*exports: str) -> bytes:
    functions = "".join(f'(func (export "{each}"))' for each in exports)
    return bytes(wasmtime.wat2wasm(f"(module {functions})"))


FILTER = wasm("proxy_abi_version_0_2_1")


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compile in this process, where it does not matter."""
    monkeypatch.setattr(module, "compiled", lambda wasm: wasmtime.Module(engine(), wasm))


def test_a_module_is_read_and_compiled(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "auth.wasm"
    file.write_bytes(FILTER)
    read = read_module(file, hashlib.sha256(FILTER).hexdigest().upper())
    assert (read.name, read.size_bytes, read.sha256) == ("auth.wasm", len(FILTER), hashlib.sha256(FILTER).hexdigest())
    assert read.engine is engine()
    assert [each.name for each in read.compiled.exports] == ["proxy_abi_version_0_2_1"]


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    ("exports", "abi", "version", "title"),
    [
        (["proxy_abi_version_0_1_0"], "proxy_wasm", "0_1_0", "Proxy-Wasm 0.1.0"),
        (["proxy_abi_version_0_2_0"], "proxy_wasm", "0_2_0", "Proxy-Wasm 0.2.0"),
        (["proxy_abi_version_0_2_1"], "proxy_wasm", "0_2_1", "Proxy-Wasm 0.2.1"),
        (["proxy_abi_version_0_1_0", "proxy_abi_version_0_2_0"], "proxy_wasm", "0_2_0", "Proxy-Wasm 0.2.0"),
        (["handle_request", "handle_response"], "http_wasm", "", "http-wasm"),
    ],
)
def test_the_abi_is_told_by_the_exports(exports: list[str], abi: str, version: str, title: str) -> None:
    read = module_of(wasm(*exports), "it.wasm")
    assert (read.abi, read.abi_version, read.abi_title) == (abi, version, title)


@pytest.mark.usefixtures("at_once")
def test_a_version_of_the_abi_that_nobody_knows_is_named_beside_those_that_are_known() -> None:
    with pytest.raises(AbiMismatch) as caught:
        module_of(wasm("proxy_abi_version_9_0_0", "proxy_on_tick"), "it.wasm")
    assert str(caught.value) == (
        "it.wasm wants proxy_abi_version_9_0_0; this host knows "
        "proxy_abi_version_0_1_0, proxy_abi_version_0_2_0, proxy_abi_version_0_2_1"
    )


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("exports", [[], ["_start"], ["proxy_on_request_headers"]])
def test_a_module_for_something_else_is_told_what_would_make_it_a_filter(exports: list[str]) -> None:
    with pytest.raises(AbiMismatch, match=r"it\.wasm is for no ABI.* proxy_abi_version_0_2_1.* handle_request"):
        module_of(wasm(*exports), "it.wasm")


def test_another_hash_than_the_configurations_is_told_with_both() -> None:
    with pytest.raises(AbiMismatch, match=f"{hashlib.sha256(FILTER).hexdigest()}, not {'0' * 64}"):
        module_of(FILTER, "it.wasm", "0" * 64)


@pytest.mark.parametrize("content", [b"", b"(module)", b"\x7fELF", b"\0as"])
def test_what_is_no_webassembly_is_not_given_to_the_compiler(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "compiled", None)
    with pytest.raises(AbiMismatch, match=r"it\.wasm is not a WebAssembly module"):
        module_of(content, "it.wasm")


def test_what_the_compiler_refuses_is_told_with_the_files_name() -> None:
    with pytest.raises(AbiMismatch, match=r"^it\.wasm: the module cannot be compiled"):
        module_of(b"\0asm\1\0\0\0garbage", "it.wasm")


def test_a_component_is_no_module() -> None:
    with pytest.raises(AbiMismatch, match=r"it\.wasm: "):
        module_of(bytes(wasmtime.wat2wasm("(component)")), "it.wasm")


@pytest.mark.parametrize("make", [lambda file: None, pathlib.Path.mkdir], ids=["missing", "a directory"])
def test_a_file_that_cannot_be_read_is_told_by_name_and_reason(make: object, tmp_path: pathlib.Path) -> None:
    make(tmp_path / "it.wasm")  # type: ignore[operator]
    with pytest.raises(AbiMismatch, match=r"^cannot read it\.wasm: (No such file|Is a directory)"):
        read_module(tmp_path / "it.wasm")
