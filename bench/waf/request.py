"""The bytes of a request from what a regression test says of it, completed as go-ftw completes it.

https://github.com/coreruleset/go-ftw (ftwhttp/request.go) has the rules; what a test's author wrote goes out unchanged.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote_plus

FORM: Final = "application/x-www-form-urlencoded"
WITH_BODY: Final = re.compile(r"POST|PUT|PATCH|DELETE")
REPEATED: Final = re.compile(r'\{\{\s*"([^"]*)"\s*\|\s*repeat\s+(\d+)\s*\}\}')
"""The one thing for which the tests use Go's templates."""
LONE_LF: Final = re.compile(rb"(?<!\r)\n")


def wire(given: Mapping[str, Any]) -> bytes:
    """Write a test's `input` as the bytes to send."""
    if "encoded_request" in given:
        return base64.b64decode(given["encoded_request"])
    if "raw_request" in given:
        # Its escapes stand for bytes.
        return str(given["raw_request"]).encode("latin-1")
    method = str(given.get("method", "GET"))
    headers = {str(name): str(value) for name, value in (given.get("headers") or {}).items()}
    data = body(given.get("data", ""))
    if completes(given):
        data = complete(method, headers, data)
    elif is_multipart(headers):
        data = with_crlf(data)
    line = f"{method} {given.get('uri', '/')} {given.get('version', 'HTTP/1.1')}"
    lines = [line, *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode() + data


def completes(given: Mapping[str, Any]) -> bool:
    """Tell whether headers are to be added; `stop_magic` is the older name, and means the opposite."""
    return bool(given.get("autocomplete_headers", not given.get("stop_magic", False)))


def body(data: str | list[str]) -> bytes:
    """Join the lines of older tests, and repeat what newer ones want repeated."""
    text = "\r\n".join(data) if isinstance(data, list) else data
    return REPEATED.sub(lambda found: found[1] * int(found[2]), text).encode()


def complete(method: str, headers: dict[str, str], data: bytes) -> bytes:
    """Add the headers that are missing; returns the body as it is to be sent."""
    if data and value(headers, "Content-Type") is None:
        headers["Content-Type"] = FORM
    if value(headers, "Content-Type") == FORM:
        data = escaped(data)
    elif is_multipart(headers):
        data = with_crlf(data)
    if value(headers, "Connection") is None:
        headers["Connection"] = "close"
    if (data or WITH_BODY.fullmatch(method)) and value(headers, "Content-Length") is None:
        headers["Content-Length"] = str(len(data))
    return data


def escaped(data: bytes) -> bytes:
    """Escape the names and values of a form; one that has escapes already stays as it is."""
    if b"%" in data or b"+" in data:
        return data
    return "&".join("=".join(map(quote_plus, field.split(b"=", 1))) for field in data.split(b"&")).encode()


def with_crlf(data: bytes) -> bytes:
    """End lines as multipart bodies have to (RFC 2046, section 4.1.1), which YAML's blocks do not."""
    return LONE_LF.sub(b"\r\n", data)


def is_multipart(headers: Mapping[str, str]) -> bool:
    return (value(headers, "Content-Type") or "").startswith("multipart/form-data;")


def value(headers: Mapping[str, str], name: str) -> str | None:
    """Return a header's value, whatever the case of its name."""
    return next((value for own, value in headers.items() if own.lower() == name.lower()), None)
