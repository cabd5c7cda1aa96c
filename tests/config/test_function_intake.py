"""What a new version goes through: each step refuses what it should, in words that say what to do."""

import pathlib
from collections.abc import Mapping
from typing import Any

import pytest
import wasmtime
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from kit.deploying import saying, signed, storing
from kit.edge import OK, guest
from kit.guests import marking
from kit.registered import sha256

from config import function_intake
from config.desk_settings import DeskSettings
from config.function_intake import Arrival, Intake
from config.function_terms import Terms
from proxy.admin.desk import DeskError
from wasm_host.functions.allowance import Allowance, HttpAllowance, StoreAllowance
from wasm_host.functions.registry.trust import Trust
from wasm_host.functions.settings import FunctionLimits

pytestmark = pytest.mark.usefixtures("compilations_of_this_run")

STORE = pathlib.Path("/nowhere")
"""An intake keeps nothing."""

WITH_KV = Terms(Allowance(kv=StoreAllowance()), FunctionLimits())


async def taken(metadata: Mapping[str, Any], wasm: bytes | None = None, **settings: Any) -> Arrival:
    return await Intake(DeskSettings(STORE, **settings)).take({"name": "hello", **metadata}, wasm, "ann")


async def refusal(metadata: Mapping[str, Any], wasm: bytes | None = None, **settings: Any) -> tuple[int, str]:
    with pytest.raises(DeskError) as caught:
        await taken(metadata, wasm, **settings)
    return caught.value.status, str(caught.value)


async def test_what_is_good_arrives() -> None:
    arrival = await taken({"config": {"a": 1}, "tests": [{"expect": {"status": 200}}]}, saying("hello"))
    deployed = arrival.deployed
    assert (deployed.function, deployed.module, deployed.abi) == ("hello", sha256(saying("hello")), "edge")
    assert (deployed.size, deployed.who, deployed.settings["config"]) == (len(saying("hello")), "ann", {"a": 1})
    assert arrival.wasm == saying("hello")


async def test_metadata_that_are_wrong_are_refused() -> None:
    assert await refusal({"alais": "live"}, b"") == (422, "alais: unknown key 'alais'; did you mean 'alias'?")


async def test_settings_that_are_too_large_are_refused() -> None:
    status, text = await refusal({"config": {"a": "x" * function_intake.LARGEST_SETTINGS_BYTES}}, saying("hello"))
    assert status == 413
    assert "the settings are" in text


async def test_settings_that_are_no_text_are_refused() -> None:
    assert (await refusal({"config": {"a": "\ud800"}}, saying("hello")))[0] == 422


# The module.


@pytest.mark.parametrize("wasm", [b"", b"not web assembly", b"\0asm"])
async def test_what_is_no_module_is_refused(wasm: bytes) -> None:
    status, text = await refusal({}, wasm)
    assert status == 422
    assert "hello" in text


async def test_a_module_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(function_intake, "LARGEST_MODULE_BYTES", 10)
    status, text = await refusal({}, saying("hello"))
    assert status == 413
    assert "the most is 10" in text


async def test_a_module_of_another_kind_is_refused() -> None:
    status, text = await refusal({}, marking("x"))
    assert status == 422
    assert "Proxy-Wasm" in text


async def test_a_module_without_an_entry_is_refused() -> None:
    status, text = await refusal({"entry": "other"}, saying("hello"))
    assert status == 422
    assert "other" in text


async def test_a_module_that_imports_what_nobody_has_is_refused() -> None:
    wat = f'(import "env" "fork" (func)) {guest(OK)}'
    status, text = await refusal({}, bytes(wasmtime.wat2wasm(f"(module {wat})")))
    assert status == 422
    assert "env.fork" in text


async def test_a_module_that_fails_its_own_tests_is_refused() -> None:
    status, text = await refusal({"tests": [{"expect": {"body_contains": "bye"}}]}, saying("hello"))
    assert status == 422
    assert text == "hello fails its own tests: tests[0]: the answer's body, of 5 bytes, does not contain 'bye'"


# What it may reach.


async def test_a_module_that_imports_what_is_not_granted_is_refused() -> None:
    status, text = await refusal({}, storing())
    assert status == 422
    assert "penstock.kv_get" in text
    assert text.endswith("add it under functions.named.hello.allow in the configuration, and reload")


async def test_a_module_that_imports_what_its_metadata_leave_out_is_refused() -> None:
    status, text = await refusal({"allow": {}}, storing(), defaults=WITH_KV)
    assert status == 422
    assert text.endswith("; say so in the metadata's allow")


async def test_a_module_may_have_what_is_granted() -> None:
    await taken({"allow": {"kv": True}}, storing(), defaults=WITH_KV)
    await taken({}, storing(), named={"hello": WITH_KV})


async def test_what_is_granted_to_another_is_not_granted() -> None:
    assert (await refusal({}, storing(), named={"other": WITH_KV}))[0] == 422


async def test_more_than_is_granted_is_refused_with_the_keys_to_add() -> None:
    assert await refusal({"allow": {"kv": True}, "limits": {"cpu": "1s"}}, saying("hello")) == (
        422,
        "hello asks for more than it is granted: add 'functions.named.hello.allow.kv' and "
        "'functions.named.hello.limits.cpu' to the configuration, and reload",
    )


async def test_a_function_from_a_file_is_not_deployed_over() -> None:
    assert await refusal({}, saying("hello"), from_files=frozenset({"hello"})) == (
        409,
        "hello is from a file: change functions.named.hello.module in the configuration",
    )


async def test_a_trial_has_the_configurations_config_where_a_deploy_brings_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[bytes] = []
    monkeypatch.setattr(function_intake, "try_out", lambda _, settings, __: seen.append(settings.configuration))
    for metadata in ({}, {"config": {"own": 1}}):
        await taken(metadata, saying("hello"), configurations={"hello": b"theirs"})
    assert seen == [b"theirs", b'{"own":1}']


# Signatures.


async def test_a_bad_signature_is_refused_before_the_module_is_looked_at() -> None:
    key, stranger = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    wasm = b"not web assembly"
    status, text = await refusal(signed({"name": "hello"}, wasm, stranger), wasm, trust=Trust({"ci": key.public_key()}))
    assert status == 403
    assert "not by 'ci'" in text


async def test_a_signature_covers_what_is_asked_for() -> None:
    key = Ed25519PrivateKey.generate()
    metadata = {**signed({"name": "hello"}, storing(), key), "allow": {"kv": True}}
    status, _ = await refusal(metadata, storing(), trust=Trust({"ci": key.public_key()}), defaults=WITH_KV)
    assert status == 403


async def test_a_signature_leaves_the_alias_open() -> None:
    key = Ed25519PrivateKey.generate()
    metadata = {**signed({"name": "hello"}, saying("hello"), key), "alias": "staging", "description": "x"}
    arrival = await taken(metadata, saying("hello"), trust=Trust({"ci": key.public_key()}))
    assert arrival.deployed.signature is not None


# Pulling.


@pytest.mark.parametrize("has_both", [True, False])
async def test_a_module_comes_in_one_way(has_both: bool) -> None:
    source = {"source": {"url": "https://a/b", "sha256": "0" * 64}} if has_both else {}
    assert await refusal(source, saying("hello") if has_both else None) == (
        422,
        "send either the module, or source: {url, sha256}",
    )


async def test_without_hosts_nothing_is_pulled() -> None:
    status, text = await refusal({"source": {"url": "https://a/b", "sha256": "0" * 64}})
    assert status == 422
    assert "functions.pull" in text


class Builds:
    """A server that has a module, and who may pull from it."""

    def __init__(self, server: TestServer) -> None:
        self.server = server
        self.pull = HttpAllowance((f"127.0.0.1:{server.port}",), plain=True, networks=("127.0.0.0/8",))

    def source(self, path: str, wasm: bytes) -> dict[str, Any]:
        return {"source": {"url": str(self.server.make_url(path)), "sha256": sha256(wasm)}}


@pytest.fixture
async def builds() -> Any:
    async def module(_: web.Request) -> web.Response:
        return web.Response(body=saying("pulled"))

    application = web.Application()
    application.router.add_get("/hello.wasm", module)
    async with TestServer(application) as server:
        yield Builds(server)


async def test_a_module_is_pulled(builds: Builds) -> None:
    arrival = await taken(builds.source("/hello.wasm", saying("pulled")), pull=builds.pull)
    assert arrival.wasm == saying("pulled")
    assert arrival.deployed.size == len(saying("pulled"))


async def test_a_module_that_is_not_the_one_that_was_named_is_refused(builds: Builds) -> None:
    status, text = await refusal(builds.source("/hello.wasm", saying("hello")), pull=builds.pull)
    assert status == 422
    assert "SHA-256" in text


async def test_a_module_that_is_not_there_is_refused(builds: Builds) -> None:
    status, text = await refusal(builds.source("/none.wasm", saying("pulled")), pull=builds.pull)
    assert status == 422
    assert "404" in text


async def test_a_host_that_is_not_allowed_is_refused(builds: Builds) -> None:
    source = builds.source("/hello.wasm", saying("pulled"))
    elsewhere = HttpAllowance(("builds.example.com",), plain=True, networks=("127.0.0.0/8",))
    status, text = await refusal(source, pull=elsewhere)
    assert status == 403
    assert text.startswith("source: ")


async def test_what_is_pulled_is_signed_by_its_hash(builds: Builds) -> None:
    key = Ed25519PrivateKey.generate()
    metadata = signed({"name": "hello", **builds.source("/hello.wasm", saying("pulled"))}, saying("pulled"), key)
    await taken(metadata, pull=builds.pull, trust=Trust({"ci": key.public_key()}))
