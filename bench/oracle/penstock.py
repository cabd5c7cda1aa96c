"""Penstock as the oracle runs it: one worker, the guest as the route's only filter, three upstreams."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from bench.oracle.host import GUEST_FILE, VM_ID, Host, Place
from bench.oracle.lines import marked, once
from bench.oracle.scenario import Scenario
from bench.peers.penstock import Penstock

FORWARDED = ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "Via"]
"""What Penstock adds to every request: taken away, so that guests are shown the client's headers and no others."""


class PenstockHost(Host):
    name = "penstock"
    title = "Penstock"
    refusal = "filters.guest"
    ready = "penstock: ready"

    def version(self) -> str:
        return Penstock().version()

    def files(self, scenario: Scenario, place: Place) -> dict[str, str]:
        return {"penstock.yaml": yaml.safe_dump(configuration(scenario, place), sort_keys=False)}

    def command(self, place: Place) -> list[str | Path]:
        return [Penstock().find(), "run", place.directory / "penstock.yaml"]

    def lines(self, started: str, log: str) -> list[str]:
        """Count once what a guest says that is started only to be tried."""
        return [*once(marked(started)), *marked(log[len(started) :])]


def configuration(scenario: Scenario, place: Place) -> dict[str, Any]:
    return {
        "version": 1,
        "workers": 1,
        "listeners": [{"name": "public", "address": f"127.0.0.1:{place.port}"}],
        "filters": {"own": {"type": "headers", "request": {"remove": FORWARDED}}, "guest": guest(scenario)},
        "upstreams": {name: upstream(port) for name, port in place.upstreams.items()},
        "routes": [{"name": "all", "filters": ["own", "guest"], "upstream": "origin"}],
    }


def guest(scenario: Scenario) -> dict[str, Any]:
    return {
        "type": "wasm",
        "module": {"path": GUEST_FILE},
        "config": scenario.config,
        "vm_config": scenario.vm_config,
        "vm_id": VM_ID,
        "root_id": scenario.root_id,
        "environment": dict(scenario.environment),
        "limits": {"body": scenario.body_limit_bytes},
        "hold_headers": scenario.hold_headers,
    }


def upstream(port: int) -> dict[str, Any]:
    return {"endpoints": [{"address": f"127.0.0.1:{port}"}]}
