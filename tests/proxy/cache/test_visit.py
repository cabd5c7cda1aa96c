"""One exchange's way through the cache."""

from typing import Any

import pytest
from kit import FakeClock
from kit.exchanges import make_exchange
from kit.received import NOW, kept

from proxy.cache.asked import asked
from proxy.cache.key import Key
from proxy.cache.policy import Policy
from proxy.cache.verdict import Verdict
from proxy.cache.visit import Visit

WHY = Verdict("validate", "stale", "RFC 9111 §4.2.4")


def visit(*fields: tuple[str, str], authorized: bool = False, **choices: Any) -> Visit:
    exchange = make_exchange(fields=fields)
    exchange.request.authorized = authorized
    for name, value in choices.items():
        setattr(exchange.cache, name, value)
    origin: Any = None
    return Visit(exchange, origin, asked(exchange.request, Policy()), Key("key", "url"))


def test_those_who_ask_the_same_share_a_flight() -> None:
    assert visit().flight_key == visit(("X", "1")).flight_key


def test_those_who_select_another_variant_do_not() -> None:
    visits = [visit(("Accept-Language", "fr")), visit(("Accept-Language", "en")), visit(("Accept-Language", ""))]
    visits.append(visit())
    for each in visits:
        each.vary = (b"accept-language",)
    assert len({each.flight_key for each in visits}) == 4


def test_those_with_authorization_fly_apart() -> None:
    assert visit().flight_key != visit(authorized=True).flight_key


@pytest.mark.parametrize(
    ("made", "kept_out"),
    [
        (visit(), False),
        (visit(("Cache-Control", "no-store")), True),
        (visit(("Cache-Control", "no-cache")), False),
        (visit(store=False), True),
        (visit(store=True), False),
    ],
)
def test_who_wants_nothing_stored_is_alone(made: Visit, kept_out: bool) -> None:
    assert (made.kept_out, made.alone) == (kept_out, kept_out)


@pytest.mark.parametrize(("after_s", "forward"), [(59, "request"), (61, "stale")])
def test_what_is_stored_is_passed_by_for_the_request_or_its_age(after_s: float, forward: str) -> None:
    made = visit()
    with FakeClock(NOW + after_s, "wall_clock"):
        made.forward_for(WHY, kept("Cache-Control: max-age=60"))
    assert (made.forward, made.why) == (forward, WHY)


def test_a_miss_is_one_of_the_variant_where_others_are_known() -> None:
    made = visit()
    made.forward_for(WHY, None)
    assert made.forward == "uri-miss"
    made.vary = (b"accept",)
    made.forward_for(WHY, None)
    assert made.forward == "vary-miss"
