"""What the admin asks of the supervisor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from proxy.function_log import FunctionLog
from proxy.metrics import Snapshot


class Sources(Protocol):
    """What the supervisor knows, and what it can be told to do."""

    def why_not_ready(self) -> str | None: ...
    def workers(self) -> list[dict[str, Any]]: ...
    def worker_pids(self) -> Sequence[int]: ...
    async def snapshot(self) -> Snapshot: ...
    async def upstreams(self) -> dict[str, list[Any]]: ...
    async def caches(self) -> dict[str, list[Any]]: ...
    async def purge(self, order: Mapping[str, Any]) -> list[dict[str, Any]]: ...
    async def wasm(self) -> dict[str, list[Any]]: ...
    async def swap_module(self, filter: str) -> list[dict[str, Any]]: ...

    async def functions(self) -> dict[str, list[Any]]: ...

    async def invoke(self, name: str, request: dict[str, Any]) -> dict[str, Any]:
        """Call an edge function, as `proxy.functions.Functions.invoke` does.

        What is returned may be `refused` in its place: `status`, `reason` and `text`.
        """
        ...

    @property
    def function_log(self) -> FunctionLog: ...

    async def roll_out(self, functions: Mapping[str, Any], decide: Callable[[], None]) -> None:
        """Be `proxy.admin.desk.RollOut`."""
        ...

    async def reload(self) -> dict[str, Any]:
        """Reload; returns `outcome` (`reloaded` or `refused`), `generation`, `errors` and `changes`.

        It ends without waiting for the end of the admin that it was asked through, which waits for the answer.
        """
        ...

    def reload_state(self) -> dict[str, Any]:
        """Return the `generation` that runs, and of the `last` reload `outcome`, `errors` and `at`, None before one."""
        ...

    def count_admin_request(self, outcome: str) -> None:
        """Count one in `admin_requests_total`."""
        ...
