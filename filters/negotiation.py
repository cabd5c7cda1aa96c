"""Which content coding a client would have (RFC 9110 §12.5.3)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_MEMBER = re.compile(
    r"[ \t]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*(?:;[ \t]*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)[ \t]*)?"
)
_ALIASES: Final = {"x-gzip": "gzip"}


@lru_cache(maxsize=256)
def choose_encoding(accepted: str, offered: tuple[str, ...]) -> str | None:
    """Return the offered coding that the client rates highest, the earlier of equals, or None for none at all.

    None also where the client rates `identity` higher. What it doesn't name it may still take, but rather not.
    """
    ratings = parse_ratings(accepted)
    rest = ratings.get("*", 0.0)
    best = max(offered, key=lambda coding: ratings.get(coding, rest), default=None)
    if best is None:
        return None
    rating = ratings.get(best, rest)
    return best if rating > 0 and rating >= ratings.get("identity", 0.0) else None


def parse_ratings(accepted: str) -> dict[str, float]:
    """Return each named coding's q in lower case; malformed members are passed over."""
    ratings: dict[str, float] = {}
    for member in accepted.split(","):
        found = _MEMBER.fullmatch(member)
        if found is not None:
            coding = found[1].lower()
            ratings[_ALIASES.get(coding, coding)] = float(found[2] or 1)
    return ratings
