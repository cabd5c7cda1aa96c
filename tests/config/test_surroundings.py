"""The configuration against what is around it."""

from __future__ import annotations

import pathlib

from kit.checking import Checking

from config.load import read
from config.surroundings import surroundings

EXAMPLES = pathlib.Path(__file__).parents[2] / "config/examples"


def test_nothing_is_wrong_around_the_quick_start() -> None:
    configuration = read(EXAMPLES / "edge.yaml", {}).configuration
    assert configuration is not None
    assert list(surroundings(configuration)) == []


def test_a_filter_whose_module_fails_is_an_error(checked: Checking, tmp_path: pathlib.Path) -> None:
    text = """\
version: 1
listeners: [{name: public, address: "127.0.0.1:0"}]
routes: [{name: all, filters: [{type: python, module: "json:dumps_"}]}]
"""
    [error] = checked(text).errors
    assert error.path == "routes[0].filters[0]"
    assert "did you mean 'dumps'" in error.message
