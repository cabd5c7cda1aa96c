"""A desk over a store of the test's own, the modules that are deployed at it, and workers that take what they get."""

from __future__ import annotations

import asyncio
import base64
import pathlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import wasmtime
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from config.desk_settings import DeskSettings
from config.function_desk import FunctionDesk
from kit.edge import OK, guest
from kit.http_wasm import Strings
from kit.registered import sha256
from wasm_host.functions.registry.trust import message
from wasm_host.functions.registry.version import settings_of


@cache
def saying(word: str, *, more: str = "") -> bytes:
    """Make a function that answers with a word."""
    strings = Strings()
    code = f"(drop (call $response_set_body {strings(word)})) {more} {OK}"
    return bytes(wasmtime.wat2wasm(f"(module {guest(code, strings)})"))


@cache
def storing() -> bytes:
    """Make a function that imports the key-value store."""
    return saying("stored", more="(drop (call $kv_get (i32.const 0) (i32.const 1)))")


def signed(metadata: Mapping[str, Any], wasm: bytes, key: Ed25519PrivateKey, name: str = "ci") -> dict[str, Any]:
    value = key.sign(message(metadata["name"], sha256(wasm), settings_of(metadata)))
    return {**metadata, "signature": {"key": name, "value": base64.b64encode(value).decode()}}


class Workers:
    """Take every state, unless told to `refuse`; `states` are those that they run, the last one last."""

    def __init__(self) -> None:
        self.states: list[Mapping[str, Any]] = []
        self.refuse: Exception | None = None
        self.meanwhile: Callable[[], None] = lambda: None

    async def roll_out(self, state: Mapping[str, Any], decide: Callable[[], None]) -> None:
        if self.refuse is not None:
            raise self.refuse
        self.meanwhile()
        await asyncio.to_thread(decide)
        self.states.append(state)


class Deploying:
    """A desk with its workers."""

    def __init__(self, store: pathlib.Path, **settings: Any) -> None:
        self.desk = FunctionDesk(DeskSettings(store, **settings))
        self.workers = Workers()
        self.roll_out = self.workers.roll_out

    async def deploy(self, word: str = "hello", name: str = "hello", **metadata: Any) -> dict[str, Any]:
        return await self.desk.deploy({"name": name, **metadata}, saying(word), self.roll_out, who="ann")

    def live(self, name: str = "hello", alias: str = "live") -> list[dict[str, Any]]:
        """Return the shares that workers have of an alias."""
        shares: list[dict[str, Any]] = self.workers.states[-1][name]["aliases"][alias]["versions"]
        return shares
