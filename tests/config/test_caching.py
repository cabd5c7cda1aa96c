"""The caches and the routes' use of them, as the YAML says it."""

from __future__ import annotations

import json
import math
import pathlib
from typing import Any

import pytest
from kit.checking import Checking

from config.caching import RouteCache
from config.explanation import Explanation, parse_request
from config.load import Report, masked
from config.routes_page import routes_page
from proxy.cache.policy import Policy
from proxy.exchange import Client


def configuration(caches: object = None, cache: object = "default", **route: Any) -> str:
    return json.dumps(
        {
            "version": 1,
            "listeners": [{"name": "public", "address": "127.0.0.1:8080"}],
            "upstreams": {"api": {"endpoints": ["127.0.0.1:9000"]}},
            "caches": {"default": {}} if caches is None else caches,
            "routes": [{"name": "all", "upstream": "api", "cache": cache, **route}],
        }
    )


def only_error(report: Report) -> tuple[str, str]:
    assert len(report.errors) == 1, report.errors
    return report.errors[0].path, report.errors[0].message


def used(report: Report) -> RouteCache:
    assert report.configuration is not None, report.errors
    cache = report.configuration.config.routes[0].cache
    assert cache is not None
    return cache


def test_a_word_names_the_cache_and_leaves_the_rest_as_it_is(checked: Checking) -> None:
    cache = used(checked(configuration()))
    assert cache == RouteCache(use="default")
    assert cache.policy() == Policy()


def test_a_mapping_says_more(checked: Checking) -> None:
    cache = used(
        checked(
            configuration(
                cache={
                    "use": "default",
                    "ttl": {"default": "5s", "max": "1h", "heuristic": "20%"},
                    "methods": ["GET"],
                    "statuses": [200, 404],
                    "key": {"ignore_query": ["utm_source"], "sort_query": True, "headers": ["Accept-Language"]},
                    "bypass": {"headers": ["X-No-Cache"], "cookies": ["session"]},
                    "stale_while_revalidate": "10s",
                    "stale_if_error": "1h",
                    "stale_unreachable": "2h",
                    "keep": "3h",
                    "client_directives": "ignore",
                    "set_cookie": "store",
                    "hit_for_miss": "7s",
                }
            )
        )
    )
    assert cache.policy() == Policy(
        default_ttl_s=5.0,
        max_ttl_s=3600.0,
        heuristic_fraction=0.2,
        methods=frozenset({"GET"}),
        statuses=frozenset({200, 404}),
        stale_while_revalidate_s=10.0,
        stale_if_error_s=3600.0,
        stale_unreachable_s=7200.0,
        keep_s=10800.0,
        client_directives=False,
        set_cookie="store",
        hit_for_miss_s=7.0,
    )
    assert cache.key.ignore_query == frozenset({"utm_source"})
    assert (cache.key.headers, cache.bypass.headers) == (("accept-language",), ("x-no-cache",))


def test_a_route_may_ignore_the_whole_query(checked: Checking) -> None:
    assert (
        used(checked(configuration(cache={"use": "default", "key": {"ignore_query": "all"}}))).key.ignore_query == "all"
    )


def test_without_a_max_there_is_none(checked: Checking) -> None:
    assert used(checked(configuration())).policy().max_ttl_s == math.inf


@pytest.mark.parametrize(
    ("memory", "max_object", "kept"),
    [("256MiB", None, 8 * 1024**2), ("1MiB", None, 128 * 1024), ("1MiB", "1KiB", 1024), ("64MiB", "8MiB", 8 * 1024**2)],
)
def test_the_largest_object_fits_eight_times(checked: Checking, memory: str, max_object: str | None, kept: int) -> None:
    report = checked(configuration({"default": {"memory": memory, "max_object": max_object}}))
    assert report.configuration is not None
    assert report.configuration.config.caches["default"].max_object_bytes == kept


@pytest.mark.parametrize(
    ("caches", "path", "says"),
    [
        (
            {"default": {"memory": "8MiB", "max_object": "2MiB"}},
            "caches.default",
            "memory must hold at least 8 responses of max_object: write memory: 16777216B or more,"
            " or max_object: 1048576B",
        ),
        ({"default": {"memory": 0}}, "caches.default", "there is no room for anything"),
        ({"default": {"redis": "redis://h:x"}}, "caches.default.redis", "a host or its port is malformed"),
        ({"default": {"redis": {"url": "redis://h", "ca": "x"}}}, "caches.default.redis", "ca is for TLS"),
        (
            {"default": {"redis": {"url": "rediss://h", "key": "x"}}},
            "caches.default.redis",
            "cert and key go together",
        ),
        ({"default": {"redis": {"timeout": "5ms"}}}, "caches.default.redis", "key 'url' is missing"),
    ],
)
def test_a_faulty_cache_is_an_error(checked: Checking, caches: object, path: str, says: str) -> None:
    place, message = only_error(checked(configuration(caches)))
    assert place == path
    assert says in message


@pytest.mark.parametrize(
    ("cache", "path", "says"),
    [
        ("defualt", "routes[0].cache", "unknown cache 'defualt'; did you mean 'default'?"),
        ({"use": "defualt"}, "routes[0].cache.use", "unknown cache 'defualt'; did you mean 'default'?"),
        (
            {"use": "default", "ttl": {"default": "1h", "max": "5s"}},
            "routes[0].cache.ttl",
            "max (5s) is less than default (3600s)",
        ),
        (
            {"use": "default", "methods": ["GET", "POST"]},
            "routes[0].cache.methods[1]",
            "'POST' is no method whose answers are stored; those of GET and HEAD are",
        ),
        ({"use": "default", "methods": []}, "routes[0].cache.methods", "must not be empty"),
        ({"use": "default", "statuses": [103]}, "routes[0].cache.statuses[0]", "must be at least 200"),
        (
            {"use": "default", "key": {"ignore_query": "utm"}},
            "routes[0].cache.key.ignore_query",
            "'utm' is neither a list of parameters nor the word all",
        ),
        ({"use": "default", "key": {"cookies": ["a b"]}}, "routes[0].cache.key.cookies[0]", "not the name of a cookie"),
        ({"use": "default", "bypas": {}}, "routes[0].cache.bypas", "unknown key 'bypas'; did you mean 'bypass'?"),
    ],
)
def test_a_faulty_use_is_an_error(checked: Checking, cache: object, path: str, says: str) -> None:
    place, message = only_error(checked(configuration(cache=cache)))
    assert place == path
    assert says in message


def test_a_cache_before_no_upstream_is_an_error(checked: Checking) -> None:
    text = configuration(upstream=None, filters=[{"type": "respond", "status": 200}])
    assert only_error(checked(text)) == (
        "routes[0]",
        "there is nothing to cache here: give an upstream or a function, or take the cache out",
    )


def test_a_cache_that_nobody_uses_is_a_warning(checked: Checking) -> None:
    report = checked(configuration({"default": {}, "spare": {}}))
    assert [(each.path, each.message) for each in report.warnings] == [
        ("caches.spare", "cache 'spare' is used by no route; write cache: spare in one, or take it out")
    ]


# What must not be shown


def shown(report: Report) -> Any:
    assert report.configuration is not None, report.errors
    return masked(report.configuration)["caches"]["default"]["redis"]


@pytest.mark.parametrize("written", ["redis://:geheim@h:6379/0", {"url": "redis://:geheim@h:6379/0"}])
def test_a_password_in_the_file_is_shown_as_stars(checked: Checking, written: Any) -> None:
    redis = shown(checked(configuration({"default": {"redis": written}})))
    assert (redis if isinstance(redis, str) else redis["url"]) == "redis://:***@h:6379/0"


def test_a_password_from_the_environment_is_shown_as_it_is_written(checked: Checking) -> None:
    text = configuration({"default": {"redis": "redis://:${WORD}@h"}})
    assert shown(checked(text, {"WORD": "geheim"})) == "redis://:${WORD}@h"


def test_a_url_from_a_file_is_shown_as_it_is_written(checked: Checking, tmp_path: pathlib.Path) -> None:
    (tmp_path / "redis-url").write_text("redis://:geheim@h\n")
    report = checked(configuration({"default": {"redis": {"url": "file:redis-url"}}}))
    assert shown(report) == {"url": "file:redis-url"}
    assert report.configuration is not None
    cache = report.configuration.config.caches["default"]
    assert cache.redis is not None
    assert cache.redis.url == "redis://:geheim@h"
    assert "geheim" not in repr(report.configuration)


def test_a_file_that_is_not_there_is_an_error(checked: Checking) -> None:
    path, message = only_error(checked(configuration({"default": {"redis": "file:gone"}})))
    assert path == "caches.default.redis"
    assert message.startswith("cannot read file:gone: No such file")


# What is explained


USE = {
    "use": "default",
    "key": {"ignore_query": ["utm"], "sort_query": True, "headers": ["Accept-Language"], "cookies": ["currency"]},
    "bypass": {"headers": ["x-no-cache"], "cookies": ["session"]},
}


@pytest.mark.parametrize(
    ("request_", "fields", "line"),
    [
        (
            "GET http://A.example:80/x?b=1&utm=2&a=3",
            [],
            "default: looked up as http://a.example/x?a=3&b=1, header accept-language, cookie currency",
        ),
        ("POST http://a.example/x", [], "default: passed by, method"),
        ("GET http://a.example/x", [("X-No-Cache", "1")], "default: passed by, header"),
        ("GET http://a.example/x", [("Cookie", "a=b; session=1")], "default: passed by, cookie"),
    ],
)
def test_explain_says_what_is_looked_up_or_why_nothing_is(
    checked: Checking, request_: str, fields: list[tuple[str, str]], line: str
) -> None:
    found = checked(configuration(cache=USE)).configuration
    assert found is not None
    lines = list(Explanation(found, parse_request(request_, fields), Client("127.0.0.1", 0, "public")).lines())
    assert lines[lines.index("cache") + 1] == f"  {line}"


def test_the_admins_routes_name_their_caches(checked: Checking) -> None:
    found = checked(configuration()).configuration
    assert found is not None
    assert routes_page(found)[0]["cache"] == "default"
