"""Text with `%{…}` in it."""

from __future__ import annotations

import pytest
from kit.seclang import faults, literal, notes, number, scope

from filters.waf.macros import macro
from filters.waf.ruleset import Literal, Macro, Reference


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", literal("plain")),
        ("%{MATCHED_VAR}", (Reference(number("MATCHED_VAR"), b""),)),
        ("a%{tx.Score}b", (Literal(b"a"), Reference(number("TX"), b"score"), Literal(b"b"))),
        ("%{TX:1}%{tx.2}", (Reference(number("TX"), b"1"), Reference(number("TX"), b"2"))),
        ("%{request_headers.user-agent}", (Reference(number("REQUEST_HEADERS"), b"user-agent"),)),
        ("%{TIME_EPOCH}", (Reference(number("TIME"), b"epoch"),)),
        ("%{ tx.a }", (Reference(number("TX"), b"a"),)),
        ("100%{", literal("100%{")),
        ("%{}", literal("%{}")),
    ],
)
def test_references_are_told_from_text(text: str, expected: Macro) -> None:
    assert macro(text, scope()) == expected


def test_no_text_is_no_parts() -> None:
    assert macro("", scope()) == ()


def test_a_reference_to_what_is_not_there_is_refused() -> None:
    assert faults("SecAction \"id:1,pass,msg:'%{nope.a}'\"") == ["1: rule 1: the variable NOPE is unknown"]
    assert faults("SecAction \"id:1,pass,msg:'%{WEBAPPID}'\"") == ["1: rule 1: the variable WEBAPPID is not supported"]


def test_a_reference_to_what_is_always_empty_is_noted() -> None:
    assert notes("SecAction \"id:1,pass,msg:'%{ip.a}'\"") == ["IP is accepted, always empty"]
