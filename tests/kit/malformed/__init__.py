"""The table of malformed, ambiguous and merely odd requests, each with what must become of it."""

from kit.malformed import chunks, fields, framing, heads, limits, targets
from kit.malformed.case import Case, Fate

CASES: list[Case] = [
    *framing.CONTENT_LENGTH,
    *framing.BOTH,
    *framing.TRANSFER_ENCODING,
    *chunks.SIZES,
    *chunks.LINE_ENDS,
    *chunks.EXTENSIONS,
    *chunks.TRAILERS,
    *heads.ALL,
    *targets.TARGETS,
    *targets.ESCAPES,
    *targets.ABSOLUTE,
    *targets.HOSTS,
    *fields.OWNED,
    *fields.CONNECTION,
    *fields.UPGRADES,
    *limits.ALL,
]

__all__ = ["CASES", "Case", "Fate"]
