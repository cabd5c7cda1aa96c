"""The cors filter."""

from typing import Any

import pytest
from kit.exchanges import make_exchange, make_filter, make_response, reason, run

from filters.cors import CorsFilter
from proxy.messages import Response

APP = "https://app.example.test"
PREFLIGHT = [("Origin", APP), ("Access-Control-Request-Method", "PUT")]


def preflight(fields: list[tuple[str, str]] = PREFLIGHT, **options: Any) -> Response:
    return make_filter(CorsFilter, **options).on_request(make_exchange("OPTIONS", fields=fields))


def answered(origin: str | None, fields: list[tuple[str, str]] | None = None, **options: Any) -> Response:
    exchange = make_exchange(fields=[] if origin is None else [("Origin", origin)])
    response = make_response(fields=fields or [])
    make_filter(CorsFilter, **options).on_response(exchange, response)
    return response


def test_preflight_is_answered_with_the_policy() -> None:
    response = preflight(origins=[APP], methods=["GET", "PUT"], headers=["X-A", "X-B"], max_age="10m")
    assert response.status == 204
    assert list(response.headers.items()) == [
        ("Vary", "Origin"),
        ("Access-Control-Allow-Origin", APP),
        ("Access-Control-Allow-Methods", "GET, PUT"),
        ("Access-Control-Allow-Headers", "X-A, X-B"),
        ("Access-Control-Max-Age", "600"),
    ]


def test_preflight_from_elsewhere_gets_no_permission_but_varies() -> None:
    response = preflight(origins=["https://other.test"])
    assert (response.status, list(response.headers.items())) == (204, [("Vary", "Origin")])


def test_preflight_is_noted() -> None:
    exchange = make_exchange("OPTIONS", fields=PREFLIGHT)
    make_filter(CorsFilter, origins=[APP]).on_request(exchange)
    assert reason(exchange) == "preflight"


async def test_a_preflight_s_answer_is_left_alone_on_its_way_back() -> None:
    exchange = make_exchange("OPTIONS", fields=PREFLIGHT)
    final = await run(exchange, make_response(), make_filter(CorsFilter, origins=[APP], expose=["X-E"]))
    assert final.headers.getall("Access-Control-Allow-Origin") == [APP]
    assert final.headers["Access-Control-Allow-Methods"] == "GET, HEAD, POST"
    assert "Access-Control-Expose-Headers" not in final.headers


@pytest.mark.parametrize(
    ("method", "fields"),
    [("GET", PREFLIGHT), ("OPTIONS", PREFLIGHT[:1]), ("OPTIONS", PREFLIGHT[1:]), ("OPTIONS", [])],
)
def test_what_is_no_preflight_goes_on(method: str, fields: list[tuple[str, str]]) -> None:
    assert make_filter(CorsFilter, origins=[APP]).on_request(make_exchange(method, fields=fields)) is None


def test_an_answer_says_who_may_read_it() -> None:
    response = answered(APP, origins=[APP], credentials=True, expose=["X-E"])
    assert list(response.headers.items()) == [
        ("Vary", "Origin"),
        ("Access-Control-Allow-Origin", APP),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Expose-Headers", "X-E"),
    ]


@pytest.mark.parametrize("origin", [None, "https://other.test", "https://app.example.test:8443", "null"])
def test_an_answer_to_others_varies_too(origin: str | None) -> None:
    assert list(answered(origin, origins=[APP]).headers.items()) == [("Vary", "Origin")]


@pytest.mark.parametrize("origin", [None, APP])
def test_everybody_is_told_the_same_so_nothing_varies(origin: str | None) -> None:
    assert list(answered(origin, origins=["*"]).headers.items()) == [("Access-Control-Allow-Origin", "*")]


def test_the_origin_server_s_own_policy_is_replaced() -> None:
    theirs = [("access-control-allow-origin", "*"), ("Access-Control-Allow-Credentials", "true")]
    assert list(answered("https://other.test", theirs, origins=[APP]).headers) == ["Vary"]


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("https://a.example.test", True),
        ("https://a.example.test.evil.test", False),
        ("https://evil.test/https://a.example.test", False),
        ("http://a.example.test", False),
    ],
)
def test_a_pattern_has_to_match_the_whole_origin(origin: str, expected: bool) -> None:
    response = answered(origin, origins=[r"~https://[a-z]+\.example\.test"])
    assert ("Access-Control-Allow-Origin" in response.headers) is expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"origins": []}, "at least 1"),
        ({"origins": ["*"], "credentials": True}, r"`origins` may not be \*"),
        ({"origins": [APP], "headers": ["*"], "credentials": True}, r"`headers` may not be \*"),
        ({"origins": [APP], "methods": ["*"], "credentials": True}, r"`methods` may not be \*"),
        ({"origins": [APP], "expose": ["*"], "credentials": True}, r"`expose` may not be \*"),
        ({"origins": ["null"], "credentials": True}, "sandboxed"),
        ({"origins": ["example.test"]}, "not an origin"),
        ({"origins": ["https://example.test/"]}, "not an origin"),
        ({"origins": ["~("]}, "not a regular expression"),
        ({"origins": [APP], "methods": ["G T"]}, "pattern"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_filter(CorsFilter, **options)
