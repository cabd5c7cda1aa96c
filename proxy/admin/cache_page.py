"""What the admin shows of a cache: the workers' memories as one, and each by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

ADDED: Final = ("entries", "bytes", "limit_bytes")


def together(states: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Add up what each worker says of one cache (`Cache.describe`)."""
    return {**{name: sum(state[name] for state in states) for name in ADDED}, "workers": list(states)}
