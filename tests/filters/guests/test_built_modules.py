"""The built modules are those of their sources, as far as this machine can tell."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest
from wasmtime import Engine, Module

ROOT = Path(__file__).parents[3]
MODULES = ROOT / "filters/wasm"
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
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in MODULES.glob("*.wasm")}
    assert listed == found
    assert set(found) == {"ab.wasm", "auth.wasm", "waf.wasm"}


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
