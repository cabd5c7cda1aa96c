"""The pipelines that sub-requests go through: those of the graph that runs now."""

from __future__ import annotations

from collections.abc import Mapping

from proxy.pipeline import Pipeline
from wasm_host.functions.hostcall import HostcallFailed


class Listeners:
    """Shared by a worker's functions. `pipelines`, by listener, are replaced when a graph takes over."""

    def __init__(self, pipelines: Mapping[str, Pipeline] | None = None) -> None:
        self.pipelines: Mapping[str, Pipeline] = pipelines or {}

    def pipeline(self, listener: str) -> Pipeline:
        """Return the pipeline of the listener that an exchange came by; raises HostcallFailed where there is none."""
        found = self.pipelines.get(listener)
        if found is None:
            raise HostcallFailed("unavailable", f"there is no listener {listener!r} whose routes could answer")
        return found
