"""Names against one another, whatever state the rest of the file is in."""

from __future__ import annotations

import pytest

from config.document import parse
from config.references import reference_errors


def found(text: str) -> list[str]:
    return [error.path for error in reference_errors(parse(text, {})[0])]


def test_dangling_names_are_found_though_the_schema_is_not_met() -> None:
    text = """\
listeners: [{name: public}, 5]
filters: [not, a, mapping]
routes:
  - {listeners: [publik, 7], filters: [waf, {use: 3}, {use: rl}], upstream: [{weight: x}, {name: api}, other]}
"""
    assert found(text) == [
        "routes[0].listeners[0]",
        "routes[0].filters[0]",
        "routes[0].filters[2]",
        "routes[0].upstream[2]",
        "routes[0].upstream[1]",
    ]


@pytest.mark.parametrize(
    "text", ["routes: 5", "routes: [5]", "routes: [{filters: {a: 1}, upstream: 5}]", "listeners: x"]
)
def test_what_is_malformed_is_left_to_the_schema(text: str) -> None:
    assert found(text) == []


def test_two_listeners_may_both_take_a_free_port() -> None:
    assert found("listeners: [{name: a, address: 'h:0'}, {name: b, address: 'h:0'}]") == []


def test_the_admin_cannot_have_a_listeners_address() -> None:
    assert found("listeners: [{name: a, address: 'h:1'}]\nadmin: {address: 'h:1'}") == ["admin.address"]
