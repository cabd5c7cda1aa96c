"""SecDefaultAction."""

from __future__ import annotations

import pytest
from kit.seclang import rule, rule_set

from filters.waf.ruleset import Disruptive, Flag


@pytest.mark.parametrize(
    ("default", "disruptive", "status"),
    [
        ("phase:2,log,pass", Disruptive.PASS, 0),
        ("phase:2,log,deny,status:406", Disruptive.BLOCK, 406),
        ("phase:2,log,block", Disruptive.PASS, 0),
        ("phase:1,log,deny", Disruptive.PASS, 0),
        ("log,drop", Disruptive.BLOCK, 0),
    ],
)
def test_block_does_what_the_default_of_its_phase_does(default: str, disruptive: Disruptive, status: int) -> None:
    compiled = rule(f'SecDefaultAction "{default}"\nSecRule ARGS "@rx a" "id:1,phase:2,block"')
    assert (compiled.disruptive, compiled.status) == (disruptive, status)


def test_block_without_a_default_passes() -> None:
    assert rule('SecRule ARGS "@rx a" "id:1,block"').disruptive is Disruptive.PASS


def test_a_rule_that_decides_for_itself_is_not_changed() -> None:
    compiled = rule('SecDefaultAction "phase:2,deny"\nSecRule ARGS "@rx a" "id:1,phase:2,pass"')
    assert compiled.disruptive is Disruptive.PASS


def test_a_default_is_for_the_rules_after_it() -> None:
    text = 'SecAction "id:1,phase:2,block"\nSecDefaultAction "phase:2,deny"\nSecAction "id:2,phase:2,block"'
    assert [each.disruptive for each in rule_set(text).rules] == [Disruptive.PASS, Disruptive.BLOCK]


def test_default_transformations_come_first_unless_the_rule_says_none() -> None:
    text = """
SecDefaultAction "phase:2,pass,t:lowercase"
SecRule ARGS "@rx a" "id:1,phase:2,t:urlDecode"
SecRule ARGS "@rx a" "id:2,phase:2,t:none,t:urlDecode"
"""
    compiled = rule_set(text)
    assert [compiled.pipelines[each.pipeline] for each in compiled.rules] == [(0, 2), (2,)]


def test_default_transformations_are_for_chained_rules_as_well() -> None:
    text = """
SecDefaultAction "phase:2,pass,t:lowercase"
SecRule ARGS "@rx a" "id:1,phase:2,chain,t:none"
  SecRule ARGS "@rx b" "t:urlDecode"
"""
    compiled = rule_set(text)
    assert [compiled.pipelines[each.pipeline] for each in compiled.rules] == [(), (0, 2)]


def test_a_default_of_no_log_holds_until_the_rule_logs() -> None:
    text = 'SecDefaultAction "phase:2,nolog,pass"\nSecAction "id:1,phase:2"\nSecAction "id:2,phase:2,log"'
    silent = [Flag.NO_LOG in each.flags for each in rule_set(text).rules]
    assert silent == [True, False]
