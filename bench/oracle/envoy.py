"""Envoy as the oracle runs it: one worker thread, the guest in V8 before the router, three static clusters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bench.oracle.host import GUEST_FILE, VM_ID, Host, Place
from bench.oracle.lines import marked
from bench.oracle.scenario import Scenario
from bench.peers.envoy import HTTP, MANAGER, Envoy, address, set_header, typed

WASM = f"{HTTP}.wasm.v3.Wasm"
STRING = "type.googleapis.com/google.protobuf.StringValue"


class EnvoyHost(Host):
    name = "envoy"
    title = "Envoy"
    refusal = "Unable to create Wasm"

    def version(self) -> str:
        return Envoy().version()

    def files(self, scenario: Scenario, place: Place) -> dict[str, str]:
        return {"envoy.json": json.dumps(bootstrap(scenario, place), indent=1)}

    def command(self, place: Place) -> list[str | Path]:
        quiet = ["--disable-hot-restart", "--log-level", "error", "--component-log-level", "wasm:info"]
        form = ["--log-format", "%t|%l|%v"]
        return [Envoy().find(), "-c", place.directory / "envoy.json", "--concurrency", "1", *quiet, *form]

    def lines(self, started: str, log: str) -> list[str]:
        """Leave out the main thread's guests where the worker has one: Envoy starts one to try and one per thread."""
        threads = [line.split("|", 1)[0] for line in log.splitlines() if "|" in line]
        workers = "\n".join(line for line in log.splitlines() if line.split("|", 1)[0] != threads[0])
        return marked(workers) or marked(log)


def bootstrap(scenario: Scenario, place: Place) -> dict[str, Any]:
    listener = {
        "name": "public",
        "address": address(place.port),
        "per_connection_buffer_limit_bytes": scenario.body_limit_bytes,
        "filter_chains": [{"filters": [typed("envoy.filters.network.http_connection_manager", manager(scenario))]}],
    }
    clusters = [cluster(name, port, scenario) for name, port in place.upstreams.items()]
    return {"static_resources": {"listeners": [listener], "clusters": clusters}}


def cluster(name: str, port: int, scenario: Scenario) -> dict[str, Any]:
    endpoint = {"endpoint": {"address": address(port)}}
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "5s",
        "per_connection_buffer_limit_bytes": scenario.body_limit_bytes,
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }


def manager(scenario: Scenario) -> dict[str, Any]:
    """Describe the HTTP side. What Envoy adds to every request, x-forwarded-proto, is taken away before the guest, so
    that both hosts show it the client's headers and no others, and given back behind it: routing needs it."""
    return {
        "@type": MANAGER,
        "stat_prefix": "public",
        "generate_request_id": False,
        "server_header_transformation": "PASS_THROUGH",
        "route_config": {"name": "routes", "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes()}]},
        "http_filters": [
            mutation("before", {"remove": "x-forwarded-proto"}),
            typed("guest", {"@type": WASM, "config": plugin(scenario)}),
            mutation("behind", set_header("x-forwarded-proto", "http")),
            typed("envoy.filters.http.router", {"@type": f"{HTTP}.router.v3.Router", "suppress_envoy_headers": True}),
        ],
    }


def routes() -> list[dict[str, Any]]:
    """Lead everything to `origin` but what ab.wasm marks for `calls`: Envoy has no property that chooses a cluster."""
    chosen = {"name": "x-ab-upstream", "string_match": {"exact": "calls"}}
    return [
        {"name": "chosen", "match": {"prefix": "/", "headers": [chosen]}, "route": {"cluster": "calls"}},
        {"name": "all", "match": {"prefix": "/"}, "route": {"cluster": "origin"}},
    ]


def mutation(name: str, change: dict[str, Any]) -> dict[str, Any]:
    config = {"@type": f"{HTTP}.header_mutation.v3.HeaderMutation", "mutations": {"request_mutations": [change]}}
    return typed(name, config)


def plugin(scenario: Scenario) -> dict[str, Any]:
    vm = {
        "vm_id": VM_ID,
        "runtime": "envoy.wasm.runtime.v8",
        "code": {"local": {"filename": GUEST_FILE}},
        "configuration": {"@type": STRING, "value": scenario.vm_config},
        "environment_variables": {"key_values": dict(scenario.environment)},
    }
    return {
        "name": "guest",
        "root_id": scenario.root_id,
        "vm_config": vm,
        "configuration": {"@type": STRING, "value": scenario.config},
        "failure_policy": "FAIL_RELOAD",
        "reload_config": {"backoff": {"base_interval": "0.1s"}},
        "allow_on_headers_stop_iteration": scenario.hold_headers,
    }
