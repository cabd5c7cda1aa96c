import pathlib
from typing import Any

import yaml
from kit.deployed import DEPLOY, checked, run_tool

from config.schema import Config

MANIFEST = DEPLOY / "kubernetes" / "penstock.yaml"


def of_kind(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in yaml.safe_load_all(MANIFEST.read_text()) if each["kind"] == kind)
    return found


def configuration(directory: pathlib.Path) -> Config:
    return checked(of_kind("ConfigMap")["data"]["penstock.yaml"], directory)


def test_the_manifest_is_valid() -> None:
    run_tool("kubernetes-validate", "--strict", MANIFEST)


def test_the_ports_are_those_of_the_configuration(tmp_path: pathlib.Path) -> None:
    config = configuration(tmp_path)
    assert config.admin is not None
    pod = of_kind("Deployment")["spec"]["template"]["spec"]
    ports = {port["name"]: port["containerPort"] for port in pod["containers"][0]["ports"]}
    addresses = {"http": config.listeners[0].address, "admin": config.admin.address}
    assert ports == {name: int(address.rpartition(":")[2]) for name, address in addresses.items()}


def test_a_pod_is_given_longer_to_stop_than_it_waits_and_drains(tmp_path: pathlib.Path) -> None:
    pod = of_kind("Deployment")["spec"]["template"]["spec"]
    wait_s = int(pod["containers"][0]["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pod["terminationGracePeriodSeconds"] > wait_s + configuration(tmp_path).drain_timeout
