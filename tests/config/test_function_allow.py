"""What `allow` may say, and the allowance that it makes."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from config.function_allow import Allow, parse_reachable
from wasm_host.functions.allowance import Allowance, HttpAllowance, StoreAllowance


def allowance(**said: Any) -> Allowance:
    return Allow.model_validate(said).allowance()


def test_nothing_said_is_nothing_allowed() -> None:
    assert allowance() == Allowance()


def test_a_store_is_a_switch_or_a_mapping() -> None:
    assert allowance(cache=True, kv=False) == Allowance(cache=StoreAllowance())
    assert allowance(kv={"prefix": "a/", "writes": False}) == Allowance(kv=StoreAllowance("a/", writes=False))


def test_all_that_is_said_is_handed_over() -> None:
    http = {"hosts": ["API.example.com", "*.example.net:8443"], "plain": True, "networks": ["10.0.0.0/8", "::1"]}
    assert allowance(http=http, routes=["a"], secrets=["K"], rate_limits=True, metrics=True) == Allowance(
        http=HttpAllowance(("api.example.com", "*.example.net:8443"), True, ("10.0.0.0/8", "::1/128")),
        routes=("a",),
        secrets=frozenset({"K"}),
        rate_limits=True,
        metrics=True,
    )


@pytest.mark.parametrize(("host", "meant"), [("[::1]:80", "[::1]:80"), ("A.test:080", "a.test:80"), ("[::1]", "[::1]")])
def test_a_host_may_have_a_port(host: str, meant: str) -> None:
    assert parse_reachable(host) == meant


@pytest.mark.parametrize("host", ["*", 7, "a.test:0", "a.test:70000", "https://a.test", "a b", "*.*.test"])
def test_what_is_no_host_is_refused(host: object) -> None:
    with pytest.raises(ValueError, match=r"host|port|many"):
        parse_reachable(host)


@pytest.mark.parametrize("said", [{"http": True}, {"http": {"hosts": []}}, {"cache": {"prefix": 1}}, {"time": "yes"}])
def test_what_is_not_meant_so_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Allow.model_validate(said)
