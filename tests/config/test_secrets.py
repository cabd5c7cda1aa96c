"""Secrets never come out: not in errors, not in the admin's /config, not in any repr."""

from __future__ import annotations

import json
import pathlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.checking import Checking

from config.configuration import Configuration
from config.explanation import Explanation, parse_request
from config.load import Report, check, masked
from config.routes_page import routes_page
from filters.password import Pbkdf2, hash_secret
from proxy.exchange import Client

HASH = hash_secret("a password", Pbkdf2(1))
SECRETS = st.text(string.ascii_letters + string.digits + "+/$=. '\"\\{}[]:#%&*!-", min_size=4, max_size=24)


def members(secret: str) -> str:
    return f"""\
version: 1
listeners: [{{name: public, address: "127.0.0.1:8080"}}]
filters: {{members: {{type: basic_auth, users: {{demo: {secret}}}}}}}
upstreams: {{api: {{endpoints: ["127.0.0.1:9000"]}}}}
routes: [{{name: all, filters: [members], upstream: api}}]
"""


def whole(report: Report) -> Configuration:
    assert report.errors == []
    assert report.configuration is not None
    return report.configuration


def everything_shown(report: Report) -> str:
    """Return all that anybody could be shown of a report."""
    parts = [str(error) + repr(error) for error in (*report.errors, *report.warnings)] + [repr(report)]
    if report.configuration is not None:
        parts += [json.dumps(masked(report.configuration)), json.dumps(routes_page(report.configuration))]
        parts.append(repr(report.configuration.options))
        request = parse_request("GET http://a.example/", [])
        client = Client("127.0.0.1", 0, report.configuration.config.listeners[0].name)
        parts += Explanation(report.configuration, request, client).lines()
    return "\n".join(parts)


def test_a_secret_from_the_environment_is_shown_as_it_is_written(checked: Checking) -> None:
    report = checked(members('"${HASH}"'), {"HASH": HASH})
    assert masked(whole(report))["filters"]["members"]["users"] == {"demo": "${HASH}"}
    assert HASH not in everything_shown(report)


def test_a_secret_that_stands_in_the_file_is_shown_as_stars(checked: Checking) -> None:
    report = checked(members(f'"{HASH}"'))
    assert masked(whole(report))["filters"]["members"]["users"] == {"demo": "***"}
    assert HASH not in everything_shown(report)


def test_a_secret_from_a_file_is_read_where_the_schema_says_secret(tmp_path: pathlib.Path, checked: Checking) -> None:
    (tmp_path / "demo.hash").write_text(HASH + "\n")
    report = checked(members('"file:demo.hash"'))
    assert masked(whole(report))["filters"]["members"]["users"] == {"demo": "file:demo.hash"}
    assert HASH not in everything_shown(report)


def test_a_file_is_not_read_where_the_schema_does_not_say_secret(tmp_path: pathlib.Path, checked: Checking) -> None:
    (tmp_path / "body").write_text("content")
    text = members(f'"{HASH}"').replace("filters: [members]", "filters: [{type: respond, body: 'file:body'}]")
    configuration = whole(checked(text))
    assert [getattr(options, "body", None) for options in configuration.options.values()] == [None, "file:body"]


def test_a_secret_file_that_is_not_there_is_an_error(checked: Checking) -> None:
    errors = checked(members('"file:gone"')).errors
    assert str(errors[0]) == "3:53: filters.members.users.demo: cannot read file:gone: No such file or directory"


def test_a_secret_file_that_is_no_text_is_an_error_without_its_content(
    tmp_path: pathlib.Path, checked: Checking
) -> None:
    (tmp_path / "binary").write_bytes(b"hidden\xff")
    errors = checked(members('"file:binary"')).errors
    assert "cannot read file:binary" in str(errors[0])
    assert "hidden" not in str(errors[0])


def test_a_faulty_value_of_the_environment_is_named_by_its_variable(checked: Checking) -> None:
    text = members(f'"{HASH}"').replace("upstream: api", "upstream: '${UPSTREAM}'")
    [error] = checked(text, {"UPSTREAM": "abc"}).errors
    assert error.message == "unknown upstream '${UPSTREAM}'; there is 'api'"


def test_a_text_whose_key_tells_is_hidden_without_a_schema(checked: Checking) -> None:
    step = "{type: headers, request: {set: {authorization: Bearer abcdef}, add: {x-api-key: [k1, k2]}}}"
    text = members(f'"{HASH}"').replace("filters: [members]", f"filters: [{step}]")
    shown = masked(whole(checked(text)))["routes"][0]["filters"][0]["request"]
    assert shown == {"set": {"authorization": "***"}, "add": {"x-api-key": ["***", "***"]}}


def test_a_filter_whose_name_tells_hides_nothing(checked: Checking) -> None:
    text = members(f'"{HASH}"').replace("members", "token-auth").replace("type:", "realm: r, type:")
    assert masked(whole(checked(text)))["filters"]["token-auth"]["realm"] == "r"


def test_an_explanation_does_not_say_what_a_secret_header_should_be(checked: Checking) -> None:
    text = members(f'"{HASH}"').replace("name: all,", "name: all, match: {headers: {x-key: '${KEY}'}},")
    report = checked(text, {"KEY": "opensesame"})
    asked = parse_request("GET http://a.example/", [("x-key", "guess")])
    lines = list(Explanation(whole(report), asked, Client("127.0.0.1", 0, "public")).lines())
    assert '  - all  header x-key is "guess", not "${KEY}"' in lines


@pytest.mark.parametrize(
    "place",
    [
        "listeners: [{name: public, address: '${S}'}]",
        "listeners: [{name: public, address: 'a:1', limits: {idle_timeout: '${S}'}}]",
        "workers: '${S}'",
        "access_log: {fields: ['${S}']}",
        "upstreams: {api: {endpoints: ['${S}']}}",
        "upstreams: {api: {endpoints: ['a:1'], balance: '${S}'}}",
        "routes: [{name: all, upstream: '${S}'}]",
        "routes: [{name: all, filters: ['${S}']}]",
        "routes: [{name: all, match: {path: {regex: '(${S}'}, hosts: ['${S}'], methods: ['${S}']}}]",
        "routes: [{name: all, match: {headers: {x-a: '${S}'}, query: {a: '~${S}'}, clients: ['${S}']}}]",
        "filters: {f: {type: '${S}'}}",
        "filters: {f: {type: basic_auth, users: {demo: '${S}'}}}",
        "filters: {f: {type: rate_limit, rate: '${S}'}}",
        "filters: {f: {type: redirect, to: '{${S}}'}}",
        "filters: {f: {type: cors, origins: ['${S}']}}",
        "filters: {f: {type: python, module: 'a:b', config: {x: '${S}'}}}",
        "error_pages: {404: {path: '${S}'}}",
        "admin: {address: '${S}'}",
    ],
)
@given(secret=SECRETS)
def test_what_the_environment_brings_is_never_shown(place: str, secret: str) -> None:
    secret = f"q7{secret}Zx"  # so that it is no part of a message's own words
    base = members(f'"{HASH}"')
    key = place.partition(":")[0]
    lines = [line for line in base.splitlines() if not line.startswith(f"{key}:")]
    report = check("\n".join([*lines, place]), pathlib.Path("/nowhere"), {"S": secret})
    assert secret not in everything_shown(report)


@given(secret=SECRETS)
def test_a_secret_that_is_faulty_is_never_shown(secret: str) -> None:
    secret = f"q7{secret}Zx"
    report = check(members(json.dumps(secret.replace("${", ""))), pathlib.Path("/nowhere"), {})
    assert secret not in everything_shown(report)
