"""The fields that a function may send: none that would frame the message, or say something else than its URL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from proxy.messages import OF_THE_CONNECTION, field_line
from wasm_host.functions.hostcall import HostcallFailed

MOST_FIELDS: Final = 100
MOST_FIELD_BYTES: Final = 32 * 1024
"""Of all together."""

_NEVER: Final = OF_THE_CONNECTION | {b"proxy-authorization", b"proxy-authenticate"}


def check_fields(fields: Sequence[tuple[str, str]], body_bytes: int) -> tuple[str | None, tuple[tuple[str, str], ...]]:
    """Return the Host among the fields, None without one, and the rest, less a Content-Length that is right.

    Raises HostcallFailed for what may not stand in a field, and for fields of the connection.
    """
    _check_sizes(fields)
    host = None
    rest = []
    for name, value in fields:
        lower = name.lower()
        if lower == "host" and host is None:
            host = value
        elif lower != "content-length" or value != str(body_bytes):
            _check(name, value)
            rest.append((name, value))
    return host, tuple(rest)


def _check_sizes(fields: Sequence[tuple[str, str]]) -> None:
    if len(fields) > MOST_FIELDS:
        raise HostcallFailed("too_large", f"more than {MOST_FIELDS} fields")
    if sum(len(name) + len(value) for name, value in fields) > MOST_FIELD_BYTES:
        raise HostcallFailed("too_large", f"the fields have more than {MOST_FIELD_BYTES} bytes")


def _check(name: str, value: str) -> None:
    try:
        line = field_line(name, value)
    except ValueError as error:
        raise HostcallFailed("invalid", str(error)) from error
    if line[: line.index(b":")].lower() in _NEVER:
        raise HostcallFailed("invalid", f"{name} is not a function's to set")
