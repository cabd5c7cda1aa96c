"""Listeners that redirect: what `check` and `explain` know of them."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest
from click.testing import CliRunner
from kit.checking import Checking

from config.build import build
from config.cli import main
from config.load import Report
from config.redirects import ROUTE
from config.routes_page import routes_page
from proxy.metrics import Registry

HTTP = {"name": "http", "address": "127.0.0.1:1", "redirect": {"scheme": "https", "port": 8443}}
HTTPS = {"name": "public", "address": "127.0.0.1:2"}
SITE = {"name": "site", "upstream": "api"}
ACME = {"name": "acme", "listeners": ["http"], "match": {"path": {"prefix": "/.well-known"}}, "upstream": "api"}


def written(*routes: dict[str, Any], listeners: tuple[dict[str, Any], ...] = (HTTP, HTTPS)) -> str:
    upstreams = {"api": {"endpoints": ["127.0.0.1:9"]}}
    return json.dumps({"version": 1, "listeners": listeners, "routes": routes, "upstreams": upstreams})


def warned(report: Report) -> list[tuple[str, str]]:
    assert report.errors == []
    return [(each.path, each.message) for each in report.warnings]


def test_only_routes_that_name_it_stand_on_a_listener_that_redirects(checked: Checking) -> None:
    report = checked(written(ACME, SITE))
    assert report.configuration is not None
    assert warned(report) == []
    specs = build(report.configuration, Registry()).listeners
    standing = {spec.name: [route.name for route in spec.router.routes] for spec in specs}
    assert standing == {"http": ["acme", ROUTE], "public": ["site"]}
    assert {each["name"]: each["listeners"] for each in routes_page(report.configuration)} == {
        "acme": ["http"],
        "site": ["public"],
    }


def test_a_route_that_stands_nowhere_is_a_warning(checked: Checking) -> None:
    assert warned(checked(written(SITE, listeners=(HTTP,)))) == [
        ("routes[0]", "route 'site' stands on no listener, for all of them redirect; name one in its listeners")
    ]


def test_a_listener_whose_redirect_is_never_reached_is_a_warning(checked: Checking) -> None:
    everywhere = {**SITE, "listeners": ["http", "public"]}
    assert warned(checked(written(everywhere))) == [
        ("listeners[0].redirect", "'http' redirects nothing: route 'site' takes all its requests")
    ]


@pytest.mark.parametrize(
    ("listener", "says"),
    [
        ({"redirect": {"scheme": "http"}}, "listeners[0].redirect.scheme"),
        ({"redirect": {"port": 0}}, "listeners[0].redirect.port"),
        ({"redirect": {"status": 303}}, "listeners[0].redirect.status"),
        ({"redirect": {}, "tls": {"certificates": [{"cert": "a", "key": "b"}]}}, "give either tls or redirect"),
        ({"proxy_protocol": {"from": []}}, "listeners[0].proxy_protocol.from: must not be empty"),
        ({"proxy_protocol": {}}, "key 'from' is missing"),
        ({"proxy_protocol": {"from": ["10.0.0.1/8"]}}, "has host bits set"),
        (
            {"proxy_protocol": {"from": ["10.0.0.0/8"]}, "address": "unix:/tmp/a.sock"},
            "proxy_protocol is for TCP",
        ),
    ],
)
def test_what_cannot_be_is_an_error(checked: Checking, listener: dict[str, Any], says: str) -> None:
    [error] = checked(written(SITE, listeners=({**HTTPS, **listener},))).errors
    assert says in str(error)


def explained(directory: pathlib.Path, request: str) -> str:
    file = directory / "penstock.yaml"
    file.write_text(written(ACME, SITE))
    result = CliRunner().invoke(main, ["explain", str(file), request, "--listener", "http"])
    assert result.exit_code == 0
    return result.stdout


def test_explain_says_where_a_request_is_sent(tmp_path: pathlib.Path) -> None:
    assert explained(tmp_path, "GET http://a.example:8080/x?y=1").endswith(
        "routes\n"
        "  - acme  path /x is not under /.well-known\n"
        "  > (redirect)  wins\n"
        "redirect\n"
        "  308 to https://a.example:8443/x?y=1\n"
    )


def test_explain_says_what_is_not_redirected(tmp_path: pathlib.Path) -> None:
    assert "  > acme  wins" in explained(tmp_path, "GET http://a.example/.well-known/x")
    assert explained(tmp_path, "GET https://a.example/").endswith(
        "redirect\n  none, for the client speaks https already: 404\n"
    )
