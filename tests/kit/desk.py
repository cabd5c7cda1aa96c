"""A desk of edge functions that keeps them in memory, and notes what it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proxy.admin.desk import DeskError, RollOut

LIVE = {"live": {"versions": [{"version": "v1", "percent": 100}]}}


class FakeDesk:
    """Its `state` has a word for each function. Once it has an `error`, that is what it answers changes with."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.state: dict[str, Any] = {"hello": "one"}
        self.error: Exception | None = None

    async def list(self) -> dict[str, Any]:
        return {"functions": [{"name": name, "aliases": LIVE} for name in sorted(self.state)]}

    async def show(self, name: str) -> dict[str, Any]:
        if name not in self.state:
            raise DeskError(404, f"there is no function {name}")
        return {"name": name, "aliases": LIVE, "versions": [{"version": "v1"}]}

    async def versions(self, name: str) -> dict[str, Any]:
        return {"name": name, "versions": (await self.show(name))["versions"]}

    async def deploy(
        self, metadata: Mapping[str, Any], wasm: bytes | None, roll_out: RollOut, *, who: str = ""
    ) -> dict[str, Any]:
        state = {**self.state, metadata["name"]: metadata.get("word")}
        return await self._changed(("deploy", metadata, wasm, who), state, roll_out)

    async def point(
        self, name: str, alias: str, change: Mapping[str, Any], roll_out: RollOut, *, who: str = ""
    ) -> dict[str, Any]:
        return await self._changed(("point", name, alias, change, who), self.state, roll_out)

    async def rollback(
        self, name: str, change: Mapping[str, Any], roll_out: RollOut, *, who: str = ""
    ) -> dict[str, Any]:
        return await self._changed(("rollback", name, change, who), self.state, roll_out)

    async def unalias(self, name: str, alias: str, roll_out: RollOut) -> dict[str, Any]:
        return await self._changed(("unalias", name, alias), self.state, roll_out)

    async def delete(self, name: str, roll_out: RollOut, *, force: bool = False) -> dict[str, Any]:
        state = {each: word for each, word in self.state.items() if each != name}
        return await self._changed(("delete", name, force), state, roll_out)

    async def _changed(self, asked: tuple[Any, ...], state: dict[str, Any], roll_out: RollOut) -> dict[str, Any]:
        self.asked.append(asked)
        if self.error is not None:
            raise self.error

        def decide() -> None:
            self.state = state

        await roll_out(state, decide)
        return {"version": "v2"}
