"""`when:` as a predicate on exchanges."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.conditions import CookieIs, When, conditions, predicate
from proxy.exchange import Client, Exchange
from proxy.messages import Headers, Request


def exchange(
    method: str = "GET",
    path: str = "/",
    query: str | None = None,
    client: str = "192.0.2.7",
    **fields: str,
) -> Exchange:
    headers = Headers.of([(name.replace("_", "-"), value) for name, value in fields.items()])
    return Exchange(Request(method, path, query, headers=headers), Client(client, 0, "public"))


def holds(when: dict[str, Any], asked: Exchange) -> bool:
    return predicate(When.model_validate(when))(asked)


@pytest.mark.parametrize(
    ("when", "asked", "outcome"),
    [
        ({"header": {"x-beta": True}}, exchange(x_beta="anything"), True),
        ({"header": {"x-beta": True}}, exchange(), False),
        ({"header": {"X-Beta": "1"}}, exchange(x_beta="1"), True),
        ({"header": {"x-beta": "1"}}, exchange(x_beta="12"), False),
        ({"header": {"x-beta": "~^1"}}, exchange(x_beta="12"), True),
        ({"header": {"x-beta": "~^2"}}, exchange(x_beta="12"), False),
        ({"cookie": {"sid": True}}, exchange(cookie="a=1; sid=x"), True),
        ({"cookie": {"sid": True}}, exchange(cookie="a=1"), False),
        ({"cookie": {"sid": "x"}}, exchange(cookie='sid="x"'), True),
        ({"cookie": {"sid": "x"}}, exchange(cookie="sid=y"), False),
        ({"cookie": {"sid": "~^x"}}, exchange(cookie="sid=xy"), True),
        ({"query": {"q": "a b"}}, exchange(query="q=a%20b"), True),
        ({"query": {"q": True}}, exchange(query="q"), True),
        ({"query": {"q": "1"}}, exchange(), False),
        ({"method": ["GET", "HEAD"]}, exchange("HEAD"), True),
        ({"method": ["GET"]}, exchange("POST"), False),
        ({"path": {"prefix": "/v1"}}, exchange(path="/v1/x"), True),
        ({"path": {"prefix": "/v1"}}, exchange(path="/v10"), False),
        ({"path": {"exact": "/v1"}}, exchange(path="/v1"), True),
        ({"path": {"regex": "x$"}}, exchange(path="/v1/x"), True),
        ({"client": ["192.0.2.0/24"]}, exchange(), True),
        ({"client": ["10.0.0.0/8"]}, exchange(), False),
        ({"client": ["10.0.0.0/8"]}, exchange(client=""), False),
        ({"not": {"method": ["GET"]}}, exchange(), False),
        ({"not": {"method": ["GET"], "header": {"x-a": True}}}, exchange(), True),
        ({"not": {"not": {"method": ["GET"]}}}, exchange(), True),
        ({"method": ["GET"], "path": {"exact": "/"}}, exchange(), True),
        ({"method": ["GET"], "path": {"exact": "/x"}}, exchange(), False),
    ],
)
def test_a_condition_is_judged(when: dict[str, Any], asked: Exchange, outcome: bool) -> None:
    assert holds(when, asked) is outcome


@given(st.dictionaries(st.sampled_from(["x-a", "x-b", "x-c"]), st.sampled_from(["1", "2"]), min_size=1))
def test_not_holds_exactly_where_its_conditions_do_not(fields: dict[str, str]) -> None:
    asked = exchange(x_a="1", x_b="2")
    assert holds({"not": {"header": fields}}, asked) is not holds({"header": fields}, asked)


def test_a_cookie_is_turned_down_without_its_value() -> None:
    asked = exchange(cookie="sid=secret")
    condition = CookieIs("sid", "other")
    assert condition.refusal(asked.request, asked.client) == "cookie sid has another value"
    assert CookieIs("gone", True).refusal(asked.request, asked.client) == "cookie gone is missing"


def test_every_condition_can_say_why_it_does_not_hold() -> None:
    when = When.model_validate({"header": {"x-a": True}, "method": ["PUT"], "not": {"method": ["GET"]}})
    asked = exchange()
    assert [condition.refusal(asked.request, asked.client) for condition in conditions(when)] == [
        "method GET is not PUT",
        "header x-a is missing",
        "what stands under not holds",
    ]
