"""`setvar` in the guest's terms."""

from __future__ import annotations

import pytest
from kit.seclang import literal, notes, number, rule

from filters.waf.ruleset import Change, Literal, Reference, SetVar


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tx.A=1", SetVar(literal("a"), Change.SET, literal("1"))),
        ("tx.a", SetVar(literal("a"), Change.SET, literal("1"))),
        ("!tx.a", SetVar(literal("a"), Change.UNSET)),
        ("tx.a=-2", SetVar(literal("a"), Change.SUBTRACT, literal("2"))),
        ("'tx.a=+%{tx.b}'", SetVar(literal("a"), Change.ADD, (Reference(number("TX"), b"b"),))),
        (
            "'tx.a_%{MATCHED_VAR_NAME}=x'",
            SetVar((Literal(b"a_"), Reference(number("MATCHED_VAR_NAME"), b"")), Change.SET, literal("x")),
        ),
    ],
)
def test_a_change_of_tx_is_lowered(text: str, expected: SetVar) -> None:
    assert rule(f'SecAction "id:1,pass,setvar:{text}"').setvars == (expected,)


def test_changes_stay_in_order() -> None:
    one = rule('SecAction "id:1,pass,setvar:tx.b=1,setvar:tx.a=2"')
    assert [setvar.name for setvar in one.setvars] == [literal("b"), literal("a")]


def test_changes_of_what_outlives_a_request_are_dropped_and_noted() -> None:
    text = 'SecAction "id:1,pass,setvar:ip.a=1,setvar:tx.a=1"'
    assert len(rule(text).setvars) == 1
    assert notes(text) == ["setvar of IP is accepted, without effect"]
