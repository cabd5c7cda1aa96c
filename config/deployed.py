"""The functions that are deployed, as an order tells a build of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Deployed:
    """`state` has their aliases and versions, by name. Those that have `changed` must be fit to run."""

    state: Mapping[str, Any] = field(default_factory=dict)
    changed: Collection[str] = ()


NOTHING_DEPLOYED: Final = Deployed()
