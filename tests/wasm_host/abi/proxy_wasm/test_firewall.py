"""A filter whose guests judge: what becomes of their judgements and of their answers."""

from __future__ import annotations

from typing import Any

import pytest
from kit.exchanges import Pieces, make_exchange
from kit.firewall import blob, judgement, stand_in
from kit.http_wasm import Strings
from kit.proxy_wasm import CONTINUE, PAUSE, answering, guest, notes, program, proxy_wasm_filter

from proxy.chain import Chain, Step
from proxy.errors import FilterBodyTooLarge, GuestTrap, GuestUnavailable
from proxy.exchange import Exchange
from proxy.firewall_book import FirewallBook
from proxy.local_answer import ErrorPage
from proxy.messages import Response
from proxy.metrics import Registry
from wasm_host.abi.proxy_wasm.firewall import FirewallFilter
from wasm_host.guest_metrics import GuestMetrics
from wasm_host.limits import GuestLimits

PROPERTY = b"penstock" + bytes(1) + b"waf"


class House:
    """A firewall called `it`, and what it counted."""

    def __init__(self, wat: str = "", **how: Any) -> None:
        self.registry = Registry()
        self.filter = self.firewall(wat or stand_in(), **how)

    def firewall(self, wat: str, **how: Any) -> FirewallFilter:
        joined = program(wat, vm_configuration=blob(), hold_headers=True, **how)
        made = FirewallFilter(joined, GuestMetrics(Registry(), "it"), FirewallBook("it", self.registry))
        made.start()
        return made

    @property
    def actions(self) -> dict[str, Any]:
        return {labels[2]: value for labels, value in self.registry.snapshot().get("waf_requests_total", [])}

    def end(self, exchange: Exchange) -> None:
        self.filter.on_complete(exchange)


def asked(exchange: Exchange, filter: FirewallFilter) -> Response | None:
    answer = filter.on_request(exchange)
    assert answer is None or isinstance(answer, Response)
    return answer


def test_a_judgement_stands_on_the_exchange_from_the_moment_it_is_said() -> None:
    house, exchange = House(), make_exchange(fields=[("X-Judge", judgement())])
    assert asked(exchange, house.filter) is None
    assert exchange.firewall is not None
    assert (exchange.firewall.filter, exchange.firewall.action) == ("it", "detected")
    house.end(exchange)
    assert house.actions == {"detected": 1}


def test_one_that_is_said_at_the_end_counts_as_well() -> None:
    house, exchange = House(), make_exchange(fields=[("X-Judge-Late", judgement())])
    asked(exchange, house.filter)
    assert exchange.firewall is None
    house.end(exchange)
    assert exchange.firewall is not None
    assert house.actions == {"detected": 1}


def test_of_two_the_graver_stands_and_of_equals_the_later() -> None:
    for first, second, action, score in (
        ({"action": "blocked"}, {"action": "passed"}, "blocked", 10),
        ({"action": "passed"}, {"action": "detected"}, "detected", 10),
        ({}, {"inbound": 5, "outbound": 5}, "detected", 10),
    ):
        house = House()
        fields = [("X-Judge", judgement(**first)), ("X-Judge-Late", judgement(**second))]
        exchange = make_exchange(fields=fields)
        asked(exchange, house.filter)
        house.end(exchange)
        assert exchange.firewall is not None
        assert (exchange.firewall.action, exchange.firewall.score) == (action, score)
    assert exchange.firewall.outbound == 5


def test_two_firewalls_share_an_exchange_and_each_counts_its_own() -> None:
    house = House()
    other = house.firewall(guest())
    exchange = make_exchange(fields=[("X-Judge", judgement(action="blocked"))])
    for each in (house.filter, other):
        asked(exchange, each)
    for each in (other, house.filter):
        each.on_complete(exchange)
    assert exchange.firewall is not None
    assert house.actions == {"passed": 1, "blocked": 1}


def test_an_exchange_in_which_nothing_matched_has_none() -> None:
    house, exchange = House(), make_exchange()
    asked(exchange, house.filter)
    house.end(exchange)
    assert exchange.firewall is None
    assert house.actions == {"passed": 1}


def test_what_is_no_judgement_is_counted_and_goes_by() -> None:
    house, exchange = House(), make_exchange(fields=[("X-Judge", '{"action":'), ("X-Judge-Late", "7")])
    assert asked(exchange, house.filter) is None
    house.end(exchange)
    assert exchange.firewall is None
    assert house.actions == {"passed": 1}
    assert house.registry.waf_garbled.child("it").value == 2


def test_a_guest_hears_whether_it_was_understood() -> None:
    strings = Strings()
    said = [f"(call $note (call $set_property {strings(PROPERTY)} {strings(text)}))" for text in ("{}", judgement())]
    filter = House(guest(strings, request_headers="".join(said) + CONTINUE)).filter
    asked(make_exchange(), filter)
    assert filter.guests.current is not None
    assert notes(filter.guests.current) == [2, 0]


def test_guests_of_other_filters_set_a_property_and_no_more() -> None:
    exchange = make_exchange(fields=[("X-Judge", judgement(action="blocked"))])
    filter = proxy_wasm_filter(stand_in(), vm_configuration=blob())
    filter.on_request(exchange)
    filter.on_complete(exchange)
    assert exchange.firewall is None


def test_a_refusal_wears_the_routes_dress_and_names_the_exchange() -> None:
    pages = {403: ErrorPage(b"<p>no: {id}</p>")}
    house, exchange = House(), make_exchange(fields=[("X-Refuse", "1")], error_pages=pages)
    answer = asked(exchange, house.filter)
    assert answer is not None
    assert (answer.status, answer.body) == (403, f"<p>no: {exchange.id}</p>".encode())
    assert answer.headers.get("x-request-id") == exchange.id
    assert [(each.by, each.action, each.reason) for each in exchange.decisions] == [("it", "refuse", "waf")]


def test_a_refusal_without_a_word_counts_as_one() -> None:
    house, exchange = House(), make_exchange(fields=[("X-Refuse", "1")])
    asked(exchange, house.filter)
    house.end(exchange)
    assert exchange.firewall is None
    assert house.actions == {"blocked": 1}


def test_a_redirect_goes_where_the_guest_says() -> None:
    strings = Strings()
    location = b"\1\0\0\0\x08\0\0\0\x06\0\0\0location\0/sorry\0"
    redirecting = guest(strings, request_headers=answering(strings, 302, headers=location) + PAUSE)
    answer = asked(make_exchange(), House(redirecting).filter)
    assert answer is not None
    assert (answer.status, answer.headers.get("location")) == (302, "/sorry")


async def through(house: House, exchange: Exchange, on_error: Any = "closed") -> Response | None:
    """Take a request through a chain of one firewall."""
    chain = Chain([Step(house.filter, on_error=on_error)])
    return await chain.request(exchange)


def with_body(*pieces: bytes, **fields: str) -> Exchange:
    named = [(name.replace("_", "-"), value) for name, value in fields.items()]
    exchange = make_exchange("POST", fields=named)
    exchange.request.body = Pieces(*pieces)
    return exchange


async def test_a_body_is_judged_before_anything_goes_on() -> None:
    house, said = House(), judgement().encode()
    exchange = with_body(said[:9], said[9:], x_judge_body="1")
    assert await through(house, exchange) is None
    assert exchange.firewall is not None
    assert exchange.request.body == said


async def test_more_than_may_be_held_is_413_and_an_overflow() -> None:
    house = House(limits=GuestLimits(body_bytes=10))
    exchange = with_body(b"more than ten bytes")
    with pytest.raises(FilterBodyTooLarge) as raised:
        await through(house, exchange)
    house.end(exchange)
    assert raised.value.status == 413
    assert house.actions == {"overflow": 1}


async def test_a_judge_that_fails_is_counted_and_closes_the_way() -> None:
    house, exchange = House(), make_exchange(fields=[("X-Trap", "1")])
    with pytest.raises(GuestTrap):
        await through(house, exchange)
    house.end(exchange)
    assert house.actions == {"failed": 1}


async def test_what_it_had_said_before_it_failed_counts() -> None:
    house = House()
    exchange = make_exchange(fields=[("X-Judge", judgement()), ("X-Trap", "1")])
    assert await through(house, exchange, "open") is None
    house.end(exchange)
    assert house.actions == {"detected": 1}


async def test_where_no_judge_is_to_be_had_that_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    house, exchange = House(), make_exchange()
    monkeypatch.setattr(house.filter.guests, "current", None)
    monkeypatch.setattr(house.filter.guests, "take", unavailable)
    with pytest.raises(GuestUnavailable):
        await through(house, exchange)
    house.end(exchange)
    assert house.actions == {"failed": 1}


def unavailable() -> None:
    raise GuestUnavailable("none", reason="quarantined")
