"""Rules in the guest's terms."""

from __future__ import annotations

import pytest
from kit.seclang import faults, literal, notes, rule, rule_set

from filters.waf.ruleset import NO_SEVERITY, Disruptive, Flag


def flags(actions: str) -> Flag:
    return rule(f'SecRule ARGS "@rx a" "id:1,{actions}"').flags


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ("pass", Flag.HEAD),
        ("pass,capture", Flag.HEAD | Flag.CAPTURE),
        ("pass,multiMatch", Flag.HEAD | Flag.MULTI_MATCH),
        ("pass,nolog", Flag.HEAD | Flag.NO_LOG | Flag.NO_AUDIT_LOG),
        ("pass,nolog,auditlog", Flag.HEAD | Flag.NO_LOG),
        ("pass,noauditlog", Flag.HEAD | Flag.NO_AUDIT_LOG),
        ("pass,nolog,log", Flag.HEAD),
    ],
)
def test_a_rule_has_its_flags(actions: str, expected: Flag) -> None:
    assert flags(actions) == expected


def test_an_action_looks_at_nothing() -> None:
    compiled = rule('SecAction "id:1,pass"')
    assert (compiled.flags, compiled.variables) == (Flag.HEAD | Flag.ACTION, ())


def test_chained_rules_follow_their_head_in_its_phase() -> None:
    text = 'SecRule ARGS "@rx a" "id:7,phase:1,chain"\nSecRule ARGS "@rx b" "chain,capture"\nSecRule ARGS "@rx c"\n'
    compiled = rule_set(text).rules
    assert [(each.id, each.phase) for each in compiled] == [(7, 1), (0, 1), (0, 1)]
    assert [each.flags for each in compiled] == [Flag.MORE | Flag.HEAD, Flag.MORE | Flag.CAPTURE, Flag(0)]


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("pass", Disruptive.PASS),
        ("deny", Disruptive.BLOCK),
        ("drop", Disruptive.BLOCK),
        ("allow", Disruptive.ALLOW),
        ("allow:request", Disruptive.ALLOW_REQUEST),
        ("allow:phase", Disruptive.ALLOW_PHASE),
        ("redirect:http://a/", Disruptive.REDIRECT),
        ("log", Disruptive.PASS),
        ("deny,pass", Disruptive.PASS),
    ],
)
def test_the_last_disruptive_action_decides(action: str, expected: Disruptive) -> None:
    assert rule(f'SecAction "id:1,{action}"').disruptive is expected


def test_a_redirect_is_noted() -> None:
    assert notes('SecAction "id:1,redirect:http://a/"') == ["redirect answers as a block does, without a Location"]


def test_a_rule_has_what_it_tells() -> None:
    compiled = rule_set("SecAction \"id:1,status:404,severity:WARNING,msg:'M',tag:'a',tag:'b',tag:'a'\"")
    (one,) = compiled.rules
    assert (one.status, one.severity, one.msg) == (404, 4, literal("M"))
    assert [compiled.tags[tag] for tag in one.tags] == [b"a", b"b"]


def test_what_a_rule_does_not_tell_is_empty() -> None:
    one = rule('SecAction "id:1,pass"')
    assert (one.status, one.severity, one.msg, one.tags) == (0, NO_SEVERITY, (), ())


@pytest.mark.parametrize(("tags", "level"), [("tag:'paranoia-level/3'", 3), ("tag:'paranoia'", 0), ("tag:'OWASP'", 0)])
def test_the_paranoia_level_is_that_of_a_tag(tags: str, level: int) -> None:
    assert rule(f'SecAction "id:1,pass,{tags}"').paranoia == level


def test_a_rule_has_its_place() -> None:
    compiled = rule_set('\n\nSecAction "id:1,pass"')
    assert (compiled.files, compiled.rules[0].file, compiled.rules[0].line) == ((b"test.conf",), 0, 3)


def test_transformations_are_a_pipeline_of_the_table() -> None:
    text = """
SecRule ARGS "@rx a" "id:1,t:none,t:urlDecodeUni,t:lowercase"
SecRule ARGS "@rx a" "id:2,t:none"
SecRule ARGS "@rx a" "id:3,t:urlDecodeUni,t:lowercase"
"""
    compiled = rule_set(text)
    assert compiled.pipelines == ((), (3, 0))
    assert [each.pipeline for each in compiled.rules] == [1, 0, 1]


@pytest.mark.parametrize(
    ("actions", "reason"),
    [
        ("t:parityEven7bit", "the transformation t:parityEven7bit is not supported"),
        ("exec:/bin/true", "the action exec is not supported"),
    ],
)
def test_what_the_guest_cannot_do_is_refused(actions: str, reason: str) -> None:
    assert faults(f'SecRule ARGS "@rx a" "id:1,{actions}"') == [f"1: rule 1: {reason}"]


def test_an_id_that_the_guest_cannot_hold_is_refused() -> None:
    assert rule('SecAction "id:4294967295,pass"').id == 4294967295
    assert faults('SecAction "id:4294967296,pass"') == [
        "1: rule 4294967296: its id is too large; write one up to 4294967295"
    ]


def test_an_action_without_effect_is_noted() -> None:
    assert notes('SecAction "id:1,pass,initcol:ip=1"') == ["the action initcol is accepted, without effect"]


def test_a_capture_that_may_be_wider_is_noted_where_it_is_only_told() -> None:
    text = 'SecRule ARGS "@rx a(?!b)" "id:1,capture,logdata:\'%{TX.0}\'"'
    assert notes(text) == ["what it captured may differ from PCRE's, in messages alone"]


@pytest.mark.parametrize(
    ("pattern", "actions", "chained"),
    [
        ("a(?!b)", "capture,setvar:tx.a=%{TX.0}", ""),
        ("a(?!b)", "capture,chain", 'SecRule TX:0 "@rx a"'),
        ("a(?!b)", "capture,chain", 'SecRule ARGS "@streq %{tx.0}"'),
        ("(a?)*b", "capture,setvar:tx.a=%{TX.1}", ""),
    ],
)
def test_a_capture_that_may_be_wider_is_refused_where_it_counts(pattern: str, actions: str, chained: str) -> None:
    text = f'SecRule ARGS "@rx {pattern}" "id:1,{actions}"\n{chained}\n'
    assert faults(text) == ["1: rule 1: it goes on with what its pattern captured, which PCRE might capture otherwise"]


def test_groups_of_a_wider_match_are_the_same_and_may_count() -> None:
    assert notes('SecRule ARGS "@rx (a)(?!b)" "id:1,capture,setvar:tx.a=%{TX.1}"') != []


def test_a_wider_match_that_is_not_captured_needs_no_word() -> None:
    assert notes('SecRule ARGS "@rx a(?!b)" "id:1,pass"') == []
