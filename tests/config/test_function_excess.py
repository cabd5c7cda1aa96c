"""What a deploy asks for beyond what it is granted."""

from typing import Any

import pytest

from config.function_allow import Allow
from config.function_excess import excess
from config.function_limits import FunctionLimits as GivenLimits
from config.function_terms import Terms
from wasm_host.functions.allowance import Allowance
from wasm_host.functions.settings import FunctionLimits

GRANTED = Allow.model_validate(
    {
        "cache": {"prefix": "a:"},
        "http": {"hosts": ["*.example.com"], "networks": ["10.0.0.0/8"]},
        "routes": ["api"],
        "secrets": ["KEY"],
        "time": True,
    }
)
TERMS = Terms(GRANTED.allowance(), FunctionLimits(rate=100.0))


def keys(allow: dict[str, Any] | None = None, limits: dict[str, Any] | None = None, terms: Terms = TERMS) -> list[str]:
    asked = None if allow is None else Allow.model_validate(allow)
    return list(excess(asked, GivenLimits.model_validate(limits or {}), terms))


def test_who_says_nothing_asks_for_no_more() -> None:
    assert keys() == []


def test_what_is_granted_may_be_asked_for() -> None:
    assert list(excess(GRANTED, GivenLimits(), TERMS)) == []


@pytest.mark.parametrize(
    "allow",
    [
        {},
        {"cache": {"prefix": "a:b:", "writes": False}},
        {"http": {"hosts": ["api.example.com"]}},
        {"http": {"hosts": ["*.eu.example.com"], "networks": ["10.1.0.0/16"]}},
        {"routes": []},
        {"secrets": []},
    ],
)
def test_less_may_be_asked_for(allow: dict[str, Any]) -> None:
    assert keys(allow) == []


@pytest.mark.parametrize(
    ("allow", "key"),
    [
        ({"cache": True}, "allow.cache"),
        ({"cache": {"prefix": "b:"}}, "allow.cache"),
        ({"kv": True}, "allow.kv"),
        ({"http": {"hosts": ["example.com"]}}, "allow.http"),
        ({"http": {"hosts": ["api.example.com", "api.example.net"]}}, "allow.http"),
        ({"http": {"hosts": ["api.example.com:8443"]}}, "allow.http"),
        ({"http": {"hosts": ["api.example.com"], "plain": True}}, "allow.http"),
        ({"http": {"hosts": ["api.example.com"], "networks": ["127.0.0.0/8"]}}, "allow.http"),
        ({"routes": ["api", "admin"]}, "allow.routes"),
        ({"secrets": ["OTHER"]}, "allow.secrets"),
        ({"rate_limits": True}, "allow.rate_limits"),
        ({"random": True}, "allow.random"),
    ],
)
def test_more_is_named_by_its_key(allow: dict[str, Any], key: str) -> None:
    assert keys(allow) == [key]


@pytest.mark.parametrize("limits", [{"cpu": "10ms"}, {"memory": "1MiB", "concurrency": 1}, {"rate": "1/s"}])
def test_stricter_limits_may_be_asked_for(limits: dict[str, Any]) -> None:
    assert keys(None, limits) == []


@pytest.mark.parametrize(
    ("limits", "key"),
    [
        ({"cpu": "1s"}, "limits.cpu"),
        ({"memory": "1GiB"}, "limits.memory"),
        ({"rate": "101/s"}, "limits.rate"),
        ({"rate": 0}, "limits.rate"),
    ],
)
def test_wider_limits_are_named_by_their_keys(limits: dict[str, Any], key: str) -> None:
    assert keys(None, limits) == [key]


def test_all_that_is_too_much_is_named() -> None:
    assert keys({"kv": True, "random": True}, {"cpu": "1s"}) == ["allow.kv", "allow.random", "limits.cpu"]


def test_where_nothing_is_granted_anything_is_too_much() -> None:
    nothing = Terms(Allowance(), FunctionLimits())
    assert keys({"time": True}, None, nothing) == ["allow.time"]
    assert keys({}, {"rate": "5/s"}, nothing) == []
