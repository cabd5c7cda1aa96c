"""What a json guest's JSON comes to."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasm_host.abi.json_guest.answer import answer, decide
from wasm_host.functions.draft import Draft
from wasm_host.handover import BadAnswer


def drafted(said: Any) -> Draft:
    draft = Draft(1000)
    answer(draft, said if isinstance(said, bytes) else json.dumps(said).encode())
    return draft


def test_a_text_is_sent_as_it_is() -> None:
    draft = drafted({"status": 201, "headers": {"X-One": "1"}, "body": "caf\u00e9"})
    assert (draft.status, draft.body) == (201, "caf\u00e9".encode())
    assert draft.headers["X-One"] == "1"
    assert draft.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_anything_else_is_sent_as_json() -> None:
    draft = drafted({"status": 200, "headers": {}, "body": {"a": [1, None]}})
    assert draft.body == b'{"a":[1,null]}'
    assert draft.headers["Content-Type"] == "application/json"


def test_its_own_content_type_stands() -> None:
    assert drafted({"status": 200, "headers": {"Content-Type": "text/html"}, "body": "<p>"}).headers.getall(
        "content-type"
    ) == ["text/html"]


@pytest.mark.parametrize("said", [{"status": 204, "headers": {}}, {"status": 204, "body": None}])
def test_headers_or_a_body_make_it_a_response(said: Any) -> None:
    draft = drafted(said)
    assert (draft.status, draft.body, draft.headers.lines) == (204, b"", [])


@pytest.mark.parametrize(
    "said",
    [
        b'{"message": "Hello, X!"}',
        b'{"status": "ok"}',
        b'{"status": 404}',
        b'{"status": "ok", "body": 1}',
        b'{"status": true, "body": 1}',
        b'{"body": "x"}',
        b"[1, 2]",
        b'"x"',
        b"null",
    ],
)
def test_what_is_no_response_is_the_body_of_a_200_as_it_came(said: bytes) -> None:
    draft = drafted(said)
    assert (draft.status, draft.body, draft.headers["Content-Type"]) == (200, said, "application/json")


def test_a_field_may_have_several_lines_and_numbers() -> None:
    draft = drafted({"status": 200, "headers": {"Set-Cookie": ["a=1", "b=2"], "X-Number": 7}, "body": ""})
    assert draft.headers.getall("set-cookie") == ["a=1", "b=2"]
    assert draft.headers["x-number"] == "7"


@pytest.mark.parametrize(
    "said",
    [
        {"status": 99, "body": ""},
        {"status": 600, "body": ""},
        {"status": -1, "body": ""},
        {"status": 10**30, "body": ""},
        {"status": 200, "headers": []},
        {"status": 200, "headers": {"X": None}},
        {"status": 200, "headers": {"X": {}}},
        {"status": 200, "headers": {"X": True}},
        {"status": 200, "headers": {"X": []}},
        {"status": 200, "headers": {"": "a"}},
        {"status": 200, "headers": {"X Y": "a"}},
        {"status": 200, "headers": {"X": "a\r\nSet-Cookie: b"}},
        {"status": 200, "headers": {"X": "a\0b"}},
        {"status": 200, "body": "x" * 1001},
        b"",
        b"{",
        b"NaN",
        b"[" * 100_000,
    ],
)
def test_what_cannot_be_sent_is_no_answer(said: Any) -> None:
    with pytest.raises(BadAnswer):
        drafted(said)


def test_half_a_character_can_be_sent() -> None:
    assert drafted(b'{"status": 200, "body": "\\ud800"}').body == b"?"
    assert drafted(b'{"status": 200, "body": ["\\ud800"]}').body == b'["\\ud800"]'


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["status", "headers", "body", "x"]), inner),
        max_leaves=20,
    )
)
def test_no_json_does_more_than_that(said: Any) -> None:
    with suppress(BadAnswer):
        assert drafted(said).status is not None


@given(st.binary())
def test_no_bytes_do_more_than_that(text: bytes) -> None:
    with suppress(BadAnswer):
        drafted(text)


def test_yes_lets_a_request_go_on() -> None:
    draft = Draft(1000)
    decide(draft, 1)
    assert (draft.status, draft.body) == (None, None)


def test_no_is_a_403() -> None:
    draft = Draft(1000)
    decide(draft, 0)
    assert (draft.status, draft.body) == (403, b'{"error":"forbidden"}')
