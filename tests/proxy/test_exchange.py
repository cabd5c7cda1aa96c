"""What an exchange remembers."""

from kit.exchanges import make_exchange, make_response

from proxy.exchange import Decision
from proxy.runtime import monotonic


def test_an_id_is_made_once_and_is_nobody_elses() -> None:
    exchange = make_exchange()
    assert exchange.id == exchange.id
    assert len(exchange.id) == 16
    assert exchange.id != make_exchange().id


def test_decisions_are_kept_in_order() -> None:
    exchange = make_exchange()
    assert not exchange.decided
    exchange.decide("acl", "deny", "listed", "192.0.2.1")
    exchange.decide("proxy", "failed", "no_route")
    assert exchange.decided
    assert exchange.decisions == [
        Decision("acl", "deny", "listed", "192.0.2.1"),
        Decision("proxy", "failed", "no_route"),
    ]


def test_values_are_the_exchanges_own() -> None:
    one, other = make_exchange(), make_exchange()
    one.values["ab"] = "beta"
    assert (one.values, other.values) == ({"ab": "beta"}, {})


def test_it_begins_now_as_nobodys_but_the_upstreams() -> None:
    before = monotonic()
    exchange = make_exchange()
    assert before <= exchange.started_at <= monotonic()
    assert (exchange.answered_by, exchange.reason, exchange.attempts) == ("upstream", "", 0)


def test_it_shows_its_request_and_its_answer() -> None:
    exchange = make_exchange("GET", "/a?b")
    assert repr(exchange) == "<Exchange <Request GET http://example.test/a?b> - by upstream>"
    exchange.response = make_response(404)
    assert " 404 by " in repr(exchange)
