"""The one table of what the admin offers; the routes, the front page and the OpenAPI document are made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from proxy.admin.access import Role
from proxy.admin.schemas import TEXT, Schema, reference

JSON: Final = ("application/json",)
YAML: Final = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml")
"""RFC 9512, and what people wrote before it."""

LARGEST_ORDER_BYTES: Final = 1024 * 1024
LARGEST_PLAN_BYTES: Final = 16 * 1024 * 1024
"""As large as a configuration may be (config/load.py)."""


@dataclass(frozen=True, slots=True)
class Body:
    """What a call brings; the first of the media types is the one to name."""

    media_types: tuple[str, ...]
    schema: Schema
    limit_bytes: int
    example: object


@dataclass(frozen=True, slots=True)
class Answer:
    says: str
    schema: Schema
    media_type: str = JSON[0]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`page` is the name of its method of `Pages`. A `role` of None is for everybody: then little is told."""

    method: Literal["GET", "POST"]
    path: str
    page: str
    summary: str
    answers: Mapping[int, Answer]
    role: Role | None = "read"
    body: Body | None = None


PURGE: Final = Body(JSON, reference("PurgeOrder"), LARGEST_ORDER_BYTES, {"url": "http://example.com/path"})
PLAN: Final = Body(
    YAML,
    {**TEXT, "description": "a configuration, as it would stand in the file"},
    LARGEST_PLAN_BYTES,
    "version: 1\nlisteners: [{name: public, address: 127.0.0.1:8080}]\n"
    "routes: [{name: all, filters: [{type: respond, status: 204}]}]\n",
)


def _json(says: str, schema: str) -> Answer:
    return Answer(says, reference(schema))


ENDPOINTS: Final = (
    Endpoint(
        "GET",
        "/",
        "index",
        "this page",
        {200: Answer("The front page.", TEXT, "text/html")},
    ),
    Endpoint(
        "GET",
        "/metrics",
        "metrics",
        "metrics of all workers, for Prometheus",
        {200: Answer("Prometheus' text format, or OpenMetrics where Accept asks for it.", TEXT, "text/plain")},
    ),
    Endpoint(
        "GET",
        "/healthz",
        "healthz",
        "whether the supervisor runs, and its workers",
        {200: _json("It runs. Who may read is told of the workers.", "Health")},
        role=None,
    ),
    Endpoint(
        "GET",
        "/readyz",
        "readyz",
        "200 while every worker is ready, else 503",
        {
            200: _json("Every worker is ready.", "Readiness"),
            503: _json("Traffic should go elsewhere. Who may read is told why.", "Readiness"),
        },
        role=None,
    ),
    Endpoint(
        "GET",
        "/routes",
        "routes",
        "the routes in the order in which they are tried",
        {200: _json("The routes.", "Routes")},
    ),
    Endpoint(
        "GET",
        "/upstreams",
        "upstreams",
        "endpoints and their connections, as each worker sees them",
        {200: _json("For each upstream what each worker knows of it.", "Upstreams")},
    ),
    Endpoint(
        "GET",
        "/cache",
        "cache",
        "the caches: what all workers hold of each, and what each worker does",
        {200: _json("The caches by name.", "Caches")},
    ),
    Endpoint(
        "GET",
        "/wasm",
        "wasm",
        "the WASM filters: module, ABI and instances, as each worker has them",
        {200: _json("The filters by name.", "WasmFilters")},
    ),
    Endpoint(
        "GET",
        "/config",
        "config",
        "the configuration that is running, secrets masked",
        {200: _json("The configuration as it is written, secrets masked.", "Configuration")},
    ),
    Endpoint(
        "GET",
        "/reload",
        "reload_state",
        "which configuration runs, and what the last reload came to",
        {200: _json("The generation, and the last reload, if there was one.", "ReloadState")},
    ),
    Endpoint(
        "GET",
        "/openapi.json",
        "openapi",
        "all of this for programs: OpenAPI 3.1",
        {200: Answer("This document.", {"type": "object"})},
    ),
    Endpoint(
        "POST",
        "/reload",
        "reload",
        "read the configuration anew, and swap it in where it is good",
        {
            200: _json("The new configuration runs.", "ReloadOutcome"),
            422: _json("It was refused, and nothing has changed; all errors are told.", "ReloadOutcome"),
        },
        role="write",
    ),
    Endpoint(
        "POST",
        "/plan",
        "plan",
        "say what another configuration would change",
        {200: _json("Its errors, or what it would change.", "PlanOutcome")},
        role="write",  # It may name any file of the machine, and errors tell what is not in it.
        body=PLAN,
    ),
    Endpoint(
        "POST",
        "/cache/purge",
        "purge",
        "purge a URL, a tag, a prefix or all from the caches of all workers",
        {
            200: _json("It is purged in every worker.", "PurgeOutcome"),
            503: _json("A worker did not confirm: purge again.", "PurgeOutcome"),
        },
        role="write",
        body=PURGE,
    ),
    Endpoint(
        "POST",
        "/wasm/{filter}/reload",
        "reload_wasm",
        "read a WASM filter's module anew",
        {
            200: _json("All workers run the new module.", "SwapOutcome"),
            422: _json("It was refused; what each worker says.", "SwapOutcome"),
        },
        role="write",
    ),
)

PAGES: Final = {each.path: each.summary for each in ENDPOINTS if each.method == "GET" and each.path != "/"}
ORDERS: Final = {f"{each.method} {each.path}": each.summary for each in ENDPOINTS if each.method != "GET"}
BY_ROUTE: Final[Mapping[tuple[str, str], Endpoint]] = {(each.method, each.path): each for each in ENDPOINTS}
