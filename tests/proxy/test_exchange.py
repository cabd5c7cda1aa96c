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


def test_what_filters_want_of_the_cache_is_made_when_first_asked_for() -> None:
    exchange = make_exchange()
    assert exchange.chosen_cache is None
    exchange.cache.vary_on("a")
    assert exchange.chosen_cache is exchange.cache
    assert exchange.cache.key_parts == ("a",)


def test_the_cache_has_had_no_part_in_it_at_first() -> None:
    exchange = make_exchange()
    assert (exchange.cache_result, exchange.cache_verdict) == ("", None)


def test_one_that_goes_on_behind_asks_the_same_for_the_same_filters() -> None:
    exchange = make_exchange(target="/a?b", fields=[("X", "1")])
    exchange.request.authorized = True
    exchange.filters_run, exchange.skipped = 3, 2
    exchange.cache.vary_on("group")
    exchange.values["it"] = "kept"
    behind = exchange.behind()
    request = behind.request
    assert (request.target, request.authority, request.headers["x"]) == ("/a?b", exchange.request.authority, "1")
    assert request.authorized
    assert (behind.route, behind.client, behind.carrier) == (exchange.route, exchange.client, None)
    assert (behind.filters_run, behind.skipped, behind.values) == (3, 2, {"it": "kept"})
    assert behind.cache is exchange.cache


def test_edits_behind_are_not_seen_by_the_client() -> None:
    exchange = make_exchange(fields=[("X", "1")])
    behind = exchange.behind()
    behind.request.headers.set("x", "2")
    behind.request.path = "/other"
    assert (exchange.request.headers["x"], exchange.request.path) == ("1", "/")


def test_behind_a_head_is_a_get() -> None:
    exchange = make_exchange("HEAD")
    exchange.request.line = b"HEAD / HTTP/1.1\r\n"
    request = exchange.behind().request
    assert (request.method, request.to_head) == ("GET", False)
    assert request.request_line() == b"GET / HTTP/1.1\r\n"
