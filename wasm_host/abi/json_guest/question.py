"""A request as json guests are handed it. Pure.

A body that is JSON stands in the request's as it came, and is not written anew: members keep their order and their
number, and numbers their digits.
"""

from __future__ import annotations

import json
import re
from typing import Final

from proxy.errors import ClientError
from proxy.messages import Request, value_of
from wasm_host.handover import strict_json

_JSON_TYPE: Final = re.compile(rb"application/(?:[^;\s]+\+)?json", re.IGNORECASE)
_NOTHING: Final = "null"


def question(request: Request, body: bytes) -> bytes:
    """Return method, path, query, headers and body; lines of one field are joined, its name in lower case."""
    said = {
        "method": request.method,
        "path": request.path,
        "query": request.query or "",
        "headers": _headers(request),
    }
    return f'{_written(said)[:-1]},"body":{_body(request, body)}}}'.encode()


def body_alone(body: bytes) -> bytes:
    """Return a body for a guest that is handed nothing else; raises ClientError for one that is no JSON."""
    if not body:
        return _NOTHING.encode()
    if _json(body) is None:
        raise ClientError("the function takes a body of JSON", reason="body_not_json")
    return body


def _headers(request: Request) -> dict[str, str]:
    headers = {"host": request.authority} if request.authority else {}
    for name, line in zip(request.headers.names(), request.headers.lines, strict=True):
        key, value = name.decode(), value_of(line).decode("utf-8", "replace")
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return headers


def _body(request: Request, body: bytes) -> str:
    if not body:
        return _NOTHING
    if _JSON_TYPE.match(request.headers.find(b"content-type") or b"") and (text := _json(body)) is not None:
        return text
    return _written(body.decode("utf-8", "replace"))


def _json(body: bytes) -> str | None:
    """Return a text that is JSON, else None."""
    try:
        text = body.decode()
        strict_json(text)
    except (ValueError, RecursionError):
        return None
    return text


def _written(said: object) -> str:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))
