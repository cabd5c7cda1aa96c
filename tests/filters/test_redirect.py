"""The redirect filter."""

from typing import Any

import pytest
from kit.exchanges import make_exchange, make_filter, reason

from filters.redirect import RedirectFilter


def location(target: str = "/a?b=c", *, exchange: dict[str, Any] | None = None, **options: Any) -> str | None:
    answer = make_filter(RedirectFilter, **options).on_request(make_exchange(target=target, **exchange or {}))
    return None if answer is None else answer.headers["Location"]


def test_scheme_alone_keeps_host_path_and_query() -> None:
    assert location(scheme="https") == "https://example.test/a?b=c"


def test_a_port_is_left_behind_with_its_scheme() -> None:
    assert location(scheme="https", exchange={"port": 8080}) == "https://example.test/a?b=c"
    assert location(path="/x", exchange={"port": 8080}) == "http://example.test:8080/x?b=c"


def test_host_and_path_may_hold_variables() -> None:
    options = {"host": "{route}.example.org:8443", "path": "/in{path}"}
    assert location(**options) == "http://api.example.org:8443/in/a?b=c"


def test_to_is_a_template() -> None:
    assert location(to="https://other.test{path}/{method}") == "https://other.test/a/GET?b=c"


@pytest.mark.parametrize(
    ("to", "expected"),
    [("/x", "/x?b=c"), ("/x?y=z", "/x?y=z&b=c"), ("/x#f", "/x?b=c#f"), ("mailto:a@b.test", "mailto:a@b.test?b=c")],
)
def test_query_is_kept(to: str, expected: str) -> None:
    assert location(to=to) == expected


def test_query_can_be_dropped() -> None:
    assert location(to="/x", keep_query=False) == "/x"


def test_an_empty_query_adds_no_question_mark() -> None:
    assert location("/a?", to="/x") == "/x"


@pytest.mark.parametrize(("options", "status"), [({}, 302), ({"status": 308}, 308), ({"status": 303}, 303)])
def test_status_is_as_told(options: dict[str, Any], status: int) -> None:
    assert make_filter(RedirectFilter, to="/x", **options).on_request(make_exchange()).status == status


@pytest.mark.parametrize(
    ("options", "exchange"),
    [
        ({"scheme": "https"}, {"scheme": "https"}),
        ({"to": "/a"}, {}),
        ({"to": "http://example.test/a"}, {}),
        ({"host": "example.test"}, {}),
    ],
)
def test_the_address_asked_for_is_let_through(options: dict[str, Any], exchange: dict[str, Any]) -> None:
    assert location(exchange=exchange, **options) is None


def test_a_value_cannot_name_another_host() -> None:
    evil = {"fields": [("X-To", "/evil.test")]}
    assert location(to="/{header.x-to}", exchange=evil) == "/evil.test?b=c"


def test_a_template_may_name_a_host_without_scheme() -> None:
    assert location(to="//other.test/x") == "//other.test/x?b=c"


def test_a_value_is_encoded() -> None:
    odd = {"fields": [("X-To", 'a b"<\\\xe9#%41')]}
    assert location(to="/{header.x-to}", exchange=odd) == "/a%20b%22%3C%5C%E9%23%41?b=c"


def test_the_decision_is_noted() -> None:
    exchange = make_exchange()
    make_filter(RedirectFilter, name="go", to="/x").on_request(exchange)
    assert (exchange.decisions[-1].by, reason(exchange), exchange.decisions[-1].detail) == ("go", "redirect", "/x")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "either `to`"),
        ({"to": "/x", "scheme": "https"}, "either `to`"),
        ({"to": "x"}, "scheme or a slash"),
        ({"path": "x"}, "starts with a slash"),
        ({"to": "/{nope}"}, "unknown variable"),
        ({"to": "/x", "status": 300}, "status"),
        ({"scheme": "ftp"}, "scheme"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_filter(RedirectFilter, **options)
