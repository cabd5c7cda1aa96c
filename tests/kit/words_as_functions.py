"""Edge functions without guests: each is a word, which is its version and its answer."""

from __future__ import annotations

import asyncio
import base64
import os
import time
from collections.abc import Mapping
from typing import Any, Final

from proxy.errors import FunctionUnavailable, StartError
from proxy.functions import Functions, TellLine

REFUSED: Final = "bad"
"""The word that no worker starts with."""


class Words(Functions):
    """Each logs its word as it takes over. `flood` as a request's method logs as many lines as its URI says.

    `sleep` as a method lasts, `die` ends the worker.
    """

    def __init__(self, words: Mapping[str, str]) -> None:
        self.words = words

    async def start(self) -> None:
        for name, word in self.words.items():
            if word == REFUSED:
                raise StartError(f"function {name}: bad")

    def take_over(self, tell: TellLine) -> None:
        self._tell = tell
        for name, word in self.words.items():
            self._log(name, word)

    def _log(self, name: str, text: str) -> None:
        self._tell({"function": name, "version": self.words[name], "level": "info", "text": text, "at": time.time()})

    def describe(self) -> dict[str, dict[str, Any]]:
        return {name: {"versions": [word]} for name, word in self.words.items()}

    async def invoke(self, name: str, request: dict[str, Any]) -> dict[str, Any]:
        if name not in self.words:
            raise FunctionUnavailable(f"there is no function {name}")
        match request["method"]:
            case "flood":
                for number in range(int(request["uri"][1:])):
                    self._log(name, str(number))
            case "sleep":
                await asyncio.sleep(float(request["uri"][1:]))
            case "die":
                os._exit(3)
        body = base64.b64encode(f"{os.getpid()}".encode()).decode()
        return {"version": self.words[name], "status": 200, "headers": [], "body": body, "duration_ms": 0.1}

    def reopen_logs(self) -> None:
        return

    async def close(self) -> None:
        return
