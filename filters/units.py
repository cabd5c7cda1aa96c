"""Durations and sizes as the configuration writes them: `250ms`, `1KiB`."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import BeforeValidator, WithJsonSchema

_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_BYTES: Final = {"B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(ms|s|m|h)")
_SIZE = re.compile(r"([0-9]{1,15})(B|KiB|MiB|GiB)")


def parse_duration(value: object) -> float:
    """Turn `250ms`, `10s`, `5m` or `1h` into seconds; 0 alone needs no unit."""
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is not None:
        return float(found[1]) * _SECONDS[found[2]]
    if value == 0 and not isinstance(value, bool):
        return 0.0
    raise ValueError(f"{value!r} is not a duration; write 250ms, 10s, 5m or 1h")


def parse_size(value: object) -> int:
    """Turn `512B`, `1KiB`, `10MiB` or a number into bytes."""
    found = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if found is not None:
        return int(found[1]) * _BYTES[found[2]]
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise ValueError(f"{value!r} is not a size; write 512B, 8KiB, 10MiB or a number of bytes")


Seconds = Annotated[
    float,
    BeforeValidator(parse_duration),
    WithJsonSchema({"type": ["string", "number"], "description": "duration: 250ms, 10s, 5m or 1h"}),
]
Bytes = Annotated[
    int,
    BeforeValidator(parse_size),
    WithJsonSchema({"type": ["string", "integer"], "description": "size: 512B, 8KiB, 10MiB or a number of bytes"}),
]
