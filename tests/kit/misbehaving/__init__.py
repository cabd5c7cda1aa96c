"""The table of misbehaving origins, each with what the client must get."""

from kit.misbehaving import bodies, heads, manners
from kit.misbehaving.case import Case

CASES: list[Case] = [
    *heads.STATUS_LINES,
    *heads.FIELDS,
    *heads.SIZES,
    *heads.FRAMING,
    *bodies.SHORT,
    *bodies.CHUNKS,
    *bodies.SURPLUS,
    *bodies.WITHOUT,
    *bodies.PERSISTENCE,
    *manners.ABSENCE,
    *manners.INTERIM,
    *manners.ENDLESS,
    *manners.EARLY,
    *manners.HOPS,
]

__all__ = ["CASES", "Case"]
