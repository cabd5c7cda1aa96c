"""The OpenAPI document: valid, whole, and true of what the admin answers."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterator
from typing import Any

import pytest
from kit.admin import READ, TOKENS, WRITE, Visitor, bearer, filled, visiting
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from proxy.admin.access import OPEN, Access, CertificateRole
from proxy.admin.desk import DeskError
from proxy.admin.endpoints import ENDPOINTS
from proxy.admin.openapi import document

LINE = {"function": "hello", "version": "v1", "level": "info", "text": "hi", "at": 1.5}
BOTH = Access(TOKENS.tokens, (CertificateRole("cn", "*", "read"),))
EDGE = "/api/v1/edge"
FORM = """--x\r
Content-Disposition: form-data; name="function"\r
\r
{"name": "hello"}\r
--x\r
Content-Disposition: form-data; name="wasm"; filename="hello.wasm"\r
\r
\0asm\r
--x--\r
"""
ORDERS = {
    ("POST", "/cache/purge"): ("application/json", '{"all": true}'),
    ("POST", "/plan"): ("application/yaml", "version: 1"),
    ("POST", EDGE + "/deploy"): ("multipart/form-data; boundary=x", FORM),
    ("POST", EDGE + "/{name}"): ("text/plain", "hello"),
    ("PUT", EDGE + "/{name}/aliases/{alias}"): ("application/json", '{"version": "v1"}'),
    ("POST", EDGE + "/{name}/rollback"): ("application/json", ""),
}


@pytest.mark.parametrize("access", [OPEN, TOKENS, BOTH])
def test_it_is_valid(access: Access) -> None:
    assert list(OpenAPIV31SpecValidator(document(access)).iter_errors()) == []


def test_it_has_every_endpoint() -> None:
    paths = document(OPEN)["paths"]
    assert {(method.upper(), path) for path, item in paths.items() for method in item} == {
        (each.method, each.path) for each in ENDPOINTS
    }


def test_it_says_who_may_call_what() -> None:
    paths = document(BOTH)["paths"]
    assert paths["/healthz"]["get"]["security"] == []
    assert paths["/config"]["get"]["security"] == [{"token": ["read"]}, {"certificate": ["read"]}]
    assert paths["/reload"]["post"]["security"] == [{"token": ["write"]}, {"certificate": ["write"]}]
    assert document(OPEN)["components"]["securitySchemes"] == {}


def test_every_schema_is_used() -> None:
    text = json.dumps(document(OPEN))
    assert [name for name in document(OPEN)["components"]["schemas"] if f"schemas/{name}" not in text] == []


# -- what is answered is what it says


def validator(whole: dict[str, Any], schema: dict[str, Any]) -> OAS31Validator:
    return OAS31Validator({**schema, "components": whole["components"]})


async def judged(visitor: Visitor, method: str, path: str, status: int, **more: Any) -> Iterator[str]:
    """Call; returns what of the answer is not as the document says."""
    whole = document(TOKENS)
    named = path.replace("{filter}", more.pop("filter", "auth")).replace("{name}", more.pop("name", "hello"))
    found, content_type, text = await visitor.get(filled(named), method=method, **more)
    assert found == status, text
    told = whole["paths"][path][method.lower()]["responses"][str(status)]["content"]
    schema = told.get(content_type.partition(";")[0], told.get("*/*"))["schema"]
    answer = json.loads(text) if content_type.startswith("application/json") else text
    return (error.message for error in validator(whole, schema).iter_errors(answer))


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda each: f"{each.method} {each.path}")
async def test_every_answer_is_as_it_says(tmp_path: pathlib.Path, endpoint: Any) -> None:
    async with visiting(tmp_path, access=TOKENS) as visitor:
        visitor.known.function_log.take(0, {"lines": [LINE], "lost": {}})
        visitor.known.registry.function_requests.child("hello", "ok").value += 1
        headers, data = bearer(WRITE), None
        if endpoint.bodies:
            headers["Content-Type"], text = ORDERS[endpoint.method, endpoint.path]
            data = text.encode()
        assert list(await judged(visitor, endpoint.method, endpoint.path, 200, headers=headers, data=data)) == []


async def test_refusals_are_as_it_says(tmp_path: pathlib.Path) -> None:
    async with visiting(tmp_path, access=TOKENS) as visitor:
        write, purge = bearer(WRITE), {**bearer(WRITE), "Content-Type": "application/json"}
        found = [
            await judged(visitor, "GET", "/config", 401),
            await judged(visitor, "POST", "/reload", 403, headers=bearer(READ)),
            await judged(visitor, "GET", "/config", 421, headers={"Host": "attacker.test"}),
            await judged(visitor, "POST", "/wasm/{filter}/reload", 404, headers=write, filter="gone"),
            await judged(visitor, "POST", "/cache/purge", 400, headers=purge, data=b"{}"),
            await judged(
                visitor, "POST", "/cache/purge", 415, headers={**write, "Content-Type": "text/plain"}, data=b"x"
            ),
        ]
        found += [
            await judged(visitor, "GET", EDGE + "/{name}", 404, headers=write, name="gone"),
            await judged(visitor, "GET", EDGE + "/{name}/logs", 404, headers=write, name="gone"),
            await judged(visitor, "POST", EDGE + "/deploy", 415, headers={**write, "Content-Type": "a/b"}, data=b"x"),
            await judged(visitor, "POST", EDGE + "/deploy", 400, headers=purge, data=b"[]"),
        ]
        visitor.desk.error = DeskError(409, "a route names it")
        visitor.known.answered = {"refused": {"status": 504, "reason": "function_timeout", "text": "too slow"}}
        found += [
            await judged(visitor, "DELETE", EDGE + "/{name}", 409, headers=write),
            await judged(visitor, "POST", EDGE + "/{name}", 504, headers=write),
        ]
        visitor.known.reloaded = {"outcome": "refused", "generation": 1, "errors": ["no"], "changes": []}
        visitor.known.last = {"outcome": "refused", "at": "2026-11-21T12:00:00+00:00", "errors": ["no"]}
        visitor.known.purged, visitor.known.outcome = {"reason": "no answer"}, "refused"
        visitor.known.reason = "draining"
        found += [
            await judged(visitor, "POST", "/reload", 422, headers=write),
            await judged(visitor, "GET", "/reload", 200, headers=write),
            await judged(visitor, "POST", "/cache/purge", 503, headers=purge, data=b'{"all": true}'),
            await judged(visitor, "POST", "/wasm/{filter}/reload", 422, headers=write),
            await judged(visitor, "GET", "/readyz", 503, headers=write),
            await judged(visitor, "GET", "/readyz", 503),
        ]
        assert [message for each in found for message in each] == []


@pytest.mark.parametrize(
    "order", ["{}", '{"url": "http://a/", "all": true}', '{"all": false}', '{"urls": ["http://a/"]}']
)
def test_orders_that_are_refused_are_no_purge_orders_by_its_schema(order: str) -> None:
    whole = document(OPEN)
    schema = whole["components"]["schemas"]["PurgeOrder"]
    assert not validator(whole, schema).is_valid(json.loads(order))


def test_the_examples_fit_their_schemas() -> None:
    whole = document(OPEN)
    for endpoint in ENDPOINTS:
        for body in endpoint.bodies:
            assert list(validator(whole, body.schema).iter_errors(body.example)) == []
