"""A request as WAF modules are shown it: as it goes to the origin, and as the origin will read it. Pure.

Modules of this kind match what they are shown and decode nothing, so `%27%20or%201=1` would get by them. One that is
shown the decoded form alone would miss what hides in the other. Each form is a question of its own, in the ABI's shape.
"""

from __future__ import annotations

import json
from typing import Final
from urllib.parse import unquote_to_bytes

from proxy.messages import Request, value_of

_FORM: Final = b"application/x-www-form-urlencoded"


def questions(request: Request, body: bytes) -> list[bytes]:
    """Return a request's JSON as it came, and with URI and form percent-decoded where that is something else."""
    as_it_came = _question(request, request.target.encode("latin-1"), body)
    decoded = _question(request, _decoded_target(request), _form_decoded(body) if _is_form(request) else body)
    return [as_it_came] if decoded == as_it_came else [as_it_came, decoded]


def _question(request: Request, uri: bytes, body: bytes) -> bytes:
    fields = [[line[: line.index(b":")].decode(), _text(value_of(line))] for line in request.headers.lines]
    if request.authority:
        fields.insert(0, ["Host", request.authority])  # It stands apart from the fields.
    said = {"method": request.method, "uri": _text(uri), "headers": fields, "body": _text(body)}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _decoded_target(request: Request) -> bytes:
    path = unquote_to_bytes(request.path)
    return path if request.query is None else path + b"?" + _form_decoded(request.query.encode("latin-1"))


def _form_decoded(data: bytes) -> bytes:
    """Decode as forms and their queries are (URL Standard §5.1)."""
    return unquote_to_bytes(data.replace(b"+", b" "))


def _is_form(request: Request) -> bool:
    media_type = request.headers.find(b"content-type") or b""
    return media_type.partition(b";")[0].strip().lower() == _FORM
