"""Variables in the guest's terms."""

from __future__ import annotations

import pytest
from kit.seclang import faults, notes, number, rule, rule_set

from filters.waf.ruleset import Everything, Matching, Named, Variable


def variables(text: str) -> tuple[Variable, ...]:
    return rule(f'SecRule {text} "@rx a" "id:1,pass"').variables


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ARGS", Variable(number("ARGS"))),
        ("args:Id", Variable(number("ARGS"), selector=Named(b"id"))),
        ("&REQUEST_HEADERS:Host", Variable(number("REQUEST_HEADERS"), count=True, selector=Named(b"host"))),
        ("MULTIPART_LF_LINE", Variable(number("MULTIPART_LF_LINE"), selector=Named(b"lf_line"))),
        ("TIME_HOUR", Variable(number("TIME"), selector=Named(b"hour"))),
        ("XML:/*", Variable(number("XML"), selector=Named(b"/*"))),
        ("XML://@*", Variable(number("XML"), selector=Named(b"//@*"))),
        ("REQBODY_PROCESSOR_ERROR", Variable(number("REQBODY_ERROR"))),
        ("TX:1", Variable(number("TX"), selector=Named(b"1"))),
        ("ARGS|!ARGS:Foo", Variable(number("ARGS"), excluded=(Named(b"foo"),))),
    ],
)
def test_a_variable_has_its_number_and_members(text: str, expected: Variable) -> None:
    assert variables(text) == (expected,)


def test_a_pattern_for_members_is_caseless_and_in_the_table() -> None:
    compiled = rule_set('SecRule REQUEST_COOKIES|!REQUEST_COOKIES:/^__utm/ "@rx ^a" "id:1,pass"')
    (variable,) = compiled.rules[0].variables
    assert variable.selector == Everything()
    (excluded,) = variable.excluded
    assert isinstance(excluded, Matching)
    assert compiled.patterns[excluded.pattern] == b"(?is-u)(?m:^)__utm"


def test_an_exclusion_is_for_its_collection_alone() -> None:
    args, names = variables("ARGS|ARGS_NAMES|!ARGS:a")
    assert (args.excluded, names.excluded) == ((Named(b"a"),), ())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("XML://title", "of XML only XML:/* and XML://@* are supported"),
        ("XML", "of XML only XML:/* and XML://@* are supported"),
        ("PATH_INFO", "the variable PATH_INFO is not supported"),
    ],
)
def test_what_the_guest_has_not_is_refused(text: str, reason: str) -> None:
    assert faults(f'SecRule {text} "@rx a" "id:1,pass"') == [f"1: rule 1: {reason}"]


def test_what_is_always_empty_is_noted() -> None:
    assert notes('SecRule IP:a|GEO:b "@rx a" "id:1,pass"') == [
        "GEO is accepted, always empty",
        "IP is accepted, always empty",
    ]
