"""What the `functions` block and a route's `function` may say."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from kit.checking import Checking
from pydantic import ValidationError

from config.function_options import Functions, RouteFunction, parse_public_key

WHOLE = """\
version: 1
listeners: [{name: public, address: "127.0.0.1:0"}]
upstreams: {api: {endpoints: ["127.0.0.1:9"]}}
functions: %s
routes: [{name: hello, match: {path: {prefix: /hello}}, %s}]
"""


def first_error(checked: Checking, route: str, functions: str = "{store: functions}") -> str:
    return str(checked(WHOLE % (functions, route)).errors[0]).partition(": ")[2]


def test_a_key_is_32_bytes() -> None:
    key = bytes(range(32))
    assert parse_public_key(base64.b64encode(key).decode()) == key
    for wrong in ("", "ci", base64.b64encode(key[1:]).decode(), 7, "*" * 44):
        with pytest.raises(ValueError, match="32 bytes in base64"):
            parse_public_key(wrong)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"kv": {}}, "give either path or redis"),
        ({"kv": {"path": "a", "redis": "redis://h"}}, "give either path or redis"),
        ({"trust": {"keys": {}}}, "at least 1 item"),
        ({"defaults": {"allow": {"secrets": ["A"]}}}, "secrets are one function's own"),
        ({"named": {"a": {"entry": "run"}}}, "entry goes with the module"),
        ({"named": {"Hello": {}}}, "is not the name of a function"),
        ({"named": {"deploy": {}}}, "is a word of the admin's own"),
        ({"pull": {"plain": True}}, "hosts"),
    ],
)
def test_what_is_not_meant_so_is_refused(said: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Functions.model_validate(said)


@pytest.mark.parametrize("said", [{}, {"name": "a", "from_path": True}, {"name": "a", "sticky": {}}, {"alias": "b"}])
def test_a_route_names_one_function(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RouteFunction.model_validate(said)


@pytest.mark.parametrize(
    ("route", "why"),
    [
        ("function: hello, upstream: api", "routes[0]: give either upstream or function"),
        ("match: {path: {exact: /x}}, function: {from_path: true}", "give match.path.prefix"),
        ("cache: c", "routes[0]: nobody answers here: give an upstream, a function,"),
    ],
)
def test_a_route_ends_in_a_function_or_elsewhere(checked: Checking, route: str, why: str) -> None:
    text = (WHOLE % ("{store: functions}", route)).replace("match: {path: {prefix: /hello}}, match", "match")
    assert any(why in str(error) for error in checked(text).errors)


def test_functions_may_be_cached(checked: Checking) -> None:
    assert checked(WHOLE % ("{store: functions}", "function: a, cache: c") + "caches: {c: {}}\n").errors == []


def test_secrets_are_never_shown(checked: Checking) -> None:
    functions = (
        "{store: functions, named: {a-token: {secrets: {K: hush-hush}, allow: {secrets: [K]}, config: {key: v}}}}"
    )
    report = checked(WHOLE % (functions, "function: a-token"))
    assert report.configuration is not None
    named = report.configuration.secrets.masked()["functions"]["named"]["a-token"]
    assert named == {"secrets": {"K": "***"}, "allow": {"secrets": ["K"]}, "config": {"key": "v"}}


def test_a_redis_may_be_a_secret(checked: Checking) -> None:
    for key in ("kv", "cache"):
        error = first_error(checked, "function: a", f"{{store: functions, {key}: {{redis: 'file:none'}}}}")
        assert error == f"functions.{key}.redis: cannot read file:none: No such file or directory"
