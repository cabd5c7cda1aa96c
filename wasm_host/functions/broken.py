"""A version that cannot run: its module is not there, or is no function. The rest of the proxy serves on."""

from __future__ import annotations

from typing import Any

from proxy.errors import FunctionUnavailable
from proxy.exchange import Exchange
from wasm_host.functions.outcome import Outcome


class BrokenFunction:
    """Stands where the version would, and answers 503; `why` is for the log, not for clients."""

    def __init__(self, name: str, version: str, why: str) -> None:
        self.name, self.version, self.why = name, version, why

    async def call(self, exchange: Exchange) -> Outcome:
        text = f"version {self.version} of {self.name} cannot run: {self.why}"
        raise FunctionUnavailable(text, reason="function_broken")

    def describe(self) -> dict[str, Any]:
        return {"version": self.version, "broken": self.why}

    async def close(self) -> None:
        return
