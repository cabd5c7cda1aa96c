"""Each host's configuration for a scenario."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench.oracle.envoy import EnvoyHost
from bench.oracle.guest import Guest
from bench.oracle.host import Place
from bench.oracle.penstock import PenstockHost
from bench.oracle.scenario import Scenario

PLACE = Place(Path("/nowhere"), port=8080, origin_port=9000, calls_port=9001, dead_port=9002)
SCENARIO = Scenario(
    "some",
    "something",
    Guest("silent"),
    shows=("serving",),
    config="of the plugin",
    vm_config="of the vm",
    root_id="root",
    environment={"A": "1"},
    hold_headers=True,
    body_limit_bytes=4096,
)


@pytest.fixture
def envoy() -> dict[str, Any]:
    document = json.loads(EnvoyHost().files(SCENARIO, PLACE)["envoy.json"])
    resources: dict[str, Any] = document["static_resources"]
    return resources


@pytest.fixture
def penstock() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(PenstockHost().files(SCENARIO, PLACE)["penstock.yaml"])
    return document


def test_envoy_has_three_clusters_and_one_buffer_limit_for_all(envoy: dict[str, Any]):
    assert [cluster["name"] for cluster in envoy["clusters"]] == ["origin", "calls", "dead"]
    limits = {each["per_connection_buffer_limit_bytes"] for each in (*envoy["listeners"], *envoy["clusters"])}
    assert limits == {4096}


def test_envoys_plugin_gets_what_the_scenario_says(envoy: dict[str, Any]):
    manager = envoy["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    plugin = next(each for each in manager["http_filters"] if each["name"] == "guest")["typed_config"]["config"]
    assert (plugin["root_id"], plugin["configuration"]["value"]) == ("root", "of the plugin")
    assert plugin["allow_on_headers_stop_iteration"] is True
    assert plugin["vm_config"]["configuration"]["value"] == "of the vm"
    assert plugin["vm_config"]["environment_variables"] == {"key_values": {"A": "1"}}


def test_penstock_has_three_upstreams(penstock: dict[str, Any]):
    assert list(penstock["upstreams"]) == ["origin", "calls", "dead"]


def test_penstocks_filter_gets_what_the_scenario_says(penstock: dict[str, Any]):
    assert penstock["filters"]["guest"] == {
        "type": "wasm",
        "module": {"path": "guest.wasm"},
        "config": "of the plugin",
        "vm_config": "of the vm",
        "vm_id": "vm",
        "root_id": "root",
        "environment": {"A": "1"},
        "limits": {"body": 4096},
        "hold_headers": True,
    }
