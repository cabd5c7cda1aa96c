"""The filter type `wasm`, from YAML: its options, and what `check` says of a module that cannot serve."""

from __future__ import annotations

import hashlib
import json
import pathlib
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit import FakeOrigin, Proxy, answering
from kit.checking import Checking
from kit.guests import guest, marking, passing_over_http_wasm, refusing
from pydantic import ValidationError

from config.guest_options import parse_handed_over
from config.json_schema import json_schema
from config.load import masked
from config.wasm import WasmOptions
from proxy.errors import ConfigError
from wasm_host.limits import GuestLimits
from wasm_host.program import GuestSettings

AUTH = "builtin:auth.wasm"
KEY = {"api_keys": {"keys": [{"sha256": hashlib.sha256(b"sesame").hexdigest(), "id": "ali"}]}}


def whole(**options: Any) -> str:
    return json.dumps(
        {
            "version": 1,
            "listeners": [{"name": "one", "address": "127.0.0.1:0"}],
            "filters": {"guest": {"type": "wasm", **options}},
            "upstreams": {"api": {"endpoints": ["127.0.0.1:9"]}},
            "routes": [{"name": "all", "filters": ["guest"], "upstream": "api"}],
        },
        indent=1,
    )


def errors(checked: Checking, environ: Mapping[str, str] | None = None, **options: Any) -> list[ConfigError]:
    return checked(whole(**options), environ).errors


def settings(**options: Any) -> GuestSettings:
    return WasmOptions.model_validate({"module": "x.wasm", **options}).source("guest").settings


def test_what_is_left_out_is_as_wasm_host_has_it() -> None:
    assert settings() == GuestSettings("guest", limits=GuestLimits())


def test_a_word_is_the_modules_path() -> None:
    assert WasmOptions.model_validate({"module": "x.wasm"}).module.path == "x.wasm"


def test_every_option_reaches_the_guest() -> None:
    limits = {
        "memory": "1MiB",
        "table_elements": 7,
        "call_time": "1s",
        "request_time": "2s",
        "body": "3KiB",
        "on_body_overflow": "skip",
        "instances": 4,
        "pause": "5s",
    }
    assert settings(
        config={"a": "ü"},
        vm_config="as it is",
        vm_id="vm",
        root_id="root",
        environment={"TZ": "UTC"},
        limits=limits,
        instances="per_request",
        hold_headers=True,
        log_level="error",
    ) == GuestSettings(
        "guest",
        configuration='{"a":"ü"}'.encode(),
        vm_configuration=b"as it is",
        vm_id="vm",
        root_id="root",
        environment={"TZ": "UTC"},
        limits=GuestLimits(1024 * 1024, 7, 1.0, 2.0, 3 * 1024, "skip", 4, 5.0),
        instances="per_request",
        hold_headers=True,
        log_level=4,
        judge_limits=GuestLimits(1024 * 1024, 7, 1.0, 2.0, 3 * 1024, "skip", 4, 5.0),
    )


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.booleans() | st.lists(st.none())))
def test_a_mapping_is_handed_over_as_json(config: dict[str, Any]) -> None:
    assert json.loads(parse_handed_over(config)) == config


@pytest.mark.parametrize(
    "options",
    [
        {"config": 7},
        {"config": ["a"]},
        {"environment": {"A=B": "1"}},
        {"environment": {"A": 1}},
        {"limits": {"memory": "1KiB"}},
        {"limits": {"memory": "5GiB"}},
        {"limits": {"table_elements": 0}},
        {"limits": {"instances": 1001}},
        {"limits": {"call_time": "0s"}},
        {"instances": "many"},
        {"log_level": "loud"},
        {"hold_headers": 1},
        {"module": {"path": "x.wasm", "sha256": "abc"}},
        {"module": {"sha256": "0" * 64}},
    ],
)
def test_what_cannot_be_meant_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        WasmOptions.model_validate({"module": "x.wasm", **options})


def test_a_module_that_comes_along_needs_no_file(checked: Checking) -> None:
    assert errors(checked, module=AUTH, config=KEY) == []


def test_a_module_of_either_abi_lies_beside_the_configuration(checked: Checking, tmp_path: pathlib.Path) -> None:
    for wasm in (marking("one"), passing_over_http_wasm()):
        (tmp_path / "own.wasm").write_bytes(wasm)
        assert errors(checked, module="own.wasm") == []


def test_a_file_that_is_not_there_is_named(checked: Checking) -> None:
    [error] = errors(checked, module={"path": "gone.wasm"})
    assert (error.path, error.message) == (
        "filters.guest.module.path",
        "cannot read gone.wasm: No such file or directory",
    )


def test_a_module_that_does_not_come_along_is_named_with_one_that_does(checked: Checking) -> None:
    [error] = errors(checked, module="builtin:aut.wasm")
    assert error.message == "no module 'aut.wasm' comes with Penstock; did you mean 'auth.wasm'?"


def test_the_wrong_hash_is_an_error_where_the_hash_stands(checked: Checking, tmp_path: pathlib.Path) -> None:
    wasm = marking("one")
    (tmp_path / "own.wasm").write_bytes(wasm)
    digest = hashlib.sha256(wasm).hexdigest()
    assert errors(checked, module={"path": "own.wasm", "sha256": digest.upper()}) == []
    [error] = errors(checked, module={"path": "own.wasm", "sha256": "0" * 64})
    assert error.path == "filters.guest.module.sha256"
    assert error.message.startswith(f"own.wasm has the sha256 {digest}, not 000")


def test_what_a_module_wants_and_nobody_has_is_named(checked: Checking, tmp_path: pathlib.Path) -> None:
    (tmp_path / "own.wasm").write_bytes(guest('(func (export "proxy_on_log") (param i64))'))
    [error] = errors(checked, module="own.wasm")
    assert error.path == "filters.guest.module.path"
    assert "own.wasm does not fit Proxy-Wasm 0.2.1: it exports proxy_on_log as (i64) -> nothing" in error.message


def test_a_refused_configuration_is_an_error_with_what_the_guest_says(checked: Checking) -> None:
    [error] = errors(checked, module=AUTH, config={"jwt": {"secret": "tiny"}})
    assert error.path == "filters.guest.config"
    first, second = error.message.splitlines()
    assert first == ("builtin:auth.wasm: the guest refused its configuration (proxy_on_configure returned false)")
    assert second.startswith("  error: auth: jwt.secret is shorter than 32 bytes")


def test_what_a_guest_says_is_shown_without_secrets(checked: Checking, tmp_path: pathlib.Path) -> None:
    (tmp_path / "own.wasm").write_bytes(refusing("the token is open-sesame"))
    environ = {"TOKEN": "open-sesame"}
    [error] = errors(checked, environ, module="own.wasm", config={"token": "${TOKEN}"})
    assert error.message.endswith("error: the token is ${TOKEN}")


def test_a_secret_may_come_from_a_file_and_is_masked(checked: Checking, tmp_path: pathlib.Path) -> None:
    (tmp_path / "jwt.key").write_text("a secret that is long enough for it\n")
    report = checked(whole(module=AUTH, config={"jwt": {"secret": "file:jwt.key"}}))
    assert report.configuration is not None, report.errors
    assert b"long enough" in next(iter(report.configuration.options.values())).config  # type: ignore[attr-defined]
    shown = masked(report.configuration)["filters"]["guest"]["config"]
    assert shown == {"jwt": {"secret": "file:jwt.key"}}


def test_an_override_is_tried_too(checked: Checking) -> None:
    given_ = json.loads(whole(module=AUTH, config=KEY))
    given_["routes"][0]["filters"] = [{"use": "guest", "with": {"config": {}}}]
    [error] = checked(json.dumps(given_)).errors
    assert error.path == "routes[0].filters[0].with.config"


def test_the_json_schema_knows_the_options() -> None:
    schema = json_schema()
    [ours] = [each for each in schema["$defs"]["Filter"]["oneOf"] if each["title"] == "wasm"]
    assert set(WasmOptions.model_fields) <= set(ours["properties"])
    assert schema["$defs"]["wasm.Limits"]["properties"]["on_body_overflow"]["enum"] == ["reject", "skip", "truncate"]


async def test_one_filter_serves_all_the_routes_that_name_it() -> None:
    text = json.loads(whole(module=AUTH, config=KEY))
    text["routes"] = [
        {"name": "a", "match": {"path": {"prefix": "/a"}}, "filters": ["guest"], "upstream": "api"},
        {"name": "b", "filters": ["guest"], "upstream": "api"},
    ]
    async with FakeOrigin(answering()) as origin:
        text["upstreams"]["api"]["endpoints"] = [origin.address]
        async with Proxy(json.dumps(text)) as proxy:
            client = await proxy.connect()
            for path in (b"/a", b"/b"):
                await client.send(b"GET " + path + b" HTTP/1.1\r\nHost: a.test\r\nX-API-Key: sesame\r\n\r\n")
                await client.expect_response(200)
            await client.send(b"GET /b HTTP/1.1\r\nHost: a.test\r\n\r\n")
            await client.expect_response(401)
            assert proxy.registry.wasm_instances.child("guest").value == 1


async def test_a_filter_that_a_chain_has_twice_is_two_and_each_sees_the_exchange(tmp_path: pathlib.Path) -> None:
    (tmp_path / "mark.wasm").write_bytes(marking("seen"))
    text = json.loads(whole(module=str(tmp_path / "mark.wasm")))
    text["routes"][0]["filters"] = ["guest", {"use": "guest", "with": {"log_level": "warn"}}, "guest"]
    async with FakeOrigin(answering()) as origin:
        text["upstreams"]["api"]["endpoints"] = [origin.address]
        async with Proxy(json.dumps(text)) as proxy:
            client = await proxy.connect()
            for _ in range(3):
                await client.send(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
                answer = await client.expect_response(200)
                assert answer.all("x-mark") == ["seen"] * 3
            assert proxy.registry.wasm_instances.child("guest").value == 3
