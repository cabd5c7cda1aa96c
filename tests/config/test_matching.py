"""What a route's match becomes."""

from __future__ import annotations

import re
from ipaddress import ip_network

import pytest
from pydantic import ValidationError

from config.matching import MatchRule, PathRule, compiled
from proxy.match import Match, PathMatch


def test_a_whole_match_becomes_the_routers() -> None:
    rule = MatchRule.model_validate(
        {
            "hosts": ["API.example", "*.example.org"],
            "path": {"prefix": "/v1"},
            "methods": ["GET"],
            "headers": {"X-A": "1"},
            "query": {"q": True},
            "clients": ["10.0.0.0/8"],
        }
    )
    assert rule.compiled() == Match(
        hosts=("api.example", "*.example.org"),
        path=PathMatch("prefix", "/v1"),
        methods=frozenset({"GET"}),
        headers={"x-a": "1"},
        query={"q": True},
        clients=(ip_network("10.0.0.0/8"),),
    )


def test_an_empty_match_asks_nothing() -> None:
    assert list(MatchRule().compiled().conditions()) == []


def test_a_wanted_value_is_exact_or_any_or_a_pattern() -> None:
    assert compiled("x") == "x"
    assert compiled(True) is True
    assert compiled("~^x") == re.compile("^x")


@pytest.mark.parametrize("rule", [{}, {"exact": "/a", "prefix": "/b"}, {"prefix": "a"}, {"exact": "/../x"}])
def test_a_path_that_never_matches_is_refused(rule: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        PathRule.model_validate(rule)
