"""A judgement read from what a guest says, whatever that is."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.firewall import JUDGEMENT, judgement

from proxy.firewall import LONGEST_TEXT, MOST_BYTES, MOST_MATCHES, MOST_TAGS, Judgement, Match, read_judgement

SOME_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(list(JUDGEMENT)), inner, max_size=4),
    max_leaves=12,
)


def read(**changes: Any) -> Judgement:
    return read_judgement("waf", judgement(**changes).encode())


def match(**changes: Any) -> dict[str, Any]:
    return {**JUDGEMENT["matches"][0], **changes}


def test_what_a_guest_says_is_read_as_it_is() -> None:
    found = Match(942100, "CRITICAL", "SQL injection", "ARGS:id", "1' o*****", ("attack-sqli",), "sql.conf", 45)
    assert read() == Judgement("waf", "detected", 2, 949110, 403, 10, 0, 1, None, (found,))


def test_what_is_left_out_is_nothing() -> None:
    assert read_judgement("waf", b'{"action":"passed"}') == Judgement("waf", "passed", 0, 0, 0, 0, 0, 0, None, ())


def test_a_rule_that_did_not_decide_may_be_null() -> None:
    assert read(rule=None, overflow="arguments").rule == 0


def test_a_score_is_that_of_both_directions() -> None:
    assert read(inbound=5, outbound=4).score == 9


def test_rules_are_named_once_in_the_order_of_their_matches() -> None:
    assert read(matches=[match(rule=rule) for rule in (7, 3, 7)]).rules == (7, 3)


def test_what_blocked_outweighs_what_would_have_and_more_of_a_score_less() -> None:
    assert read(action="blocked", inbound=5).outweighs(read(inbound=50))
    assert read(inbound=6).outweighs(read(inbound=5))
    assert not read().outweighs(read())


def test_long_texts_are_cut_and_long_lists_too() -> None:
    [first, *others] = read(matches=[match(message="m" * 1000, tags=["t" * 500] * 50)] + [match()] * 80).matches
    assert (len(first.message), len(first.tags), len(first.tags[0])) == (LONGEST_TEXT, MOST_TAGS, LONGEST_TEXT)
    assert len(others) == MOST_MATCHES - 1


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"", "Expecting value"),
        (b"\xff", "can't decode"),
        (b"[]", "not a JSON object"),
        (b"{}", "action is none of passed, detected, blocked"),
        (judgement(action=["blocked"]).encode(), "action is none of"),
        (judgement(overflow="much").encode(), "overflow is none of"),
        (judgement(inbound="10").encode(), "inbound is not a number"),
        (judgement(inbound=True).encode(), "inbound is not a number"),
        (judgement(inbound=1e300).encode(), "inbound is not a number"),
        (judgement(rule=2**31).encode(), "rule is not a number of 32 bits"),
        (b'{"action":"passed","rule":' + b"9" * 5000 + b"}", "integer string conversion"),
        (judgement(matches={}).encode(), "matches is not a list"),
        (judgement(matches=[7]).encode(), "a match is not a JSON object"),
        (judgement(matches=[match(message=7)]).encode(), "message is not a text"),
        (judgement(matches=[match(tags=[{}])]).encode(), "a tag is not a text"),
        (b"[" * 100_000, "nested too deeply"),
        (b" " * (MOST_BYTES + 1), "longer than"),
    ],
)
def test_what_is_none_is_refused(said: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_judgement("waf", said)


@given(st.binary(max_size=200) | SOME_JSON.map(lambda said: json.dumps(said).encode()))
def test_nothing_that_a_guest_says_does_worse(said: bytes) -> None:
    with suppress(ValueError):
        assert isinstance(read_judgement("waf", said), Judgement)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(JUDGEMENT, SOME_JSON)))
def test_nor_does_a_judgement_that_is_wrong_in_places(changes: dict[str, Any]) -> None:
    with suppress(ValueError):
        assert read(**changes).action in ("passed", "detected", "blocked")
