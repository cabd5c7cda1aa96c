"""The admin's OpenAPI document (OpenAPI 3.1), made of the table of its endpoints."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from proxy.admin.access import Access
from proxy.admin.endpoint import EVENTS, Answer, Body, Endpoint
from proxy.admin.endpoints import ENDPOINTS
from proxy.admin.schemas import SCHEMAS, TEXT, reference

Part = dict[str, Any]

REFUSALS: Final = {
    400: "The call is not understood; the text says what to write.",
    401: "There is no token, or nobody's.",
    403: "The caller may not do this, or a web page asked for it.",
    404: "There is no such thing.",
    409: "What runs stands against it; the text says what to change first.",
    413: "The body is too large.",
    415: "The body's media type is not taken.",
    421: "The admin is not to be called by this name.",
    422: "It was tried, and refused; nothing has changed.",
    429: "Too many wrong tokens came from this address, or the function had too many calls.",
    502: "The function failed.",
    503: "It is busy; try again later.",
    504: "It took too long.",
}


def document(access: Access) -> Part:
    """Return the document of an admin with such an access."""
    paths: dict[str, Part] = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, access)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Penstock's admin",
            "version": "1",
            "description": "What a running Penstock tells of itself, and what it can be told to do.",
        },
        "paths": paths,
        "components": {"schemas": SCHEMAS, "securitySchemes": _schemes(access)},
    }


def _operation(endpoint: Endpoint, access: Access) -> Part:
    refusals = {str(status): _refusal(status) for status in sorted(_refusals(endpoint, access))}
    answers = {
        str(status): {"description": answer.says, "content": _content(answer)}
        for status, answer in endpoint.answers.items()
    }
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": TEXT}
        for name in re.findall(r"\{(\w+)\}", endpoint.path)
    ] + [{"name": name, "in": "query", "description": says, "schema": TEXT} for name, says in endpoint.query.items()]
    return {
        "operationId": endpoint.page,
        "summary": endpoint.summary,
        "security": _security(endpoint, access),
        **({"parameters": parameters} if parameters else {}),
        **({"requestBody": _body(endpoint.bodies)} if endpoint.bodies else {}),
        "responses": refusals | answers,
    }


def _content(answer: Answer) -> Part:
    content = {answer.media_type: {"schema": answer.schema}}
    return content | ({EVENTS: {"schema": TEXT}} if answer.or_events else {})


def _body(bodies: Sequence[Body]) -> Part:
    content = {kind: {"schema": body.schema, "example": body.example} for body in bodies for kind in body.media_types}
    return {"required": all(body.required for body in bodies), "content": content}


def _refusals(endpoint: Endpoint, access: Access) -> set[int]:
    statuses = ({421} if endpoint.method == "GET" else {403, 421}) | endpoint.refusals
    if endpoint.bodies:
        statuses |= {400, 413, 415}
    if "{" in endpoint.path:
        statuses.add(404)
    if access.tokens:
        statuses |= {401, 429}
    if not access.is_open and endpoint.role is not None:
        statuses.add(403)
    return statuses


def _refusal(status: int) -> Part:
    content = {"application/json": {"schema": reference("Error")}}
    return {"description": REFUSALS[status], "content": content}


def _schemes(access: Access) -> Part:
    schemes: Part = {}
    if access.tokens:
        schemes["token"] = {"type": "http", "scheme": "bearer"}
    if access.certificates:
        schemes["certificate"] = {"type": "mutualTLS"}
    return schemes


def _security(endpoint: Endpoint, access: Access) -> list[Part]:
    """Return the ways in, of which one is enough; what stands in the lists is the role (OpenAPI 3.1 §4.8.30)."""
    if endpoint.role is None:
        return []
    return [{name: [endpoint.role]} for name in _schemes(access)]
