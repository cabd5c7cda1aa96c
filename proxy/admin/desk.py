"""Where the admin's calls about edge functions go: the registry, behind what the configuration says of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeAlias

RollOut: TypeAlias = Callable[[Mapping[str, Any], Callable[[], None]], Awaitable[None]]
"""Brings a state of functions into all workers, or none; raises StartError.

The second is called, in a thread, once all have built it and before the first swaps: it makes the state durable. Where
it raises, all discard.
"""


class DeskError(Exception):
    """A call that is refused; the text says what to do.

    `status` is HTTP's: 400, 403, 404, 409, 413 or 422, and 500 where the store fails.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Desk(Protocol):
    """All return JSON, and raise DeskError. `metadata`'s keys are in docs/edge-functions.md.

    `who` is the caller's name, kept with what they change.
    """

    async def list(self) -> dict[str, Any]:
        """Return `functions`, a list of them with `name` and `aliases`."""
        ...

    async def show(self, name: str) -> dict[str, Any]:
        """Return `name`, `aliases` by name, and `versions`."""
        ...

    async def versions(self, name: str) -> dict[str, Any]: ...

    async def deploy(
        self, metadata: Mapping[str, Any], wasm: bytes | None, roll_out: RollOut, *, who: str = ""
    ) -> dict[str, Any]:
        """Take a version in, try it, and let an alias point at it. Without `wasm` the metadata say where it is."""
        ...

    async def point(
        self, name: str, alias: str, change: Mapping[str, Any], roll_out: RollOut, *, who: str = ""
    ) -> dict[str, Any]:
        """Let an alias point at a version, or at two by percent."""
        ...

    async def rollback(
        self, name: str, change: Mapping[str, Any], roll_out: RollOut, *, who: str = ""
    ) -> dict[str, Any]:
        """Let `live` point at a version before; without one named, at the one that it pointed at last."""
        ...

    async def unalias(self, name: str, alias: str, roll_out: RollOut) -> dict[str, Any]: ...

    async def delete(self, name: str, roll_out: RollOut, *, force: bool = False) -> dict[str, Any]:
        """Forget a function; one that a route names only by force."""
        ...
