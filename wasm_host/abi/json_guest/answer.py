"""What a json guest's JSON comes to, as an answer to the client."""

from __future__ import annotations

import json
from typing import Any, Final

from wasm_host.functions.draft import Draft
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.handover import BadAnswer, read_json

OK: Final = 200
REFUSED: Final = 403
_JSON: Final = b"application/json"
_TEXT: Final = b"text/plain; charset=utf-8"
_TYPE: Final = b"content-type"
_REFUSAL: Final = b'{"error":"forbidden"}'


def answer(draft: Draft, text: bytes) -> None:
    """Put a guest's JSON into a draft; raises BadAnswer for what no client can be sent.

    An object with a status, and headers or a body beside it, is a response; everything else is the body of a 200.
    """
    said = read_json(text)
    try:
        if _is_response(said):
            _respond(draft, said)
        else:
            _send(draft, OK, text, _JSON)
    except HostcallFailed as failed:
        raise BadAnswer(f"its answer cannot be sent: {failed}") from failed


def decide(draft: Draft, verdict: int) -> None:
    """Put an auth decision into a draft: 1 lets the request go on, or is an empty answer where nothing follows."""
    if verdict != 1:
        _send(draft, REFUSED, _REFUSAL, _JSON)


def _is_response(said: Any) -> bool:
    return isinstance(said, dict) and type(said.get("status")) is int and ("headers" in said or "body" in said)


def _respond(draft: Draft, said: dict[str, Any]) -> None:
    body = said.get("body")
    is_text = isinstance(body, str)
    data = b"" if body is None else body.encode("utf-8", "replace") if isinstance(body, str) else _written(body)
    if body is not None:
        draft.set_field(_TYPE, _TEXT if is_text else _JSON)
    _set_fields(draft, said.get("headers"))
    draft.set_status(said["status"])
    draft.set_body(data)


def _set_fields(draft: Draft, headers: Any) -> None:
    """Set fields from texts, numbers, and lists of them, each a line of its own."""
    if headers is None:
        return
    if not isinstance(headers, dict):
        raise BadAnswer("the headers of its answer are no object")
    for name, value in headers.items():
        first, *others = value if isinstance(value, list) and value else [value]
        draft.set_field(_bytes(name), _value(first))
        for other in others:
            draft.add_field(_bytes(name), _value(other))


def _value(value: Any) -> bytes:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadAnswer("a field of its answer is neither a text nor a number")
    return _bytes(str(value))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _written(body: Any) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


def _send(draft: Draft, status: int, body: bytes, media_type: bytes) -> None:
    draft.set_field(_TYPE, media_type)
    draft.set_status(status)
    draft.set_body(body)
