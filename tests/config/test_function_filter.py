"""The filter type `function`, and how calls find their version."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest
from kit.checking import Checking

from config.deployed import NOTHING_DEPLOYED
from config.function_filter import FunctionType
from config.function_options import FunctionFilterOptions
from config.function_origins import sticky_by
from config.hash_by import HashBy
from config.parts import Parts
from proxy.metrics import Registry
from wasm_host.functions.deployment import Sticky
from wasm_host.functions.filter import FunctionFilter


def test_it_makes_the_way_to_a_function_that_need_not_be_there(tmp_path: pathlib.Path) -> None:
    options = FunctionFilterOptions.model_validate({"function": "auth"})
    made = FunctionType.assemble("first", options, Parts(tmp_path, Registry(), {}))
    assert isinstance(made, FunctionFilter)
    assert made.name == "first"
    assert NOTHING_DEPLOYED.state == {}


def test_its_options_are_checked(checked: Checking) -> None:
    base = {"version": 1, "listeners": [{"name": "a", "address": "a:1"}], "functions": {"store": "functions"}}
    text = json.dumps({**base, "routes": [{"name": "x", "filters": [{"type": "function", "functoin": "a"}]}]})
    found = [str(error).partition(": ")[2] for error in checked(text).errors]
    assert found == [
        "routes[0].filters[0]: key 'function' is missing",
        "routes[0].filters[0].functoin: unknown key 'functoin'; did you mean 'function'?",
    ]


@pytest.mark.parametrize(
    ("said", "sticky"),
    [
        (None, None),
        ({"cookie": "sid"}, Sticky("cookie", "sid")),
        ({"header": "X-User"}, Sticky("header", "x-user")),
        ({"client": True}, Sticky("client")),
    ],
)
def test_what_keeps_a_client_on_a_version(said: dict[str, Any] | None, sticky: Sticky | None) -> None:
    assert sticky_by(None if said is None else HashBy.model_validate(said)) == sticky
