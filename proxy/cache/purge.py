"""What a purge takes: one URL, one tag, all URLs that begin alike, or everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

PurgeKind: TypeAlias = Literal["url", "tag", "prefix", "all"]


@dataclass(frozen=True, slots=True)
class Purge:
    """`value` is the URL, tag or beginning, "" for all. Soft makes stale, so that it may be validated; hard removes."""

    kind: PurgeKind
    value: str = ""
    hard: bool = False
