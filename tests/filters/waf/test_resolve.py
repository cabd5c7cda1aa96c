"""Removals, names, and directives that are not supported."""

from __future__ import annotations

import pytest
from kit.seclang import compiled, faults, notes, rule_set, source_of

from filters.waf.resolve import resolve
from filters.waf.rule import Marker, Rule

RULES = """
SecAction "id:10,pass,nolog,msg:'One',tag:'a'"
SecMarker M
SecRule ARGS "@rx a" "id:11,pass,chain,tag:'b'"
  SecRule ARGS "@rx b"
"""


@pytest.mark.parametrize("removal", ["SecRuleRemoveById 9 11-12", "SecRuleRemoveByTag b"])
@pytest.mark.parametrize("before", [True, False])
def test_a_rule_is_removed_with_its_chain_wherever_the_directive_stands(removal: str, before: bool) -> None:
    text = f"{removal}\n{RULES}" if before else f"{RULES}{removal}\n"
    assert [rule.id for rule in rule_set(text).rules] == [10]


def test_a_rule_is_removed_by_its_message() -> None:
    assert [rule.id for rule in rule_set(f"{RULES}SecRuleRemoveByMsg One").rules] == [11, 0]


def test_rules_and_markers_stay_in_order() -> None:
    statements = resolve(source_of(RULES)).statements
    assert [each.id if isinstance(each, Rule) else each.name for each in statements] == [10, "M", 11]
    assert isinstance(statements[1], Marker)


def test_a_rule_set_has_the_names_of_its_components_once() -> None:
    text = "SecComponentSignature OWASP_CRS/4.0.0\nSecComponentSignature mine/1\nSecComponentSignature mine/1\n"
    assert rule_set(text).name == b"OWASP_CRS/4.0.0 mine/1"


def test_a_directive_that_is_not_supported_is_refused_with_its_place() -> None:
    assert faults("\nSecHashEngine On\n") == ["2: SecHashEngine is not supported"]
    assert len(compiled("SecHashEngine On", allow_skipped=True).skipped) == 1


def test_a_directive_without_effect_is_noted() -> None:
    assert notes("SecAuditEngine On") == ["SecAuditEngine is accepted, without effect"]


def test_a_removal_of_what_is_no_id_is_refused() -> None:
    assert faults("SecRuleRemoveById all") == ["1: 'all' is no rule's id; write 942100 or 942100-942199"]
    assert faults('SecRuleUpdateTargetById all "ARGS"') == ["1: 'all' is no rule's id; write 942100 or 942100-942199"]
