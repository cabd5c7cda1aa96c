"""The built modules are those of their sources, as far as this machine can tell."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest
from wasmtime import Engine, Module

ROOT = Path(__file__).parents[3]
MODULES = ROOT / "filters/wasm"
EXAMPLES = ROOT / "filters/guests/examples"
NO_TOOLCHAIN = 3
"""`build`'s exit status, which its head explains."""

OF_EVERY_GUEST = {
    "memory",
    "proxy_abi_version_0_2_1",
    "proxy_on_configure",
    "proxy_on_context_create",
    "proxy_on_delete",
    "proxy_on_memory_allocate",
}


def exports(name: str) -> set[str]:
    module = Module.from_file(Engine(), str(MODULES / f"{name}.wasm"))
    return {export.name for export in module.exports}


def callbacks(name: str) -> set[str]:
    return {export for export in exports(name) if export == "memory" or export.startswith("proxy_")}


def test_the_hashes_are_those_of_the_modules() -> None:
    listed = dict(reversed(line.split("  ")) for line in (MODULES / "SHA256SUMS").read_text().splitlines())
    paths = MODULES.rglob("*.wasm")
    found = {str(path.relative_to(MODULES)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    assert listed == found
    examples = {f"functions/{path.name}.wasm" for path in EXAMPLES.iterdir()}
    assert set(found) == {"ab.wasm", "auth.wasm", "waf.wasm"} | examples


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_sources_make_the_modules(capsys: pytest.CaptureFixture[str]) -> None:
    """By the toolchain that made them: to the byte. By another: they build. Without any: nothing can be said."""
    built = subprocess.run([ROOT / "filters/guests/build", "--check"], capture_output=True, text=True, check=False)
    with capsys.disabled():
        print(f"\nfilters/guests: {built.stdout or built.stderr}", end="")
    assert built.returncode in (0, NO_TOOLCHAIN), built.stderr


def test_auth_is_called_at_the_request_alone() -> None:
    assert callbacks("auth") == OF_EVERY_GUEST | {"proxy_on_request_headers"}


def test_ab_is_called_at_both_headers() -> None:
    assert callbacks("ab") == OF_EVERY_GUEST | {"proxy_on_request_headers", "proxy_on_response_headers"}


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.iterdir()))
def test_a_function_has_an_entry_and_imports_from_two_modules_alone(name: str) -> None:
    assert "main" in exports(f"functions/{name}")
    module = Module.from_file(Engine(), str(MODULES / f"functions/{name}.wasm"))
    assert {each.module for each in module.imports} <= {"env", "penstock"}
