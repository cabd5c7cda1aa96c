"""Which requests never meet the cache."""

import pytest
from kit.exchanges import Pieces, make_exchange

from proxy.cache.bypass import Bypass
from proxy.cache.policy import Policy
from proxy.exchange import Exchange

ALL, PLAIN = Policy(), Bypass()


def why(exchange: Exchange, bypass: Bypass = PLAIN, policy: Policy = ALL) -> str | None:
    verdict = bypass.why(exchange, policy)
    assert verdict is None or verdict.action == "bypass"
    return None if verdict is None else verdict.reason


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_request_without_a_body_meets_it(method: str) -> None:
    assert why(make_exchange(method)) is None


@pytest.mark.parametrize("method", ["POST", "DELETE", "OPTIONS", "FROB"])
def test_other_methods_do_not(method: str) -> None:
    assert why(make_exchange(method)) == "method"


def test_a_method_that_the_route_leaves_out_does_not() -> None:
    assert why(make_exchange("HEAD"), policy=Policy(methods=frozenset({"GET"}))) == "method"


@pytest.mark.parametrize("body", [b"a", Pieces(b"a")])
def test_a_request_with_a_body_does_not(body: object) -> None:
    exchange = make_exchange()
    exchange.request.body = body  # type: ignore[assignment]
    assert why(exchange) == "request_body"


def test_an_empty_body_is_none() -> None:
    exchange = make_exchange()
    exchange.request.body = b""
    assert why(exchange) is None


def test_a_request_for_another_protocol_does_not() -> None:
    exchange = make_exchange()
    exchange.request.upgrade = b"websocket"
    assert why(exchange) == "upgrade"


def test_what_a_filter_keeps_away_does_not() -> None:
    exchange = make_exchange()
    exchange.cache.bypass = True
    assert why(exchange) == "filter"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ([("X-No-Cache", "")], "header"),
        ([("X-No-Cache-Either", "")], None),
        ([("Cookie", "a=b; session=1")], "cookie"),
        ([("Cookie", "session2=1; a=session")], None),
    ],
)
def test_a_route_may_name_fields_and_cookies(fields: list[tuple[str, str]], reason: str | None) -> None:
    bypass = Bypass(headers=(b"x-no-cache",), cookies=(b"session",))
    assert why(make_exchange(fields=fields), bypass) == reason
    assert why(make_exchange(fields=fields)) is None
