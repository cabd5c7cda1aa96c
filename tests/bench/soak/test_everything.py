"""The configuration with everything on is right, in both of its versions."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bench.load.certificates import Authority
from bench.soak.everything import Ports, everything
from config.load import read

PORTS = Ports(8080, 8443, 8444, 9901, 9999, 9000, 6379)


@pytest.mark.parametrize("number", [0, 1])
def test_it_is_right(tmp_path: Path, number: int):
    Authority(tmp_path)
    file = tmp_path / "penstock.yaml"
    file.write_text(yaml.safe_dump(everything(number, PORTS)))
    assert [str(error) for error in read(file).errors] == []


def test_a_reload_changes_something_each_time():
    names = [{route["name"] for route in everything(number, PORTS)["routes"]} for number in (0, 1)]
    assert names[1] - names[0] == {"odd"}
