"""The edge functions of a worker's graph, as far as the worker deals with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

TellLine: TypeAlias = Callable[[dict[str, Any]], None]
"""Is given `function`, `version`, `level`, `text` and `at`, seconds since the epoch."""


class Functions(Protocol):
    """Those of one graph; versions that the graph before has too are the same, and run on."""

    async def start(self) -> None:
        """Open what is new of their stores, so that no request waits for it; raises StartError."""

    def take_over(self, tell: TellLine) -> None:
        """Run in place of the graph before; `tell` takes what guests log. Never fails."""

    def describe(self) -> dict[str, dict[str, Any]]:
        """Return for each function its versions here, and what their calls came to, as JSON."""

    async def invoke(self, name: str, request: dict[str, Any]) -> dict[str, Any]:
        """Call a function for the admin.

        `request` has `method`, `uri`, `headers` ([name, value] pairs) and `body` (base64), and may name an `alias` or
        a `version`. Returns the `version` that answered, `status`, `headers`, `body` and `duration_ms`, or raises
        ProxyError.
        """

    def reopen_logs(self) -> None:
        """Open the files anew that they write to, so that rotated ones are let go."""

    async def close(self) -> None:
        """End what no other graph has."""
