"""Calls of functions that are there, can come, or never will."""

from __future__ import annotations

import pathlib

import pytest
from kit.checking import Checking
from kit.deploying import saying
from kit.registered import deployed

from wasm_host.functions.registry.changes import Deploy
from wasm_host.functions.registry.registry import Registry

WHOLE = """\
version: 1
listeners: [{name: public, address: "127.0.0.1:0"}]
functions: {%s}
routes: [{name: hello, %s}]
"""


def found(checked: Checking, functions: str, route: str) -> tuple[list[str], list[str]]:
    """Return errors and warnings, without their places in the text."""
    report = checked(WHOLE % (functions, route))
    errors, warnings = ([str(each).partition(": ")[2] for each in said] for said in (report.errors, report.warnings))
    return errors, warnings


@pytest.fixture
def store(tmp_path: pathlib.Path) -> Registry:
    (tmp_path / "own.wasm").write_bytes(saying("hello"))
    (tmp_path / "functions").mkdir()
    registry = Registry(tmp_path / "functions", lambda: 0.0)
    registry.proposed(Deploy(deployed("there"), "live", 100, None)).commit()
    return registry


@pytest.mark.parametrize("route", ["function: there", "filters: [{type: function, function: there}]"])
@pytest.mark.usefixtures("store")
def test_what_is_deployed_is_fine(checked: Checking, route: str) -> None:
    assert found(checked, "store: functions", route) == ([], [])


@pytest.mark.usefixtures("store")
def test_what_is_from_a_file_is_fine_and_has_no_aliases(checked: Checking) -> None:
    named = "named: {own: {module: own.wasm}}"
    assert found(checked, named, "function: own") == ([], [])
    assert found(checked, named, "function: {name: own, alias: staging}") == (
        ["routes[0].function: function 'own' is from a file, and has no aliases; leave 'staging' out"],
        [],
    )


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("route", "warning"),
    [
        ("function: coming", "routes[0].function: function 'coming' is not deployed: 503 until it is"),
        (
            "function: ther",
            "routes[0].function: function 'ther' is not deployed: 503 until it is; did you mean 'there'?",
        ),
        (
            "function: {name: there, alias: staging}",
            "routes[0].function: function 'there' has no alias 'staging': 503 until it has one",
        ),
        (
            "filters: [{type: function, function: coming}]",
            "routes[0].filters[0].function: function 'coming' is not deployed: 503 until it is",
        ),
    ],
)
def test_what_is_not_deployed_yet_is_a_warning(checked: Checking, route: str, warning: str) -> None:
    assert found(checked, "store: functions, named: {coming: {}}", route) == ([], [warning])


@pytest.mark.usefixtures("store")
def test_what_can_never_come_is_an_error(checked: Checking) -> None:
    named = "named: {own: {module: own.wasm}}"
    assert found(checked, named, "function: owm") == (
        ["routes[0].function: unknown function 'owm'; did you mean 'own'?"],
        [],
    )
    [[error], _] = found(checked, "", "function: a")
    assert error == (
        "routes[0].function: unknown function 'a'; give functions.named.a.module a file, "
        "or functions.store a directory to deploy it to"
    )


@pytest.mark.usefixtures("store")
def test_whatever_the_path_names_may_come(checked: Checking) -> None:
    route = "match: {path: {prefix: /fn}}, function: {from_path: true}"
    assert found(checked, "store: functions", route) == ([], [])
