"""Routes that can never match."""

from __future__ import annotations

from typing import Any

import pytest

from config.schema import Listener, Route
from config.shadowing import shadowed, takes_all


def route(number: int, match: dict[str, Any], **keys: Any) -> Route:
    return Route.model_validate({"name": f"r{number}", "match": match, "upstream": "api", **keys})


def hidden(wide: dict[str, Any], narrow: dict[str, Any]) -> bool:
    return among([route(0, wide), route(1, narrow)]) == [(1, 0)]


def among(routes: list[Route], redirecting: bool = False) -> list[tuple[int, int]]:
    """Judge routes on the listeners a and b, of which b may redirect."""
    first = {"name": "a", "address": "127.0.0.1:1"}
    second = {"name": "b", "address": "127.0.0.1:2", **({"redirect": {"port": 443}} if redirecting else {})}
    return shadowed(routes, [Listener.model_validate(each) for each in (first, second)])


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ({}, {}),
        ({}, {"hosts": ["a.b"], "path": {"regex": "x"}, "methods": ["GET"]}),
        ({"hosts": ["a.b", "c.d"]}, {"hosts": ["a.b"]}),
        ({"hosts": ["*.b"]}, {"hosts": ["a.b", "x.y.b"]}),
        ({"hosts": ["*.b"]}, {"hosts": ["*.a.b"]}),
        ({"path": {"prefix": "/"}}, {"path": {"prefix": "/a"}}),
        ({"path": {"prefix": "/"}}, {"path": {"regex": "^/a"}}),
        ({"path": {"prefix": "/a"}}, {"path": {"exact": "/a"}}),
        ({"path": {"prefix": "/a"}}, {"path": {"exact": "/a/b"}}),
        ({"path": {"regex": "^/a"}}, {"path": {"regex": "^/a"}}),
        ({"path": {"regex": "^/a"}}, {"path": {"exact": "/ab"}}),
        ({"methods": ["GET", "PUT"]}, {"methods": ["PUT"]}),
        ({"headers": {"x": "1"}}, {"headers": {"x": "1", "y": True}}),
        ({"clients": ["10.0.0.0/8"]}, {"clients": ["10.1.0.0/16"]}),
    ],
)
def test_a_route_that_takes_no_less_hides_a_later_one(wide: dict[str, Any], narrow: dict[str, Any]) -> None:
    assert hidden(wide, narrow)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({"hosts": ["a.b"]}, {}),
        ({"hosts": ["*.b"]}, {"hosts": ["b"]}),
        ({"hosts": ["*.a.b"]}, {"hosts": ["*.b"]}),
        ({"path": {"prefix": "/a"}}, {"path": {"prefix": "/ab"}}),
        ({"path": {"prefix": "/a/"}}, {"path": {"exact": "/a"}}),
        ({"path": {"exact": "/a"}}, {"path": {"prefix": "/a"}}),
        ({"path": {"regex": "^/a"}}, {"path": {"prefix": "/a"}}),
        ({"path": {"prefix": "/a"}}, {"path": {"regex": "^/a/b"}}),
        ({"path": {"prefix": "/a"}}, {}),
        ({"methods": ["GET"]}, {}),
        ({"methods": ["GET"]}, {"methods": ["GET", "PUT"]}),
        ({"headers": {"x": "1"}}, {"headers": {"x": True}}),
        ({"query": {"x": "1"}}, {}),
        ({"clients": ["10.1.0.0/16"]}, {"clients": ["10.0.0.0/8"]}),
        ({"clients": ["::/0"]}, {"clients": ["10.0.0.0/8"]}),
    ],
)
def test_a_route_that_takes_less_hides_nothing(earlier: dict[str, Any], later: dict[str, Any]) -> None:
    assert not hidden(earlier, later)


def test_routes_of_other_listeners_hide_nothing() -> None:
    assert among([route(0, {}, listeners=["a"]), route(1, {}, listeners=["b"]), route(2, {})]) == []


def test_a_route_of_all_listeners_hides_one_of_a_single_listener() -> None:
    assert among([route(0, {}), route(1, {}, listeners=["b"])]) == [(1, 0)]


def test_a_route_that_names_every_listener_hides_one_that_names_none() -> None:
    assert among([route(0, {}, listeners=["b", "a"]), route(1, {})]) == [(1, 0)]


def test_a_route_that_names_no_listener_hides_nothing_on_one_that_redirects() -> None:
    assert among([route(0, {}), route(1, {}, listeners=["b"])], redirecting=True) == []
    assert among([route(0, {}, listeners=["a"]), route(1, {})], redirecting=True) == [(1, 0)]


@pytest.mark.parametrize(
    ("match", "expected"),
    [({}, True), ({"path": {"prefix": "/"}}, True), ({"path": {"prefix": "/a"}}, False), ({"methods": ["GET"]}, False)],
)
def test_a_route_that_asks_nothing_takes_all(match: dict[str, Any], expected: bool) -> None:
    assert takes_all(route(0, match)) is expected
