"""Names of routes and secrets in `allow`, checked against what there is."""

from __future__ import annotations

from kit.checking import Checking

WHOLE = """\
version: 1
listeners: [{name: public, address: "127.0.0.1:0"}]
functions:
  store: functions
  defaults: {allow: {routes: [%s]}}
  named: {hello: {secrets: {API_KEY: x}, allow: {routes: [%s], secrets: [%s]}}}
routes: [{name: api, function: hello}]
"""


def errors(checked: Checking, *names: str) -> list[str]:
    return [str(error).partition(": ")[2] for error in checked(WHOLE % names).errors]


def test_what_is_there_may_be_named(checked: Checking) -> None:
    assert errors(checked, "api", "api", "API_KEY") == []


def test_routes_that_are_not_there_are_errors_with_the_nearest_name(checked: Checking) -> None:
    assert errors(checked, "apy", "other", "API_KEY") == [
        "functions.defaults.allow.routes[0]: unknown route 'apy'; did you mean 'api'?",
        "functions.named.hello.allow.routes[0]: unknown route 'other'; there is 'api'",
    ]


def test_a_secret_that_is_not_given_is_an_error(checked: Checking) -> None:
    assert errors(checked, "api", "api", "API_KEI") == [
        "functions.named.hello.allow.secrets[0]: there is no secret 'API_KEI' here; did you mean 'API_KEY'?"
    ]


def test_a_function_without_secrets_is_told_where_to_give_one(checked: Checking) -> None:
    text = (WHOLE % ("api", "api", "KEY")).replace("secrets: {API_KEY: x}, ", "")
    assert "; give its value under secrets" in str(checked(text).errors[0])


def test_faulty_shapes_are_the_schemas_affair(checked: Checking) -> None:
    for functions in ("7", "{named: [a]}", "{named: {a: 7}}", "{named: {a: {allow: {routes: 7}}}}"):
        text = f"version: 1\nlisteners: [{{name: a, address: 'a:1'}}]\nfunctions: {functions}\nroutes: []\n"
        assert checked(text).errors
