"""TX variables that have one value and no other."""

from __future__ import annotations

import pytest
from kit.seclang import rules_of

from filters.waf.constants import constants

SET = 'SecAction "id:%d,pass,nolog,setvar:tx.a=%s"\n'
DEFAULT = 'SecRule &TX:A "@eq 0" "id:%d,pass,nolog,setvar:tx.a=%s"\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SET % (1, "x"), {"a": "x"}),
        (SET % (1, "x") + SET % (2, "x"), {"a": "x"}),
        (SET % (1, "x") + SET % (2, "y"), {}),
        (SET % (1, "+1"), {}),
        (SET % (1, "%{tx.b}"), {}),
        (DEFAULT % (1, "x"), {"a": "x"}),
        (SET % (1, "x") + DEFAULT % (2, "y"), {"a": "x"}),
        (DEFAULT % (1, "x") + DEFAULT % (2, "y"), {}),
        (DEFAULT.replace("@eq", "!@eq") % (1, "x") + DEFAULT % (2, "y"), {"a": "x"}),
    ],
)
def test_a_variable_is_constant_if_it_gets_one_value(text: str, expected: dict[str, str]) -> None:
    assert constants(rules_of(text)) == expected


def test_chained_rules_set_variables_too() -> None:
    text = 'SecRule ARGS "@rx a" "id:1,pass,chain"\nSecRule ARGS "@rx b" "setvar:tx.a=x"\n'
    assert constants(rules_of(text)) == {"a": "x"}
