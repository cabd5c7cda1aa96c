"""What the admin may be sent about functions, and what is said of anything else."""

import base64
from typing import Any

import pytest
from pydantic import ValidationError

from config.document import Document
from config.function_metadata import MOST_TESTS, Deployment, Pointing, Rollback, sticky_of
from config.hash_by import HashBy
from config.problems import placed, validate
from proxy.admin.schemas import SCHEMAS

SIGNATURE = {"key": "ci", "value": base64.b64encode(bytes(64)).decode()}
SHA256 = "0" * 64


def faults(model: Any, **data: Any) -> str:
    _, errors = validate(model, data, Document())
    return "; ".join(map(placed, errors))


def test_a_name_is_all_that_a_deploy_needs() -> None:
    deployment = Deployment.model_validate({"name": "hello"})
    assert (deployment.alias, deployment.percent, deployment.input) == ("live", 100, "request")


def test_all_can_be_said() -> None:
    assert not faults(
        Deployment,
        name="hello",
        description="greets",
        source={"url": "https://builds.example.com/hello.wasm", "sha256": SHA256},
        signature=SIGNATURE,
        alias="staging",
        percent=10,
        sticky={"cookie": "sid"},
        tests=[
            {
                "request": {"method": "POST", "uri": "/a?b=c", "headers": {"X-A": "b"}, "body": "x"},
                "expect": {"status": 201, "body_contains": "x"},
            }
        ],
        entry="main",
        form="packed",
        input="body",
        allow={"cache": True, "http": {"hosts": ["api.example.com"]}},
        limits={"cpu": "10ms", "memory": "1MiB"},
        config={"greeting": "Hello"},
        log_level="debug",
    )


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({}, "key 'name' is missing"),
        ({"name": "../etc"}, "is not the name of a function"),
        ({"name": "deploy"}, "a word of the admin's own"),
        ({"name": "a", "alais": "live"}, "unknown key 'alais'; did you mean 'alias'?"),
        ({"name": "a", "alias": "LIVE"}, "is not the name of an alias"),
        ({"name": "a", "percent": 0}, "percent: must be at least 1"),
        ({"name": "a", "percent": 101}, "percent: must be at most 100"),
        ({"name": "a", "percent": 10.5}, "percent: must be a whole number"),
        ({"name": "a", "percent": 10, "sticky": {"cookie": "a", "client": True}}, "give one of header, cookie and"),
        ({"name": "a", "sticky": {"cookie": "a"}}, "give a percent below 100"),
        ({"name": "a", "allow": {"kvs": True}}, "allow.kvs: unknown key 'kvs'; did you mean 'kv'?"),
        ({"name": "a", "limits": {"memry": "1MiB"}}, "limits.memry: unknown key 'memry'; did you mean 'memory'?"),
        ({"name": "a", "limits": {"cpu": 50}}, "is not a duration"),
        ({"name": "a", "form": "paked"}, "unknown word 'paked'; did you mean 'packed'?"),
        ({"name": "a", "config": 7}, "give a mapping"),
        ({"name": "a", "signature": {"key": "ci"}}, "key 'value' is missing"),
        ({"name": "a", "signature": {**SIGNATURE, "value": "AAAA"}}, "not an Ed25519 signature"),
        ({"name": "a", "signature": {**SIGNATURE, "public_key": "AAAA"}}, "unknown key 'public_key'"),
        ({"name": "a", "source": {"url": "https://a/b"}}, "key 'sha256' is missing"),
        ({"name": "a", "source": {"url": "https://a/b", "sha256": "00"}}, "source.sha256"),
        ({"name": "a", "tests": [{"request": {"uri": "no path"}}]}, "tests[0].request.uri"),
        ({"name": "a", "tests": [{"request": {"uri": "/a\r\nx: y"}}]}, "tests[0].request.uri"),
        ({"name": "a", "tests": [{"request": {"method": "get"}}]}, "did you mean 'GET'?"),
        ({"name": "a", "tests": [{"expect": {"status": 99}}]}, "must be at least 200"),
        ({"name": "a", "tests": [{}] * (MOST_TESTS + 1)}, "tests"),
        ({"name": "a", "description": "x" * 1001}, "description"),
    ],
)
def test_what_is_wrong_is_named(data: dict[str, Any], text: str) -> None:
    assert text in faults(Deployment, **data)


def test_all_faults_are_named_at_once() -> None:
    found = faults(Deployment, name="A", percent=0, colour="red")
    assert found.count(";") >= 2
    assert all(word in found for word in ("name", "percent", "colour"))


@pytest.mark.parametrize(
    "data",
    [
        {"version": "ab12"},
        {"version": 3},
        {"version": "ab12", "percent": 10, "sticky": {"client": True}},
        {"versions": [{"version": 1, "percent": 60}, {"version": "ab", "percent": 40}]},
    ],
)
def test_an_alias_is_pointed_at_one_version_or_two(data: dict[str, Any]) -> None:
    assert not faults(Pointing, **data)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({}, "give either version or versions"),
        ({"version": 1, "versions": [{"version": 1, "percent": 100}]}, "give either version or versions"),
        ({"versions": [{"version": 1, "percent": 100}], "percent": 10}, "percent goes with version"),
        ({"versions": []}, "must not be empty"),
        ({"versions": [{"version": 1, "percent": 1}] * 3}, "versions"),
        ({"version": ""}, "version"),
        ({"version": True}, "version"),
        ({"version": 0}, "version"),
        ({"verison": 1}, "unknown key 'verison'; did you mean 'version'?"),
    ],
)
def test_an_alias_is_pointed_in_no_other_way(data: dict[str, Any], text: str) -> None:
    assert text in faults(Pointing, **data)


def test_a_rollback_needs_nothing_said() -> None:
    assert Rollback.model_validate({}) == Rollback(version=None, alias="live")
    with pytest.raises(ValidationError):
        Rollback.model_validate({"version": []})


def test_a_sticky_key_is_as_the_registry_has_it() -> None:
    assert sticky_of(None) is None
    assert sticky_of(HashBy(cookie="sid")) == {"cookie": "sid"}
    assert sticky_of(HashBy(header="X-User")) == {"header": "x-user"}
    assert sticky_of(HashBy(client=True)) == {"client": True}


@pytest.mark.parametrize("model", [Deployment, Pointing, Rollback])
def test_the_admins_document_has_every_key(model: Any) -> None:
    assert set(SCHEMAS[model.__name__]["properties"]) == set(model.model_fields)
