"""What a json guest is handed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.errors import ClientError
from proxy.messages import Headers, Request
from wasm_host.abi.json_guest.question import body_alone, question

JSON = Headers.of([("Content-Type", "application/json")])


def test_a_request_has_the_five_keys_of_the_abi() -> None:
    request = Request("POST", "/a%20b", "c=d", Headers.of([("X-One", "1"), ("x-one", "2")]), authority="shop.example")
    assert json.loads(question(request, b"hello")) == {
        "method": "POST",
        "path": "/a%20b",
        "query": "c=d",
        "headers": {"host": "shop.example", "x-one": "1, 2"},
        "body": "hello",
    }


def test_nothing_is_null() -> None:
    said = json.loads(question(Request("GET", "/"), b""))
    assert (said["query"], said["body"]) == ("", None)


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=utf-8", "application/problem+json"])
def test_a_body_of_json_stands_in_it_as_it_came(kind: str) -> None:
    request = Request("POST", "/", headers=Headers.of([("Content-Type", kind)]))
    assert question(request, b'{"b":1.0,"a":12345678901234567890123,"b":2}').endswith(
        b'"body":{"b":1.0,"a":12345678901234567890123,"b":2}}'
    )


@pytest.mark.parametrize("body", [b'{"a":', b"NaN", b"[" * 100_000, b"1}", b'1,"method":"x"', b"\xff"])
def test_one_that_only_says_so_is_a_text(body: bytes) -> None:
    said = json.loads(question(Request("POST", "/", headers=JSON.copy()), body))
    assert said["body"] == body.decode("utf-8", "replace")
    assert said["method"] == "POST"


def test_json_by_another_name_is_a_text() -> None:
    assert json.loads(question(Request("POST", "/"), b'{"a":1}'))["body"] == '{"a":1}'


@given(st.binary(min_size=1), st.booleans())
def test_any_body_becomes_json(body: bytes, claims: bool) -> None:
    request = Request("POST", "/", headers=JSON.copy() if claims else None)
    assert set(json.loads(question(request, body))) == {"method", "path", "query", "headers", "body"}


def test_a_body_alone_is_handed_over_as_it_came() -> None:
    assert body_alone(b' {"name": "X"}') == b' {"name": "X"}'


def test_no_body_alone_is_null() -> None:
    assert body_alone(b"") == b"null"


@pytest.mark.parametrize("body", [b"hello", b"{", b"[" * 100_000])
def test_a_body_alone_that_is_no_json_is_the_clients_fault(body: bytes) -> None:
    with pytest.raises(ClientError) as raised:
        body_alone(body)
    assert (raised.value.status, raised.value.reason) == (400, "body_not_json")
