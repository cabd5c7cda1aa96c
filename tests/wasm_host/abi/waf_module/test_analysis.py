"""What a WAF module says: read strictly, bounded, masked, and never the end of the host."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.judges import BLOCKING, CLEAN, MATCH

from proxy.firewall import LONGEST_TEXT, MOST_MATCHES
from wasm_host.abi.waf_module.analysis import Analysis, judgement, parsed, told
from wasm_host.handover import BadAnswer


def read(said: Any) -> Analysis:
    return parsed(json.dumps(said).encode())


def with_match(**changes: Any) -> dict[str, Any]:
    return {**BLOCKING, "matches": [{**MATCH, **changes}]}


def test_a_match_is_told_as_a_firewalls_is() -> None:
    [match] = read(BLOCKING).matches
    assert (match.rule, match.severity, match.message, match.target) == (942100, "5", "SQL injection", "URI")
    assert (match.matched, match.tags) == ("' or 1=1", ("sqli",))


@pytest.mark.parametrize("key", ["blocked", "matches", "execution_time_us"])
def test_no_key_may_be_missing(key: str) -> None:
    with pytest.raises(BadAnswer, match=f"no {key}"):
        read({name: value for name, value in CLEAN.items() if name != key})


@pytest.mark.parametrize("key", MATCH)
def test_no_key_of_a_match_may_be_missing(key: str) -> None:
    with pytest.raises(BadAnswer, match=f"no {key}"):
        read({**BLOCKING, "matches": [{name: value for name, value in MATCH.items() if name != key}]})


@pytest.mark.parametrize(
    "said",
    [
        [],
        None,
        {**CLEAN, "blocked": 0},
        {**CLEAN, "blocked": "false"},
        {**CLEAN, "matches": {}},
        {**CLEAN, "matches": [1]},
        {**CLEAN, "execution_time_us": -1},
        {**CLEAN, "execution_time_us": 2**64},
        {**CLEAN, "execution_time_us": 1.5},
        with_match(rule_id=-1),
        with_match(rule_id=2**32),
        with_match(rule_id=True),
        with_match(severity=0),
        with_match(severity=6),
        with_match(severity="5"),
        with_match(location=None),
    ],
)
def test_what_is_of_another_form_is_no_answer(said: Any) -> None:
    with pytest.raises(BadAnswer):
        read(said)


@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe{\0}\0", b"[" * 100_000, b"9" * 5000])
def test_what_is_no_json_is_no_answer(text: bytes) -> None:
    with pytest.raises(BadAnswer):
        parsed(text)


@given(st.binary())
def test_no_bytes_do_more_than_that(text: bytes) -> None:
    with pytest.raises(BadAnswer):
        parsed(text)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*MATCH, *CLEAN, "x"]), inner),
    max_leaves=20,
)


@given(ANYTHING)
def test_no_json_does_more_than_that(said: Any) -> None:
    with suppress(BadAnswer):
        read(said)


def test_texts_are_cut_and_matches_counted() -> None:
    analysis = read({**CLEAN, "matches": [{**MATCH, "description": "x" * 1000}] * 100})
    assert len(analysis.matches) == MOST_MATCHES
    assert len(analysis.matches[0].message) == LONGEST_TEXT


def test_half_a_character_can_be_written_all_the_same() -> None:
    text = json.dumps(with_match(description="a\ud800b")).encode()
    assert parsed(text).matches[0].message.encode() == b"a?b"


@pytest.mark.parametrize("location", ["Header:Cookie", "Header:Authorization", "Body:userPassword", "Header:X-Api-Key"])
def test_what_was_found_in_a_secret_place_is_not_told(location: str) -> None:
    assert read(with_match(location=location, matched_value="hunter2")).matches[0].matched == "[7 characters]"


def test_long_numbers_are_masked() -> None:
    assert read(with_match(matched_value="4111111111111111 and 12345678")).matches[0].matched == (
        "4111************ and 12345678"
    )


# -- what it comes to

CLEAN_LOOK, BLOCKING_LOOK = read(CLEAN), read(BLOCKING)


def test_nothing_found_is_no_judgement() -> None:
    assert judgement("waf", [CLEAN_LOOK, CLEAN_LOOK], enforced=True) is None


def test_one_look_that_blocks_is_enough() -> None:
    found = judgement("waf", [CLEAN_LOOK, BLOCKING_LOOK], enforced=True)
    assert found is not None
    assert (found.action, found.rule, found.status, found.score) == ("blocked", 942100, 403, 5)


def test_what_both_looks_found_is_told_once() -> None:
    found = judgement("waf", [BLOCKING_LOOK, BLOCKING_LOOK], enforced=True)
    assert found is not None
    assert found.rules == (942100,)
    assert len(found.matches) == 1


def test_the_gravest_rule_is_the_one_that_decides() -> None:
    look = read({**BLOCKING, "matches": [{**MATCH, "rule_id": 1, "severity": 2}, {**MATCH, "rule_id": 2}]})
    found = judgement("waf", [look], enforced=True)
    assert found is not None
    assert (found.rule, found.score) == (2, 7)


def test_what_matches_and_does_not_block_has_passed() -> None:
    found = judgement("waf", [read({**BLOCKING, "blocked": False})], enforced=True)
    assert found is not None
    assert (found.action, found.rule, found.status) == ("passed", 0, 0)


def test_what_is_not_enforced_is_only_told() -> None:
    found = judgement("waf", [BLOCKING_LOOK], enforced=False)
    assert found is not None
    assert (found.action, found.rule, found.status) == ("detected", 942100, 0)


def test_a_block_without_a_match_is_one() -> None:
    found = judgement("waf", [read({**CLEAN, "blocked": True})], enforced=True)
    assert found is not None
    assert (found.action, found.rule) == ("blocked", 0)
    assert told(found) == "no rule is named"


def test_many_matches_are_told_by_the_first() -> None:
    look = read({**BLOCKING, "matches": [{**MATCH, "rule_id": number} for number in range(8)]})
    found = judgement("waf", [look], enforced=True)
    assert found is not None
    assert told(found).startswith("rule 0 (SQL injection) in URI; rule 1")
    assert told(found).endswith("; 3 more")
