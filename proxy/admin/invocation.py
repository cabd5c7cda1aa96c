"""What `POST /api/v1/edge/{name}` is sent, as the request that the function gets; and its answer, as the admin's."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from aiohttp import hdrs, web

from proxy.admin.answers import FIELDS, Refused
from proxy.admin.body import json_object, kind_of, read_body
from proxy.admin.edge_endpoints import CALL, RAW_CALL
from proxy.admin.near import near
from proxy.messages import OF_THE_CONNECTION, Headers

ALIAS: Final = "Penstock-Function-Alias"
VERSION: Final = "Penstock-Function-Version"
DURATION: Final = "Penstock-Function-Duration-Ms"

WORDS: Final = ("method", "uri", "headers", "body", "body_base64", "alias", "version")

_METHOD: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_URI: Final = re.compile(r"/[!-\"$-~]*")
_OURS: Final = frozenset({hdrs.AUTHORIZATION.lower(), ALIAS.lower(), VERSION.lower()}) | {
    name.decode() for name in OF_THE_CONNECTION
}
"""Fields that are the admin's own: its token above all is none of the function's business."""
_KEPT: Final = frozenset(name.lower() for name in (*FIELDS, hdrs.DATE)) | {name.decode() for name in OF_THE_CONNECTION}


async def read_invocation(request: web.Request) -> dict[str, Any]:
    """Return the request for `proxy.functions.Functions.invoke`; raises Refused."""
    kind = kind_of(request, (RAW_CALL, CALL))
    content = await read_body(request, kind)
    return _described(json_object(content, "the body")) if kind is CALL else _itself(request, content)


def _itself(request: web.Request, content: bytes) -> dict[str, Any]:
    """Pass the call itself on: its body, its query, and the fields that are not the admin's."""
    headers = [
        [name.decode("latin-1"), value.decode("latin-1")]
        for name, value in request.raw_headers
        if name.decode("latin-1").lower() not in _OURS
    ]
    query = request.rel_url.raw_query_string
    return {
        "method": request.method,
        "uri": f"/?{query}" if query else "/",
        "headers": headers,
        "body": base64.b64encode(content).decode(),
        **{
            word: request.headers[name]
            for word, name in (("alias", ALIAS), ("version", VERSION))
            if name in request.headers
        },
    }


def _described(told: Mapping[str, Any]) -> dict[str, Any]:
    for word in told.keys() - set(WORDS):
        raise Refused(400, f"unknown field {word}{near(word, WORDS)}", field=word)
    return {
        "method": _text(told, "method", "GET", _METHOD),
        "uri": _text(told, "uri", "/", _URI),
        "headers": _headers(told.get("headers", {})),
        "body": _body(told),
        **{word: _text(told, word, "") for word in ("alias", "version") if word in told},
    }


def _text(told: Mapping[str, Any], word: str, default: str, pattern: re.Pattern[str] | None = None) -> str:
    found = told.get(word, default)
    if not isinstance(found, str) or (pattern is not None and not pattern.fullmatch(found)):
        raise Refused(400, f"{word} must be text such as {default or 'live'}", field=word)
    return found


def _headers(told: Any) -> list[list[str]]:
    headers = Headers()
    try:
        for name, value in told.items() if isinstance(told, dict) else told:  # What is no list of pairs raises.
            headers.add(name, value)
    except (TypeError, ValueError, AttributeError) as error:
        raise Refused(400, f"headers must be names and values: {error}", field="headers") from None
    return [[name, value] for name, value in headers.items()]


def _body(told: Mapping[str, Any]) -> str:
    """Return it in base64."""
    if "body_base64" not in told:
        return base64.b64encode(_text(told, "body", "").encode("utf-8", "surrogatepass")).decode()
    if "body" in told:
        raise Refused(400, "give body or body_base64, not both", field="body_base64")
    text = _text(told, "body_base64", "")
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused(400, f"body_base64 is not base64: {error}", field="body_base64") from None
    return text


def answer_of(told: Mapping[str, Any]) -> web.Response:
    """Return what the function answered, less the fields that every answer of the admin has; raises Refused."""
    if "refused" in told:
        raise _refusal(**told["refused"])
    answer = web.Response(status=told["status"], body=base64.b64decode(told["body"]))
    for name, value in _passed_on(told["headers"]):
        answer.headers.add(name, value)
    answer.headers[VERSION] = told["version"]
    answer.headers[DURATION] = str(told["duration_ms"])
    return answer


def _passed_on(headers: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    return ((name, value) for name, value in headers if name.lower() not in _KEPT)


def _refusal(status: int, reason: str, text: str) -> Refused:
    if reason == "function_missing":
        return Refused(404, text, reason=reason)
    return Refused(502 if status == 500 else status, text, reason=reason)  # 500 would be the admin's own failure.
