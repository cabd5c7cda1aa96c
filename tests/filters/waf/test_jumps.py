"""skipAfter and skip."""

from __future__ import annotations

from kit.seclang import faults, rule, rule_set

SKIPS = 'SecRule ARGS "@rx a" "id:%d,pass,skipAfter:%s"\n'


def test_a_jump_leads_to_the_first_rule_behind_its_marker() -> None:
    text = SKIPS % (1, "END") + 'SecAction "id:2,pass"\nSecMarker END\nSecAction "id:3,pass"\n'
    assert [each.skip_after for each in rule_set(text).rules] == [3, 0, 0]


def test_chained_rules_count() -> None:
    chain = 'SecRule ARGS "@rx a" "id:2,pass,chain"\nSecRule ARGS "@rx b"\n'
    assert rule(SKIPS % (1, "END") + chain + 'SecMarker END\nSecAction "id:3,pass"\n').skip_after == 4


def test_a_jump_may_lead_behind_the_last_rule() -> None:
    assert rule(f"{SKIPS % (1, 'END')}SecMarker END\n").skip_after == 2


def test_of_markers_with_one_name_the_next_one_is_meant() -> None:
    text = f"SecMarker M\n{SKIPS % (1, 'M')}SecMarker M\n{SKIPS % (2, 'M')}SecMarker M\n"
    assert [each.skip_after for each in rule_set(text).rules] == [2, 3]


def test_a_removed_rule_moves_what_is_behind_it() -> None:
    text = SKIPS % (1, "END") + 'SecAction "id:2,pass"\nSecMarker END\nSecAction "id:3,pass"\nSecRuleRemoveById 2\n'
    assert rule(text).skip_after == 2


def test_a_jump_without_a_marker_behind_it_is_refused() -> None:
    assert faults(f"SecMarker M\n{SKIPS % (1, 'M')}") == [
        "2: rule 1: there is no SecMarker 'M' behind it for skipAfter; write one, or leave skipAfter out"
    ]


def test_how_many_rules_to_skip_is_kept() -> None:
    assert rule('SecAction "id:1,pass,skip:2"').skip == 2
