"""Filters of client certificates on listeners that ask for none."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest
from kit.checking import Checking

from config.certificate_filters import certificate_oddities
from config.schema import Config

OWN = {"type": "client_certificate"}
CERTIFICATES = [{"cert": "s.crt", "key": "s.key"}]
PLAIN = {"name": "plain", "address": "127.0.0.1:1"}
TLS = {"name": "tls", "address": "127.0.0.1:2", "tls": {"certificates": CERTIFICATES}}
MUTUAL = {
    "name": "mutual",
    "address": "127.0.0.1:3",
    "tls": {"certificates": CERTIFICATES, "client": {"ca": "ca.pem", "mode": "request"}},
}


def odd(*listeners: dict[str, Any], step: Any = OWN, **route: Any) -> list[str]:
    config = Config.model_validate(
        {
            "version": 1,
            "listeners": listeners,
            "filters": {"who": OWN, "other": {"type": "headers"}},
            "routes": [{"name": "all", "filters": ["other", step], **route}],
        }
    )
    return [path.spelled() for path, _ in certificate_oddities(config)]


@pytest.mark.parametrize("step", [OWN, "who", {"use": "who"}])
def test_a_filter_that_no_client_can_pass_is_a_warning(step: Any) -> None:
    assert odd(PLAIN, TLS, step=step) == ["routes[0].filters[1]"]


def test_one_listener_that_asks_is_enough() -> None:
    assert odd(PLAIN, MUTUAL) == []


def test_it_has_to_be_one_of_the_route() -> None:
    assert odd(PLAIN, MUTUAL, listeners=["plain"]) == ["routes[0].filters[1]"]


def test_other_filters_need_no_certificate() -> None:
    assert odd(PLAIN, step="other") == []


def test_check_tells_it(checked: Checking, tmp_path: pathlib.Path) -> None:
    routes = [{"name": "all", "filters": [OWN], "upstream": "api"}]
    upstreams = {"api": {"endpoints": ["127.0.0.1:9"]}}
    text = json.dumps({"version": 1, "listeners": [PLAIN], "routes": routes, "upstreams": upstreams})
    report = checked(text)
    assert report.errors == []
    assert [each.message for each in report.warnings] == [
        "no listener of route 'all' asks clients for certificates; give one tls: {client: …}"
    ]
