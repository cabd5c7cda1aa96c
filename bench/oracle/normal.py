"""What is not compared, and why; and a message as lines to compare."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Final

from bench.oracle.scenario import Header
from bench.oracle.wire import Message

HOP = "belongs to one connection (RFC 9110 §7.6.1)"
FRAMING = "frames the body on one connection (RFC 9112 §6); the body itself is compared byte by byte"
OWN = "each proxy's own trace of itself; no guest is shown it"
TIME = "the time of the run"

LEFT_OUT: Final[dict[str, str]] = {
    "connection": HOP,
    "keep-alive": HOP,
    "proxy-connection": HOP,
    "te": HOP,
    "trailer": HOP,
    "upgrade": HOP,
    "transfer-encoding": FRAMING,
    "content-length": FRAMING,
    "date": TIME,
    "server": OWN,
    "via": OWN,
    "forwarded": OWN,
    "x-forwarded-for": OWN,
    "x-forwarded-host": OWN,
    "x-forwarded-proto": OWN,
    "x-request-id": OWN,
}
"""Headers that are not compared."""

LEFT_OUT_PREFIX: Final = {"x-envoy-": OWN}


def _left_out(why: str) -> list[str]:
    prefixes = {f"{prefix}*": reason for prefix, reason in LEFT_OUT_PREFIX.items()}
    return [name for name, reason in (LEFT_OUT | prefixes).items() if reason == why]


TOLD: Final[tuple[tuple[str, str], ...]] = (
    *((f"left out: {', '.join(f'`{name}`' for name in _left_out(why))}", why) for why in (HOP, FRAMING, OWN, TIME)),
    ("header names are lower-cased", "they are case-insensitive (RFC 9110 §5.1); HTTP/1 Envoy writes them so"),
    (
        "headers are sorted by name, equal names keep their order",
        "order between names has no meaning (RFC 9110 §5.3)",
    ),
    ("the reason phrase is left out", "it has no meaning (RFC 9112 §4)"),
    ("Penstock's own error page is told as one", "it bears another id each time, and Python's phrase for the status"),
    (
        "requests at `calls` are sorted and equal ones counted once",
        "calls run in parallel, and Envoy configures one guest per thread",
    ),
    (
        "guests' lines are those of the worker that serves, and a guest started only to be tried is left out",
        "Envoy starts one to try it, one on the main thread and one per worker",
    ),
    (
        "the count in `on_http_call_response` leaves out `x-envoy-upstream-service-time`",
        "Envoy's router adds it to every answer",
    ),
    ("lines are read before the host is stopped", "how a process ends is not part of an exchange"),
)
"""Every normalisation beside its reason, for the report."""

SHORT_BYTES: Final = 160

ERROR_PAGE: Final = "body: Penstock's error page"
_ERROR_PAGE = re.compile(rb"[45]\d\d [A-Z][A-Za-z ]+\nid: [0-9a-f]{16}\n")


def answered(message: Message | None) -> list[str]:
    """Describe what the client got."""
    if message is None:
        return ["no answer"]
    return [f"status {message.start.split()[1]}", *headers(message.headers), *body(message)]


def reached(messages: Sequence[Message]) -> list[str]:
    """Describe what the origin got, in order."""
    return [line for message in messages for line in asked(message)]


def called(messages: Sequence[Message]) -> list[str]:
    """Describe what came by way of guests' calls."""
    distinct = sorted({tuple(asked(message)) for message in messages})
    return [line for request in distinct for line in request]


def asked(message: Message) -> list[str]:
    method, target, *_ = message.start.split(" ")
    return [f"{method} {target}", *headers(message.headers), *body(message)]


def headers(every: Sequence[Header]) -> list[str]:
    lowered = [(name.lower(), value) for name, value in every]
    return [f"{name}: {value}" for name, value in sorted(filter(compared, lowered), key=lambda header: header[0])]


def compared(header: Header) -> bool:
    return header[0] not in LEFT_OUT and not header[0].startswith(tuple(LEFT_OUT_PREFIX))


def body(message: Message) -> list[str]:
    """Describe a body, a long one by its size and digest; nothing of an empty one that came whole."""
    described = [described_body(message.body)] if message.body else []
    return described if message.whole else [*described, "cut off"]


def described_body(content: bytes) -> str:
    if len(content) > SHORT_BYTES:
        return f"body of {len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()[:16]}"
    return ERROR_PAGE if _ERROR_PAGE.fullmatch(content) else f"body {json.dumps(content.decode('latin-1'))}"
