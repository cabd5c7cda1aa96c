"""Routes that can never match."""

from __future__ import annotations

from typing import Any

import pytest

from config.schema import Route
from config.shadowing import shadowed


def route(number: int, match: dict[str, Any], **keys: Any) -> Route:
    return Route.model_validate({"name": f"r{number}", "match": match, "upstream": "api", **keys})


def hidden(wide: dict[str, Any], narrow: dict[str, Any]) -> bool:
    return shadowed([route(0, wide), route(1, narrow)]) == [(1, 0)]


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
    assert shadowed([route(0, {}, listeners=["a"]), route(1, {}, listeners=["b"]), route(2, {})]) == []


def test_a_route_of_all_listeners_hides_one_of_a_single_listener() -> None:
    assert shadowed([route(0, {}), route(1, {}, listeners=["b"])]) == [(1, 0)]
