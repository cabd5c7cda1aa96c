"""What a `setvar` says."""

from __future__ import annotations

import pytest

from filters.waf.assignment import Assignment, assignment, assignments
from filters.waf.rule import Action
from filters.waf.ruleset import Change


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tx.a=1", Assignment("TX", "a", Change.SET, "1")),
        ("TX.A=b=c", Assignment("TX", "A", Change.SET, "b=c")),
        ("tx:a=", Assignment("TX", "a", Change.SET, "")),
        ("tx.a", Assignment("TX", "a", Change.SET, "1")),
        ("!tx.a", Assignment("TX", "a", Change.UNSET)),
        ("tx.a=+%{tx.b}", Assignment("TX", "a", Change.ADD, "%{tx.b}")),
        ("tx.a=-5", Assignment("TX", "a", Change.SUBTRACT, "5")),
        ("ip.a=1", Assignment("IP", "a", Change.SET, "1")),
        ("tx.a_%{MATCHED_VAR_NAME}=+1", Assignment("TX", "a_%{MATCHED_VAR_NAME}", Change.ADD, "1")),
    ],
)
def test_a_setvar_is_taken_apart(text: str, expected: Assignment) -> None:
    assert assignment(text) == expected


def test_only_changes_of_tx_are_listed() -> None:
    actions = [Action("setvar", "tx.a=1"), Action("setvar", "ip.a=1"), Action("tag", "tx.b=1")]
    assert [each.name for each in assignments(actions)] == ["a"]


@pytest.mark.parametrize(
    ("text", "constant"), [("tx.a=1", "1"), ("tx.a=+1", None), ("tx.a=%{tx.b}", None), ("!tx.a", None)]
)
def test_only_a_value_without_macros_is_constant(text: str, constant: str | None) -> None:
    assert assignment(text).constant == constant
