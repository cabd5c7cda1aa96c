from typing import Any

import yaml
from kit.deployed import DEPLOY, checked, run_tool

from config.schema import Config

COMPOSE = DEPLOY / "compose"


def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((COMPOSE / "compose.yaml").read_text())["services"]
    return found


def configuration() -> Config:
    return checked((COMPOSE / "penstock.yaml").read_text(), COMPOSE)


def test_it_follows_the_compose_specification() -> None:
    run_tool("check-jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE / "compose.yaml")


def test_every_file_that_is_mounted_is_there() -> None:
    mounts = [mount for each in services().values() for mount in each.get("volumes", []) if mount.startswith(".")]
    assert mounts
    assert [mount for mount in mounts if not (COMPOSE / mount.split(":")[0]).exists()] == []


def test_the_configuration_speaks_of_services_that_are_there() -> None:
    endpoints = [endpoint for each in configuration().upstreams.values() for endpoint in each.endpoints]
    assert {each.address.partition(":")[0] for each in endpoints} <= set(services())


def test_a_container_is_given_longer_to_stop_than_exchanges_are() -> None:
    assert int(services()["penstock"]["stop_grace_period"].rstrip("s")) > configuration().drain_timeout
