"""Refusals."""

from kit.exchanges import make_exchange

from filters.refusal import refuse
from proxy.exchange import Decision
from proxy.local_answer import ErrorPage


def test_a_refusal_notes_who_and_why_and_does_not_tell_the_client() -> None:
    exchange = make_exchange()
    answer = refuse(exchange, "gate", 403, "denied", "10.0.0.0/8")
    assert exchange.decisions == [Decision("gate", "refuse", "denied", "10.0.0.0/8")]
    assert isinstance(answer.body, bytes)
    assert b"10.0.0.0" not in answer.body
    assert exchange.id.encode() in answer.body


def test_the_route_s_page_is_used() -> None:
    exchange = make_exchange(error_pages={403: ErrorPage(b"<p>{id}")})
    assert refuse(exchange, "gate", 403, "denied").body == b"<p>" + exchange.id.encode()


def test_no_route_is_no_page() -> None:
    assert refuse(make_exchange(route=None), "gate", 429, "rate_limited").status == 429
