"""What an alias points at, and by what of a request its versions are chosen."""

from __future__ import annotations

from collections import Counter

import pytest
from kit.edge import OK, Edge, guest
from kit.exchanges import make_exchange

from wasm_host.functions.catalogue import Catalogue
from wasm_host.functions.deployment import Deployment, Share, Sticky
from wasm_host.functions.function import Function


def version(name: str) -> Function:
    return Edge(guest(OK), version=name).function


@pytest.fixture(scope="module")
def old() -> Function:
    return version("a")


@pytest.fixture(scope="module")
def new() -> Function:
    return version("b")


def split(old: Function, new: Function, percent: float, sticky: Sticky | None = None) -> Deployment:
    return Deployment("hello", "live", [Share(new, percent), Share(old, 100 - percent)], sticky)


def test_one_version_is_everybodys(old: Function) -> None:
    assert Deployment("hello", "live", [Share(old, 100)]).function_for(make_exchange()) is old


def test_without_a_key_chance_decides(old: Function, new: Function) -> None:
    shares = [Share(old, 90), Share(new, 10)]
    for point, expected in ((0.0, old), (0.89, old), (0.91, new), (0.999, new)):
        deployment = Deployment("hello", "live", shares, draw=lambda point=point: point)  # type: ignore[misc]
        assert deployment.function_for(make_exchange()) is expected


def test_shares_come_out_as_they_are_asked_for(old: Function, new: Function) -> None:
    deployment = split(old, new, 25)
    counts = Counter(deployment.function_for(make_exchange()).version for _ in range(4000))
    assert 800 < counts["b"] < 1200


@pytest.mark.parametrize(
    ("sticky", "fields"),
    [
        (Sticky("cookie", "sid"), lambda key: [("Cookie", f"other=1; sid={key}")]),
        (Sticky("header", "X-User"), lambda key: [("x-user", key)]),
    ],
)
def test_who_has_a_key_keeps_his_version(old: Function, new: Function, sticky: Sticky, fields: object) -> None:
    assert callable(fields)
    deployment = split(old, new, 50, sticky)
    versions = {
        key: {deployment.function_for(make_exchange(fields=fields(str(key)))).version for _ in range(5)}
        for key in range(40)
    }
    assert {len(each) for each in versions.values()} == {1}
    assert set().union(*versions.values()) == {"a", "b"}


def test_a_client_is_its_address_whatever_its_port(old: Function, new: Function) -> None:
    sticky = Sticky("client")
    exchange = make_exchange(client="2001:db8::7")
    assert sticky.key_of(exchange) == b"2001:db8::7"
    deployment = split(old, new, 50, sticky)
    assert len({deployment.function_for(make_exchange(client="192.0.2.9")).version for _ in range(10)}) == 1


@pytest.mark.parametrize("sticky", [Sticky("cookie", "sid"), Sticky("header", "x-user")])
def test_who_has_no_key_is_left_to_chance(old: Function, new: Function, sticky: Sticky) -> None:
    deployment = split(old, new, 50, sticky)
    assert {deployment.function_for(make_exchange()).version for _ in range(200)} == {"a", "b"}


def test_a_routes_own_key_goes_before_the_aliass(old: Function, new: Function) -> None:
    deployment = split(old, new, 50, Sticky("client"))
    by_user = Sticky("header", "x-user")
    met = {
        deployment.function_for(make_exchange(fields=[("x-user", str(user))]), by_user).version for user in range(100)
    }
    assert met == {"a", "b"}


def test_the_order_in_which_versions_are_named_moves_nobody(old: Function, new: Function) -> None:
    sticky = Sticky("client")
    one = Deployment("hello", "live", [Share(old, 60), Share(new, 40)], sticky)
    other = Deployment("hello", "live", [Share(new, 40), Share(old, 60)], sticky)
    for number in range(100):
        exchange = make_exchange(client=f"192.0.2.{number}")
        assert one.function_for(exchange) is other.function_for(exchange)


# -- the catalogue


def test_a_catalogue_finds_by_name_and_alias(old: Function, new: Function) -> None:
    live = Deployment("hello", "live", [Share(old, 100)])
    staging = Deployment("hello", "staging", [Share(new, 100)])
    catalogue = Catalogue([live, staging])
    assert (catalogue.find("hello"), catalogue.find("hello", "staging")) == (live, staging)
    assert (catalogue.find("hello", "other"), catalogue.find("other")) == (None, None)
    assert catalogue.names() == ["hello"]


def test_a_catalogue_knows_each_version_once(old: Function, new: Function) -> None:
    catalogue = Catalogue([split(old, new, 10), Deployment("hello", "staging", [Share(new, 100)])])
    assert sorted(each.version for each in catalogue.versions("hello")) == ["a", "b"]
    assert catalogue.version("hello", "b") is new
    assert (catalogue.version("hello", "c"), list(catalogue.versions("other"))) == (None, [])
