"""What the YAML, and the metadata of a deploy, may say of what one call of a function uses: `limits`."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, WithJsonSchema

from config.model import Model
from config.values import Duration, Size
from wasm_host.memory import MOST_LONG_BYTES

PAGE_BYTES: Final = 64 * 1024
MOST_MEMORY_BYTES: Final = 65536 * PAGE_BYTES

MOST_AT_ONCE: Final = 1000
"""There is room for so many guests in a worker (wasm_host/engine.py)."""

_RATE: Final = re.compile(r"([1-9][0-9]{0,8})/(s|m|h)")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600}


def parse_call_rate(value: object) -> float:
    """Turn `100/s`, `600/m` or a number into calls a second; 0 is without a limit."""
    found = _RATE.fullmatch(value) if isinstance(value, str) else None
    if found is not None:
        return int(found[1]) / _SECONDS[found[2]]
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1_000_000_000:
        return float(value)
    raise ValueError(f"{value!r} is not a rate; write 100/s, 600/m, or 0 for none")


CallRate = Annotated[
    float,
    BeforeValidator(parse_call_rate),
    WithJsonSchema({"type": ["string", "number"], "description": "calls: 100/s, 600/m, or 0 for no limit"}),
]
Number = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]
Queue = Annotated[int, Field(ge=0, le=1_000_000, strict=True)]
InOnePiece = Annotated[Size, Field(le=MOST_LONG_BYTES)]
AtOnce = Annotated[int, Field(ge=1, le=MOST_AT_ONCE, strict=True)]


class FunctionLimits(Model):
    """The limits that are given; wasm_host/functions/settings.py says what each one means, and has the defaults."""

    cpu: Duration | None = None
    total: Duration | None = None
    memory: Annotated[Size, Field(ge=PAGE_BYTES, le=MOST_MEMORY_BYTES)] | None = None
    request: Size | None = None
    response: InOnePiece | None = None
    http_time: Duration | None = None
    http_body: InOnePiece | None = None
    http_calls: Number | None = None
    http_at_once: Number | None = None
    key: Size | None = None
    value: InOnePiece | None = None
    hostcalls: Number | None = None
    log_lines: Queue | None = None
    concurrency: AtOnce | None = None
    queue: Queue | None = None
    queue_time: Duration | None = None
    rate: CallRate | None = None

    def given(self) -> dict[str, Any]:
        """Return the limits that are given, by the names that the host has for them."""
        return {HOSTS_NAMES[name]: value for name, value in self if value is not None}


HOSTS_NAMES: Final = {
    "cpu": "cpu_s",
    "total": "total_s",
    "memory": "memory_bytes",
    "request": "request_bytes",
    "response": "response_bytes",
    "http_time": "http_s",
    "http_body": "http_bytes",
    "http_calls": "http_calls",
    "http_at_once": "http_at_once",
    "key": "key_bytes",
    "value": "value_bytes",
    "hostcalls": "hostcalls",
    "log_lines": "log_lines",
    "concurrency": "concurrency",
    "queue": "queue",
    "queue_time": "queue_s",
    "rate": "rate",
}
"""The YAML's names of the limits, and those of wasm_host/functions/settings.py, which carry their units."""
