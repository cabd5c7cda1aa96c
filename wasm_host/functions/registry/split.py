"""What an alias points at: one version, or two by percent. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

Sticky = Mapping[str, Any]
"""What keeps a client on a version: `{"cookie": name}`, `{"header": name}` or `{"client": true}`."""


@dataclass(frozen=True, slots=True)
class Share:
    version: str
    percent: int


@dataclass(frozen=True, slots=True)
class Split:
    """Made of shares that do not add up it raises ValueError. The newcomer of two stands last."""

    shares: tuple[Share, ...]
    sticky: Sticky | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.shares) <= 2:
            raise ValueError("an alias points at one version, or at two")
        if len({share.version for share in self.shares}) < len(self.shares):
            raise ValueError("the two versions are the same")
        if any(share.percent < 1 for share in self.shares) or sum(share.percent for share in self.shares) != 100:
            raise ValueError("the percents must be at least 1 each, and 100 together")

    @classmethod
    def whole(cls, version: str) -> Self:
        return cls((Share(version, 100),))

    @classmethod
    def of_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(tuple(Share(each["version"], each["percent"]) for each in data["versions"]), data.get("sticky"))

    @property
    def versions(self) -> tuple[str, ...]:
        return tuple(share.version for share in self.shares)

    def to_json(self) -> dict[str, Any]:
        told: dict[str, Any] = {
            "versions": [{"version": share.version, "percent": share.percent} for share in self.shares]
        }
        return told if self.sticky is None else {**told, "sticky": dict(self.sticky)}


def with_newcomer(before: Split | None, version: str, percent: int, sticky: Sticky | None = None) -> Split:
    """Give a version its percent, and the rest to the version that had the most; raises ValueError if there is none.

    Without another the sticky key stays as it was.
    """
    if percent == 100:
        return Split.whole(version)
    others = [share for share in before.shares if share.version != version] if before else []
    if not others:
        raise ValueError(f"there is no other version for the other {100 - percent} percent")
    rest = max(others, key=lambda share: share.percent)
    kept = before.sticky if before and sticky is None else sticky
    return Split((Share(rest.version, 100 - percent), Share(version, percent)), kept)
