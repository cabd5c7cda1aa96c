"""Registries of functions for tests, whose modules are any bytes, and whose clock is the test's."""

from __future__ import annotations

import hashlib
import pathlib
from typing import Any

from wasm_host.functions.registry.changes import Deploy
from wasm_host.functions.registry.registry import Registry
from wasm_host.functions.registry.version import Deployed, Signature, settings_of

MODULE = b"\0asm\1\0\0\0"


def module(word: str = "") -> bytes:
    return MODULE + word.encode()


def sha256(wasm: bytes) -> str:
    return hashlib.sha256(wasm).hexdigest()


def deployed(
    function: str = "hello", wasm: bytes = MODULE, signature: Signature | None = None, **metadata: Any
) -> Deployed:
    settings = settings_of(metadata)
    return Deployed(function, sha256(wasm), len(wasm), "edge", settings, "a test", "ann", signature)


class Ticking:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now_s = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now_s


def opened(store: pathlib.Path, clock: Ticking | None = None) -> Registry:
    return Registry(store, clock or Ticking())


def deploy(registry: Registry, function: str = "hello", word: str = "", alias: str = "live", **how: Any) -> str:
    """Deploy a module that the word tells apart; returns the version's id."""
    with registry.changing():
        registry.blobs.keep(module(word))
        brought = deployed(function, module(word))
        registry.proposed(Deploy(brought, alias, **how)).commit()
    return brought.id
