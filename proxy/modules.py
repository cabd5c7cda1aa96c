"""The WASM modules inside a worker's filters, as far as the worker and the admin deal with them."""

from __future__ import annotations

from typing import Any, Protocol


class Modules(Protocol):
    """Those of one graph; filters that the graph before has too are the same, and run on.

    `describe` and `reload` return JSON for the admin, by the filter's name.
    """

    def start(self) -> None:
        """Start a guest of each filter that has none, so that no request waits for it; raises StartError."""

    def take_over(self) -> None:
        """Run in place of the graph before, from now on: kept filters meet this one's upstreams. Never fails."""

    def describe(self) -> dict[str, list[dict[str, Any]]]:
        """Return what each filter runs; several entries where routes changed a filter's options."""

    async def reload(self, filter: str) -> dict[str, Any]:
        """Read a filter's module anew and let new exchanges meet it.

        Returns `outcome`, `swapped` or `refused`; the latter with a `reason`, and nothing has changed then.
        """

    def reopen_logs(self) -> None:
        """Open the files anew that filters write to, so that rotated ones are let go."""

    async def close(self) -> None:
        """End the guests and calls that no other graph has, and write what they left to be logged.

        For a graph whose last exchange has ended, and for one that never came to run.
        """
