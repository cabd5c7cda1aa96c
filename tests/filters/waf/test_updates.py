"""SecRuleUpdateTargetBy… and SecRuleUpdateActionById."""

from __future__ import annotations

import pytest
from kit.seclang import faults, number, rule, rule_set

from filters.waf.ruleset import Disruptive, Named, Variable

RULE = "SecRule ARGS|REQUEST_COOKIES \"@rx a\" \"id:10,phase:2,pass,t:lowercase,msg:'Old',severity:2,tag:'sqli'\"\n"
ARGS, COOKIES = number("ARGS"), number("REQUEST_COOKIES")


@pytest.mark.parametrize(
    "directive",
    [
        'SecRuleUpdateTargetById 10 "!ARGS:password"',
        'SecRuleUpdateTargetById 9-11 "!ARGS:password"',
        'SecRuleUpdateTargetByTag sqli "!ARGS:password"',
        'SecRuleUpdateTargetByMsg Old "!ARGS:password"',
    ],
)
@pytest.mark.parametrize("before", [True, False])
def test_a_target_is_left_out_wherever_the_directive_stands(directive: str, before: bool) -> None:
    text = f"{directive}\n{RULE}" if before else f"{RULE}{directive}\n"
    assert rule(text).variables == (Variable(ARGS, excluded=(Named(b"password"),)), Variable(COOKIES))


def test_a_target_is_added() -> None:
    added = rule(f'{RULE}SecRuleUpdateTargetById 10 "REQUEST_HEADERS:X-A"').variables[-1]
    assert added == Variable(number("REQUEST_HEADERS"), selector=Named(b"x-a"))


def test_a_whole_collection_is_left_out() -> None:
    assert rule(f'{RULE}SecRuleUpdateTargetById 10 "!ARGS"').variables == (Variable(COOKIES),)


def test_rules_that_are_not_meant_stay_as_they_are() -> None:
    assert rule(f'{RULE}SecRuleUpdateTargetById 11 "!ARGS"').variables == (Variable(ARGS), Variable(COOKIES))


def test_an_action_takes_the_place_of_its_kind() -> None:
    compiled = rule(f"{RULE}SecRuleUpdateActionById 10 \"deny,status:404,msg:'New',severity:4\"")
    assert (compiled.disruptive, compiled.status, compiled.severity) == (Disruptive.BLOCK, 404, 4)


def test_tags_and_transformations_join_those_before_them() -> None:
    compiled = rule_set(f'{RULE}SecRuleUpdateActionById 10 "tag:mine,t:urlDecode"')
    assert compiled.tags == (b"sqli", b"mine")
    assert compiled.pipelines[compiled.rules[0].pipeline] == (0, 2)


def test_none_takes_the_transformations_away() -> None:
    compiled = rule_set(f'{RULE}SecRuleUpdateActionById 10 "t:none"')
    assert compiled.pipelines[compiled.rules[0].pipeline] == ()


@pytest.mark.parametrize("action", ["id:5", "phase:1", "chain"])
def test_what_a_rule_is_cannot_be_updated(action: str) -> None:
    name = action.partition(":")[0]
    assert faults(f'{RULE}SecRuleUpdateActionById 10 "{action}"') == [
        f"2: SecRuleUpdateActionById cannot change a rule's {name}"
    ]


def test_a_target_is_not_replaced() -> None:
    (fault,) = faults(f'{RULE}SecRuleUpdateTargetById 10 "ARGS" "REQUEST_COOKIES"')
    assert fault.startswith("2: SecRuleUpdateTargetById replaces nothing; write")
