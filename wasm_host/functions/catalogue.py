"""The functions of one graph, by name and alias."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from wasm_host.functions.deployment import Deployment, Runnable

LIVE: Final = "live"
"""The alias that routes use, where they name no other."""


class Catalogue:
    """What a name and an alias stand for; nothing, where it is not deployed."""

    def __init__(self, deployments: Iterable[Deployment] = ()) -> None:
        self._deployments: dict[str, dict[str, Deployment]] = {}
        for each in deployments:
            self._deployments.setdefault(each.name, {})[each.alias] = each

    def find(self, name: str, alias: str = LIVE) -> Deployment | None:
        return self._deployments.get(name, {}).get(alias)

    def version(self, name: str, version: str) -> Runnable | None:
        """Return a version that any alias points at."""
        return next((each for each in self.versions(name) if each.version == version), None)

    def versions(self, name: str) -> Iterator[Runnable]:
        """Yield each version of a name once."""
        seen: set[str] = set()
        for deployment in self._deployments.get(name, {}).values():
            for share in deployment.shares:
                if share.function.version not in seen:
                    seen.add(share.function.version)
                    yield share.function

    def names(self) -> list[str]:
        return sorted(self._deployments)
