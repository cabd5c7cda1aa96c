"""A listener's books."""

import pytest
from kit.exchanges import make_exchange, make_response

from proxy.errors import BadRequest, HeaderTooLarge
from proxy.exchange import Exchange
from proxy.metrics import Registry
from proxy.traffic import Traffic


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def traffic(registry: Registry) -> Traffic:
    return Traffic(registry, "public")


def ended(status: int | None = 200, method: str = "GET", route: str | None = "api", by: str = "upstream") -> Exchange:
    exchange = make_exchange(method, route=route)
    exchange.response = None if status is None else make_response(status)
    exchange.answered_by, exchange.reason = by, "why"
    exchange.finished_at = exchange.started_at + 0.02
    return exchange


def counted(registry: Registry) -> dict[tuple[str, ...], object]:
    return {tuple(labels): value for labels, value in registry.http_requests.samples()}


def test_requests_are_counted_by_route_method_and_code(registry: Registry, traffic: Traffic) -> None:
    for exchange in (ended(), ended(), ended(404), ended(method="POST"), ended(route=None, status=404)):
        traffic.finished(exchange)
    assert counted(registry) == {
        ("public", "api", "GET", "200"): 2,
        ("public", "api", "GET", "404"): 1,
        ("public", "api", "POST", "200"): 1,
        ("public", "", "GET", "404"): 1,
    }


def test_a_client_that_left_before_an_answer_is_a_499(registry: Registry, traffic: Traffic) -> None:
    traffic.finished(ended(None))
    assert counted(registry) == {("public", "api", "GET", "499"): 1}


def test_methods_that_clients_make_up_are_one_series(registry: Registry, traffic: Traffic) -> None:
    for number in range(50):
        traffic.finished(ended(501, method=f"MADE{number}"))
    assert counted(registry) == {("public", "api", "other", "501"): 50}
    assert traffic._books == {}


def test_what_begins_and_ends_is_not_in_flight(registry: Registry, traffic: Traffic) -> None:
    traffic.begun.value += 1
    assert registry.http_requests_in_flight.samples() == [(["public"], 1)]
    traffic.finished(ended())
    assert registry.http_requests_in_flight.samples() == [(["public"], 0)]


def test_durations_are_observed_for_each_route(registry: Registry, traffic: Traffic) -> None:
    traffic.finished(ended())
    ((labels, value),) = registry.http_request_duration.samples()
    assert labels == ["public", "api"]
    assert isinstance(value, list)
    assert value[0] == pytest.approx(0.02)
    assert value[1:4] == [0, 0, 1]


def test_who_answered_in_the_origins_place_is_counted_with_the_reason(registry: Registry, traffic: Traffic) -> None:
    for exchange in (ended(), ended(403, by="acl"), ended(502, by="proxy")):
        traffic.finished(exchange)
    assert registry.http_local_responses.samples() == [(["api", "acl", "why"], 1), (["api", "proxy", "why"], 1)]


def test_decisions_of_filters_are_counted_and_the_proxys_own_are_not(registry: Registry, traffic: Traffic) -> None:
    exchange = ended()
    exchange.decide("ab", "assign", "beta")
    exchange.decide("ab", "assign", "beta")
    exchange.decide("proxy", "failed", "no_route")
    traffic.finished(exchange)
    assert registry.filter_results.samples() == [(["api", "ab", "assign"], 2)]


def test_a_refused_head_is_counted_by_its_status_and_reason(registry: Registry, traffic: Traffic) -> None:
    for error in (BadRequest(reason="host"), HeaderTooLarge()):
        traffic.refused(error)
    assert counted(registry) == {("public", "", "other", "400"): 1, ("public", "", "other", "431"): 1}
    assert registry.http_local_responses.samples() == [
        (["", "proxy", "host"], 1),
        (["", "proxy", "headers_too_large"], 1),
    ]


def test_a_hit_without_an_exchange_is_counted_as_one_with_it(registry: Registry, traffic: Traffic) -> None:
    traffic.begun.value += 1
    traffic.hit("api", 0.02)
    instantly = counted(registry), registry.http_local_responses.child("api", "cache", "fresh").value
    in_flight = registry.http_requests_in_flight.child("public").value
    assert in_flight == 1
    assert instantly == ({("public", "api", "GET", "200"): 1}, 1)
    exchange = ended(by="cache")
    exchange.reason = "fresh"
    traffic.finished(exchange)
    assert counted(registry) == {("public", "api", "GET", "200"): 2}
    assert registry.http_local_responses.child("api", "cache", "fresh").value == 2
    assert sum(registry.http_request_duration.child("public", "api").counts) == 2
