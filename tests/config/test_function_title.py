"""What `penstock explain` and the admin's routes say of a function."""

from __future__ import annotations

import os
import pathlib

import pytest
from kit.deploying import saying
from kit.registered import deployed

from config.configuration import Configuration
from config.function_title import function_title
from config.load import check
from config.routes_page import routes_page
from wasm_host.functions.registry.changes import Deploy
from wasm_host.functions.registry.registry import Registry

WHOLE = """\
version: 1
listeners: [{name: public, address: "127.0.0.1:0"}]
functions: {store: functions, named: {own: {module: own.wasm}}}
routes:
  - {name: own, match: {path: {exact: /own}}, function: own}
  - {name: there, match: {path: {exact: /there}}, function: there}
  - {name: staging, match: {path: {exact: /staging}}, function: {name: there, alias: staging}}
  - {name: any, match: {path: {prefix: /fn/}}, function: {from_path: true}}
"""


@pytest.fixture
def configuration(tmp_path: pathlib.Path) -> Configuration:
    (tmp_path / "own.wasm").write_bytes(saying("hello"))
    (tmp_path / "functions").mkdir()
    registry = Registry(tmp_path / "functions", lambda: 0.0)
    for number, percent in ((1, 100), (2, 20)):
        registry.proposed(Deploy(deployed("there", config={"n": number}), "live", percent, None)).commit()
    found = check(WHOLE, tmp_path, os.environ).configuration
    assert found is not None
    return found


def titles(configuration: Configuration, *paths: str) -> list[str]:
    routes = {route.name: route for route in configuration.config.routes}
    return [function_title(configuration, path, routes.get(path.split("/")[1], routes["any"])) for path in paths]


def test_it_names_the_function_and_what_its_alias_points_at(configuration: Configuration) -> None:
    old, new = (deployed("there", config={"n": number}).id for number in (1, 2))
    assert titles(configuration, "/own", "/there", "/staging", "/fn/own/x", "/fn/none") == [
        "own: from own.wasm",
        f"there, alias live: version {old}, 80 %, version {new}, 20 %",
        "there, alias staging: not deployed",
        "own: from own.wasm",
        "none, alias live: not deployed",
    ]


def test_the_routes_page_shows_the_function(configuration: Configuration) -> None:
    assert [each["function"] for each in routes_page(configuration)] == [
        {"name": "own", "alias": "live"},
        {"name": "there", "alias": "live"},
        {"name": "there", "alias": "staging"},
        {"name": None, "alias": "live"},
    ]
