"""All rules together."""

from __future__ import annotations

import os
import pathlib
import time

import pytest
from kit.seclang import compiled, faults, source_of

from filters.waf import blob
from filters.waf.compile import Compiled, CompileError, compile_rules
from filters.waf.rule import Source
from filters.waf.seclang.reader import read

PLACES = [pathlib.Path(each) for each in (os.environ.get("CRS_DIR"), "/usr/share/modsecurity-crs") if each]
INSTALLED = [place for place in PLACES if place.is_dir()]
LONGEST_S = 3.0
KNOWN_REASONS = ("the operator @geoLookup", "the operator @rbl", "its pattern cannot be taken")

BAD = """
SecAction "id:1,pass"
SecRule ARGS "@rbl a" "id:2,pass,chain"
  SecRule ARGS "@rx (" "capture"
SecRule ARGS "@rx a" "id:3,pass"
SecHashEngine On
"""


def test_all_that_cannot_be_taken_is_told_at_once_in_order_of_place() -> None:
    assert faults(BAD) == [
        "3: rule 2: the operator @rbl is not supported",
        "4: rule 2: its pattern cannot be taken: a '(' has no ')'",
        "6: SecHashEngine is not supported",
    ]


def test_what_cannot_be_taken_is_skipped_by_leave_with_its_chain() -> None:
    result = compiled(BAD, allow_skipped=True)
    assert [rule.id for rule in result.ruleset.rules] == [1, 3]
    assert [refusal.rule for refusal in result.skipped] == [2, 2, 0]


def test_what_is_skipped_leaves_nothing_in_the_tables() -> None:
    bad = 'SecRule ARGS "@pm only here" "id:1,pass,t:trim,tag:\'gone\',t:parityEven7bit"\nSecAction "id:2,pass"'
    result = compiled(bad, allow_skipped=True).ruleset
    assert (result.phrase_sets, result.tags, result.pipelines) == ((), (), ((),))


def test_jumps_and_ctls_count_without_what_is_skipped() -> None:
    text = """
SecRule ARGS "@rx a" "id:1,pass,skipAfter:E,ctl:ruleRemoveById=4"
SecRule ARGS "@rbl a" "id:2,pass"
SecMarker E
SecAction "id:4,pass"
"""
    first = compiled(text, allow_skipped=True).ruleset.rules[0]
    assert (first.skip_after, blob.read(compiled(text, allow_skipped=True).blob).rules[0].ctls) == (2, first.ctls)


def test_a_removed_rule_need_not_be_taken() -> None:
    assert faults('SecRule ARGS "@rbl a" "id:2,pass"\nSecRuleRemoveById 2') == []


def test_the_same_rules_give_the_same_bytes() -> None:
    text = 'SecRule ARGS|TX:b "@pm b a" "id:1,tag:\'z\',tag:\'y\',setvar:tx.c=1"\nSecRule ARGS "@rx a" "id:2,t:trim"'
    assert compile_rules(source_of(text)).blob == compile_rules(source_of(text)).blob


def test_no_rules_are_a_blob_too() -> None:
    assert blob.read(compiled("").blob).rules == ()


@pytest.fixture(scope="module", params=INSTALLED, ids=str)
def source(request: pytest.FixtureRequest) -> Source:
    return read([request.param])


@pytest.fixture(scope="module")
def crs(source: Source) -> Compiled:
    begun = time.process_time()
    result = compile_rules(source, allow_skipped=True)
    assert time.process_time() - begun < LONGEST_S
    return result


needs_crs = pytest.mark.skipif(not INSTALLED, reason="neither CRS_DIR nor Debian's package modsecurity-crs is there")


@needs_crs
def test_few_rules_of_crs_are_skipped_and_for_known_reasons(crs: Compiled) -> None:
    assert len({refusal.rule for refusal in crs.skipped}) <= 4
    assert all(refusal.reason.startswith(KNOWN_REASONS) for refusal in crs.skipped)


@needs_crs
def test_crs_comes_back_from_its_blob(crs: Compiled) -> None:
    assert blob.read(crs.blob) == crs.ruleset
    assert crs.ruleset.name.startswith(b"OWASP_CRS/")
    assert len(crs.ruleset.rules) > 500


@needs_crs
def test_crs_is_not_taken_where_something_must_be_skipped(source: Source, crs: Compiled) -> None:
    if crs.skipped:
        with pytest.raises(CompileError) as raised:
            compile_rules(source)
        assert raised.value.refusals == crs.skipped
