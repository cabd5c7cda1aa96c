"""`ctl` in the guest's terms."""

from __future__ import annotations

import pytest
from kit.seclang import faults, notes, number, rule

from filters.waf import ruleset
from filters.waf.ruleset import Ctl, Named, RemoveRules, RemoveTarget, Variable

OTHERS = """
SecRule ARGS "@rx a" "id:10,pass,chain,tag:'sqli'"
  SecRule ARGS "@rx b"
SecAction "id:11,pass,msg:'Eleven',tag:'xss'"
SecAction "id:12,pass,tag:'sqli'"
"""


def ctls(text: str) -> tuple[Ctl, ...]:
    return rule(f"SecAction \"id:1,pass,ctl:'{text}'\"\n{OTHERS}").ctls


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ruleRemoveById=11", RemoveRules((3,))),
        ("ruleRemoveById=10-11", RemoveRules((1, 3))),
        ("ruleRemoveByTag=sqli", RemoveRules((1, 4))),
        ("ruleRemoveByMsg=Eleven", RemoveRules((3,))),
        ("ruleRemoveTargetById=10;ARGS:Pw", RemoveTarget((1,), Variable(number("ARGS"), selector=Named(b"pw")))),
        ("ruleRemoveTargetByTag=sqli;ARGS", RemoveTarget((1, 4), Variable(number("ARGS")))),
        ("ruleEngine=Off", ruleset.SwitchEngine(0)),
        ("ruleEngine=On", ruleset.SwitchEngine(1)),
        ("ruleEngine=DetectionOnly", ruleset.SwitchEngine(2)),
        ("requestBodyProcessor=URLENCODED", ruleset.SetBodyProcessor(0)),
        ("requestBodyProcessor=MULTIPART", ruleset.SetBodyProcessor(1)),
        ("requestBodyProcessor=JSON", ruleset.SetBodyProcessor(2)),
        ("requestBodyProcessor=XML", ruleset.SetBodyProcessor(3)),
        ("requestBodyProcessor=YAML", ruleset.SetBodyProcessor(255)),
        ("forceRequestBodyVariable=On", ruleset.ForceRequestBody(1)),
        ("requestBodyAccess=Off", ruleset.AccessRequestBody(0)),
        ("responseBodyAccess=On", ruleset.AccessResponseBody(1)),
    ],
)
def test_a_ctl_is_lowered(text: str, expected: Ctl) -> None:
    assert ctls(text) == (expected,)


def test_a_list_of_targets_is_as_many_changes() -> None:
    assert len(ctls("ruleRemoveTargetById=10;ARGS:a|REQUEST_COOKIES")) == 2


@pytest.mark.parametrize("name", ["auditEngine=Off", "auditLogParts=+E", "debugLogLevel=9"])
def test_what_changes_logs_alone_is_dropped_and_noted(name: str) -> None:
    text = f'SecAction "id:1,pass,ctl:{name}"'
    assert rule(text).ctls == ()
    assert notes(text) == [f"ctl:{name.partition('=')[0]} is accepted, without effect"]


def test_rules_that_there_are_not_are_noted() -> None:
    assert notes('SecAction "id:1,pass,ctl:ruleRemoveById=99"') == ["a ctl means rules that there are not"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ruleEngine=Maybe", "ctl:ruleEngine cannot be 'Maybe'; write one of off, on, detectiononly"),
        ("hashEngine=On", "ctl:hashEngine is not supported"),
        ("ruleRemoveById=x", "'x' is no rule's id; write 942100 or 942100-942199"),
        (
            "ruleRemoveTargetById=1;!ARGS",
            "ctl:ruleRemoveTargetById=1;!ARGS is not understood; write ctl:ruleRemoveTargetById=RULES;ARGS:name",
        ),
    ],
)
def test_what_cannot_be_changed_is_refused(text: str, reason: str) -> None:
    assert faults(f"SecAction \"id:1,pass,ctl:'{text}'\"") == [f"1: rule 1: {reason}"]
