"""The JSON Schema for editors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from config.json_schema import json_schema
from config.registry import TYPES


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_every_reference_leads_somewhere() -> None:
    schema = json_schema()
    assert {reference.removeprefix("#/$defs/") for reference in references(schema)} <= set(schema["$defs"])


@pytest.mark.parametrize("model", ["Filter", "OwnStep"])
def test_a_filter_is_one_of_the_types_with_its_options(model: str) -> None:
    arms = {arm["title"]: arm for arm in json_schema()["$defs"][model]["oneOf"]}
    assert set(arms) == set(TYPES)
    assert arms["rate_limit"]["required"] == ["type", "rate"]
    assert {"type", "on_error", "rate", "burst"} <= set(arms["rate_limit"]["properties"])
    assert arms["rate_limit"]["additionalProperties"] is False


def test_only_a_step_has_a_condition() -> None:
    definitions = json_schema()["$defs"]
    assert "when" in definitions["OwnStep"]["oneOf"][0]["properties"]
    assert "when" not in definitions["Filter"]["oneOf"][0]["properties"]


def test_a_word_may_stand_for_a_step_an_upstream_and_an_endpoint() -> None:
    definitions = json_schema()["$defs"]
    for places in (
        definitions["Route"]["properties"]["filters"]["items"],
        definitions["Route"]["properties"]["upstream"],
        definitions["Upstream"]["properties"]["endpoints"]["items"],
    ):
        assert {"type": "string"} in places["anyOf"]
