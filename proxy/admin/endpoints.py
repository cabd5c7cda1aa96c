"""The one table of what the admin offers; the routes, the front page and the OpenAPI document are made of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from proxy.admin.edge_endpoints import EDGE_ENDPOINTS
from proxy.admin.endpoint import JSON, Answer, Body, Endpoint, json_of
from proxy.admin.schemas import TEXT, reference

YAML: Final = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml")
"""RFC 9512, and what people wrote before it."""

LARGEST_ORDER_BYTES: Final = 1024 * 1024
LARGEST_PLAN_BYTES: Final = 16 * 1024 * 1024
"""As large as a configuration may be (config/load.py)."""

PURGE: Final = Body(JSON, reference("PurgeOrder"), LARGEST_ORDER_BYTES, {"url": "http://example.com/path"})
PLAN: Final = Body(
    YAML,
    {**TEXT, "description": "a configuration, as it would stand in the file"},
    LARGEST_PLAN_BYTES,
    "version: 1\nlisteners: [{name: public, address: 127.0.0.1:8080}]\n"
    "routes: [{name: all, filters: [{type: respond, status: 204}]}]\n",
)


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
        {200: json_of("It runs. Who may read is told of the workers.", "Health")},
        role=None,
    ),
    Endpoint(
        "GET",
        "/readyz",
        "readyz",
        "200 while every worker is ready, else 503",
        {
            200: json_of("Every worker is ready.", "Readiness"),
            503: json_of("Traffic should go elsewhere. Who may read is told why.", "Readiness"),
        },
        role=None,
    ),
    Endpoint(
        "GET",
        "/routes",
        "routes",
        "the routes in the order in which they are tried",
        {200: json_of("The routes.", "Routes")},
    ),
    Endpoint(
        "GET",
        "/upstreams",
        "upstreams",
        "endpoints and their connections, as each worker sees them",
        {200: json_of("For each upstream what each worker knows of it.", "Upstreams")},
    ),
    Endpoint(
        "GET",
        "/cache",
        "cache",
        "the caches: what all workers hold of each, and what each worker does",
        {200: json_of("The caches by name.", "Caches")},
    ),
    Endpoint(
        "GET",
        "/wasm",
        "wasm",
        "the WASM filters: module, ABI and instances, as each worker has them",
        {200: json_of("The filters by name.", "WasmFilters")},
    ),
    Endpoint(
        "GET",
        "/config",
        "config",
        "the configuration that is running, secrets masked",
        {200: json_of("The configuration as it is written, secrets masked.", "Configuration")},
    ),
    Endpoint(
        "GET",
        "/reload",
        "reload_state",
        "which configuration runs, and what the last reload came to",
        {200: json_of("The generation, and the last reload, if there was one.", "ReloadState")},
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
            200: json_of("The new configuration runs.", "ReloadOutcome"),
            422: json_of("It was refused, and nothing has changed; all errors are told.", "ReloadOutcome"),
        },
        role="write",
    ),
    Endpoint(
        "POST",
        "/plan",
        "plan",
        "say what another configuration would change",
        {200: json_of("Its errors, or what it would change.", "PlanOutcome")},
        role="write",  # It may name any file of the machine, and errors tell what is not in it.
        bodies=(PLAN,),
    ),
    Endpoint(
        "POST",
        "/cache/purge",
        "purge",
        "purge a URL, a tag, a prefix or all from the caches of all workers",
        {
            200: json_of("It is purged in every worker.", "PurgeOutcome"),
            503: json_of("A worker did not confirm: purge again.", "PurgeOutcome"),
        },
        role="write",
        bodies=(PURGE,),
    ),
    Endpoint(
        "POST",
        "/wasm/{filter}/reload",
        "reload_wasm",
        "read a WASM filter's module anew",
        {
            200: json_of("All workers run the new module.", "SwapOutcome"),
            422: json_of("It was refused; what each worker says.", "SwapOutcome"),
        },
        role="write",
    ),
    *EDGE_ENDPOINTS,
)

PAGES: Final = {
    each.path: each.summary for each in ENDPOINTS if each.method == "GET" and each.path != "/" and "{" not in each.path
}
ORDERS: Final = {f"{each.method} {each.path}": each.summary for each in ENDPOINTS if each.method != "GET"}
BY_ROUTE: Final[Mapping[tuple[str, str], Endpoint]] = {(each.method, each.path): each for each in ENDPOINTS}
