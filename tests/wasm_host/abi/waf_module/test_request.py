"""What a WAF module is shown: the whole request, and what is percent-encoded in both forms."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from proxy.messages import Headers, Request
from wasm_host.abi.waf_module.request import questions


def shown(request: Request, body: bytes = b"") -> list[dict[str, Any]]:
    return [json.loads(each) for each in questions(request, body)]


def test_a_request_has_the_four_keys_of_the_abi() -> None:
    request = Request("POST", "/a", "b=c", Headers.of([("X-One", "1"), ("x-one", "2")]), authority="shop.example:8443")
    assert shown(request, b"hello") == [
        {
            "method": "POST",
            "uri": "/a?b=c",
            "headers": [["Host", "shop.example:8443"], ["X-One", "1"], ["x-one", "2"]],
            "body": "hello",
        }
    ]


def test_the_query_is_shown_even_where_it_is_empty() -> None:
    assert shown(Request("GET", "/", ""))[0]["uri"] == "/?"


def test_a_percent_encoded_uri_is_shown_in_both_forms() -> None:
    uris = [each["uri"] for each in shown(Request("GET", "/%3Cb%3E", "q=%27+or%201%3D1"))]
    assert uris == ["/%3Cb%3E?q=%27+or%201%3D1", "/<b>?q=' or 1=1"]


def test_what_was_encoded_twice_is_decoded_once_as_an_origin_does() -> None:
    assert shown(Request("GET", "/", "q=%2527"))[1]["uri"] == "/?q=%27"


def test_a_plus_in_a_path_is_a_plus() -> None:
    assert len(shown(Request("GET", "/a+b"))) == 1


def test_a_form_is_shown_in_both_forms() -> None:
    headers = Headers.of([("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")])
    bodies = [each["body"] for each in shown(Request("POST", "/", headers=headers), b"q=%27+or+1")]
    assert bodies == ["q=%27+or+1", "q=' or 1"]


def test_other_bodies_are_shown_as_they_came() -> None:
    headers = Headers.of([("Content-Type", "application/json")])
    assert [each["body"] for each in shown(Request("POST", "/", headers=headers), b'"100%25"')] == ['"100%25"']


def test_bytes_that_are_no_utf_8_are_shown_all_the_same() -> None:
    request = Request("POST", "/", headers=Headers([b"X-Name: \xff caf\xc3\xa9"]))
    assert shown(request, b"a\xfeb")[0] == {
        "method": "POST",
        "uri": "/",
        "headers": [["X-Name", "\ufffd caf\u00e9"]],
        "body": "a\ufffdb",
    }


@given(st.binary(), st.text(alphabet=[chr(number) for number in range(33, 127) if chr(number) != "#"]))
def test_any_request_becomes_json(body: bytes, query: str) -> None:
    request = Request("POST", "/", query, Headers.of([("Content-Type", "application/x-www-form-urlencoded")]))
    first, *more = shown(request, body)
    assert first["uri"] == f"/?{query}"
    assert first["body"] == body.decode("utf-8", "replace")
    assert len(more) <= 1
