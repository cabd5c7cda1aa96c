"""Requests run through the firewall's real guest, without sockets."""

from __future__ import annotations

import asyncio
import pathlib
from typing import Any

import pytest
from kit.firewall import stand_in_module
from kit.seclang import compiled

from config import waf
from config.waf_options import WafOptions
from config.waf_requests import read_requests
from config.waf_trial import Outcome, Unstartable, refusal, tried

RULES = """
SecRule ARGS "@contains attack" "id:1,phase:2,deny,status:403,log,msg:'an attack',severity:CRITICAL,\
    setvar:tx.blocking_inbound_anomaly_score=+5"
SecRule ARGS:strict "@contains odd" "id:2,phase:2,deny,log,msg:'odd',tag:'paranoia-level/2'"
SecRule TX:greeting "@streq hello" "id:3,phase:1,deny,status:406,log,msg:'greeted'"
"""


def blob(text: str = RULES) -> bytes:
    return compiled(text).blob


def outcomes(directory: pathlib.Path, requests: str, text: str = RULES, **options: Any) -> list[Outcome]:
    file = directory / "requests.txt"
    file.write_text(requests)
    return asyncio.run(tried(blob(text), WafOptions.model_validate(options), read_requests(file)))


def fates(directory: pathlib.Path, requests: str, text: str = RULES, **options: Any) -> list[tuple[str, int]]:
    return [(each.fate, each.status) for each in outcomes(directory, requests, text, **options)]


def test_each_request_is_judged_by_itself(tmp_path: pathlib.Path) -> None:
    requests = "GET /?a=attack\nGET /?a=fine\n###\nPOST / HTTP/1.1\n\na=attack\n"
    form = requests.replace("1.1\n", "1.1\nContent-Type: application/x-www-form-urlencoded\n")
    assert fates(tmp_path, form) == [("blocked", 403), ("passed", 200), ("blocked", 403)]


def test_the_judgement_is_what_the_logs_would_have(tmp_path: pathlib.Path) -> None:
    [outcome] = outcomes(tmp_path, "GET /?a=an+attack")
    assert outcome.judgement is not None
    assert (outcome.judgement.rule, outcome.judgement.score, outcome.judgement.phase) == (1, 5, 2)
    [match] = outcome.judgement.matches
    assert (match.rule, match.message, match.target, match.matched) == (1, "an attack", "ARGS:a", "an attack")


def test_options_are_those_of_a_filter(tmp_path: pathlib.Path) -> None:
    odd = "GET /?strict=odd"
    assert fates(tmp_path, odd) == [("passed", 200)]
    assert fates(tmp_path, odd, paranoia=2) == [("blocked", 403)]
    assert fates(tmp_path, odd, paranoia=2, mode="detect") == [("detected", 200)]
    assert fates(tmp_path, odd, variables={"greeting": "hello"}) == [("blocked", 406)]


def test_what_never_comes_to_a_filter_is_refused(tmp_path: pathlib.Path) -> None:
    found = outcomes(tmp_path, "GET /../x\nFETCH /\n")
    assert [(each.fate, each.status, each.blocked) for each in found] == [
        ("refused", 400, True),
        ("refused", 501, True),
    ]
    assert [each.failure for each in found] == ["the path escapes the root", "unknown method FETCH"]


def test_a_bound_that_was_met_is_a_refusal_of_the_firewall(tmp_path: pathlib.Path) -> None:
    [outcome] = outcomes(tmp_path, "GET /?a=1&b=2&c=3", request={"arguments": 2})
    assert (outcome.fate, outcome.status) == ("blocked", 413)
    assert outcome.judgement is not None
    assert outcome.judgement.overflow == "arguments"


def test_a_guest_that_breaks_is_told_as_a_failure(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waf, "MODULE", stand_in_module(tmp_path))
    first, second = outcomes(tmp_path, "GET / HTTP/1.1\nX-Trap: 1\n###\nGET /")
    assert (first.fate, first.status, first.blocked) == ("failed", 500, False)
    assert "unreachable" in first.failure
    assert (second.fate, second.status) == ("passed", 200)


def test_rules_that_the_guest_takes_are_not_refused() -> None:
    assert refusal(blob()) is None


@pytest.mark.parametrize("level", [1, 4])
def test_a_pattern_that_only_the_guest_refuses_is_named_with_its_rule(level: int) -> None:
    text = f'SecRule ARGS "@rx (?:a{{1,900}}){{1,900}}b" "id:7,phase:2,deny,tag:paranoia-level/{level}"'
    said = refusal(blob(text))
    assert said is not None
    assert said.startswith("test.conf:1: rule 7: its pattern cannot be taken: ")


def test_options_that_do_not_fit_the_rules_are_told(tmp_path: pathlib.Path) -> None:
    with pytest.raises(Unstartable, match="exclusions: there is no rule 9"):
        outcomes(tmp_path, "GET /", exclusions=[{"rules": [9]}])


def test_so_is_a_module_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waf, "MODULE", "builtin:gone.wasm")
    said = refusal(blob())
    assert said is not None
    assert said.startswith("no module 'gone.wasm' comes with Penstock")
