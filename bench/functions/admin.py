"""The calls of a Penstock's admin that deploy functions, and point back at what was deployed before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, Self

import aiohttp

from bench.process import BenchError

PATIENCE_S: Final = 60.0
_PATH: Final = "/api/v1/edge"


def stamped(wasm: bytes, number: int) -> bytes:
    """Return a module that does the same, and is another: with a custom section (WebAssembly core, §5.5.3)."""
    section = b"\x05stamp" + number.to_bytes(4, "little")
    return wasm + bytes([0, len(section)]) + section


class Admin:
    """Asks while the block runs; raises BenchError for all that is refused."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}{_PATH}"

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(PATIENCE_S))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def deploy(self, metadata: Mapping[str, Any], wasm: bytes) -> str:
        """Deploy a module; returns the id of the version."""
        form = aiohttp.FormData()
        form.add_field("function", json.dumps(metadata), content_type="application/json")
        form.add_field("wasm", wasm, filename="function.wasm", content_type="application/wasm")
        return str((await self._ask("POST", "deploy", data=form))["version"])

    async def roll_back(self, name: str, version: str) -> None:
        """Let `live` point at a version that was deployed before."""
        await self._ask("POST", f"{name}/rollback", json={"version": version})

    async def _ask(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        async with self._session.request(method, f"{self._url}/{path}", **content) as answer:
            told: dict[str, Any] = await answer.json()
        if answer.status != 200:
            raise BenchError(f"{method} {path}: {answer.status}: {told}")
        return told
