"""The respond filter."""

from typing import Any

import pytest
from kit.exchanges import make_exchange, make_filter, reason

from filters.respond import RespondFilter
from proxy.messages import Response


def answer(fields: list[tuple[str, str]] | None = None, **options: Any) -> Response:
    return make_filter(RespondFilter, **options).on_request(make_exchange(fields=fields or []))


def test_status_body_and_content_type_are_as_told() -> None:
    response = answer(status=403, body="no", content_type="text/html")
    assert (response.status, response.body, response.headers["Content-Type"]) == (403, b"no", "text/html")


def test_an_empty_answer_has_no_content_type() -> None:
    assert list(answer(status=204).headers) == []


def test_headers_may_hold_variables() -> None:
    headers = answer(body="x", headers={"A": "1", "B": "{path}"}).headers
    assert list(headers.items()) == [("Content-Type", "text/plain; charset=utf-8"), ("A", "1"), ("B", "/")]


def test_body_may_hold_variables() -> None:
    assert answer(body="{method} {{{path}}} é").body == "GET {/} é".encode()


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/plain", b"<b>\"'"),
        ("text/html; charset=utf-8", b"&lt;b&gt;&quot;&#x27;"),
        ("application/xhtml+xml", b"&lt;b&gt;&quot;&#x27;"),
        ("application/json", b"<b>\\\"'"),
        ("application/problem+json", b"<b>\\\"'"),
    ],
)
def test_values_are_escaped_for_the_content_type(content_type: str, body: bytes) -> None:
    assert answer([("X", "<b>\"'")], body="{header.x}", content_type=content_type).body == body


def test_answers_do_not_share_their_headers() -> None:
    it = make_filter(RespondFilter, body="x", headers={"A": "1"})
    it.on_request(make_exchange()).headers.add("B", "2")
    assert "B" not in it.on_request(make_exchange()).headers


def test_the_decision_is_noted() -> None:
    exchange = make_exchange()
    make_filter(RespondFilter).on_request(exchange)
    assert reason(exchange) == "respond"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"status": 101}, "status"),
        ({"status": 600}, "status"),
        ({"status": 204, "body": "x"}, "has no body"),
        ({"body": "{status}"}, "only where a response is edited"),
        ({"headers": {"Content-Length": "1"}}, "only the proxy writes it"),
        ({"headers": {"content-type": "text/html"}}, "goes to `content_type`"),
        ({"content_type": "a\nb"}, "control character"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_filter(RespondFilter, **options)
