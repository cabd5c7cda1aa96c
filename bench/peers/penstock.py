"""Penstock as this checkout has it: one worker, admin and metrics on."""

from __future__ import annotations

import importlib.metadata
import shutil
import sys
from pathlib import Path
from typing import Any

import yaml

from bench.peers.peer import GUEST_FILE, Missing, Peer, Place
from bench.works import Work, host


class Penstock(Peer):
    name = "penstock"
    title = "Penstock"
    metrics_path = "/metrics"

    def find(self) -> Path:
        """Take the command of the environment that runs the benchmark, so that nothing else is measured."""
        beside = Path(sys.executable).with_name("penstock")
        found = str(beside) if beside.exists() else shutil.which("penstock")
        if found is None:
            raise Missing("penstock is not installed in this environment (pip install -e .)")
        return Path(found)

    def version(self) -> str:
        return importlib.metadata.version("penstock")

    def files(self, work: Work, place: Place) -> dict[str, str]:
        return {"penstock.yaml": yaml.safe_dump(configuration(work, place), sort_keys=False)}

    def command(self, place: Place) -> list[str | Path]:
        return [self.find(), "run", place.directory / "penstock.yaml"]


def configuration(work: Work, place: Place) -> dict[str, Any]:
    chain = [header_filter(i) for i in range(1, work.header_filters + 1)]
    if work.wasm:
        chain.append(wasm_filter(work.wasm))
    caches = {"caches": {"default": {"memory": "256MiB"}}} if work.stored else {}
    return {
        "version": 1,
        "workers": 1,
        "listeners": [{"name": "public", "address": f"127.0.0.1:{place.port}"}],
        "upstreams": {"origin": {"endpoints": [{"address": f"127.0.0.1:{place.origin_port}"}]}},
        **caches,
        "routes": [{**route, "filters": chain} if chain else route for route in routes(work)],
        "admin": {"address": f"127.0.0.1:{place.admin_port}"},
    }


def header_filter(i: int) -> dict[str, Any]:
    return {
        "type": "headers",
        "request": {"set": {f"X-Bench-{i}": f"v{i}"}},
        "response": {"set": {f"X-Answer-{i}": f"v{i}"}},
    }


def wasm_filter(instances: str) -> dict[str, Any]:
    return {
        "type": "wasm",
        "module": {"path": GUEST_FILE},
        "limits": {"memory": "64MiB", "call_time": "50ms", "request_time": "500ms"},
        "instances": instances,
    }


def routes(work: Work) -> list[dict[str, Any]]:
    if not work.hosts:
        cache = {"cache": "default"} if work.stored else {}
        return [{"name": "all", **cache, "upstream": "origin"}]
    return [
        {"name": f"route-{i}", "match": {"hosts": [host(i)], "path": {"prefix": "/"}}, "upstream": "origin"}
        for i in range(work.hosts)
    ]
