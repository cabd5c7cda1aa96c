"""The desk: what its calls make of the registry and of what workers run, and what it refuses."""

import asyncio
import pathlib
import threading
from collections.abc import Awaitable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from kit.deploying import Deploying, saying, signed, storing
from kit.registered import sha256

from config.desk_settings import DeskSettings
from config.function_desk import FunctionDesk
from config.function_terms import Terms
from proxy.admin.desk import DeskError
from proxy.errors import StartError
from wasm_host.functions.allowance import Allowance, StoreAllowance
from wasm_host.functions.registry.changes import Delete
from wasm_host.functions.registry.lock import locked
from wasm_host.functions.registry.registry import state_of
from wasm_host.functions.registry.trust import Trust
from wasm_host.functions.settings import FunctionLimits

pytestmark = pytest.mark.usefixtures("compilations_of_this_run")

WITH_KV = Terms(Allowance(kv=StoreAllowance()), FunctionLimits())


@pytest.fixture
def store(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "functions"


@pytest.fixture
def deploying(store: pathlib.Path) -> Deploying:
    return Deploying(store)


async def refusal(asked: Awaitable[Any]) -> tuple[int, str]:
    with pytest.raises(DeskError) as caught:
        await asked
    return caught.value.status, str(caught.value)


# Deploying.


async def test_a_deploy_is_live_in_all_workers_and_on_disk(deploying: Deploying, store: pathlib.Path) -> None:
    answer = await deploying.deploy("hello", description="greets")
    assert answer.pop("duration_ms") > 0
    assert answer == {
        "function": "hello",
        "version": deploying.live()[0]["version"],
        "number": 1,
        "alias": "live",
        "percent": 100,
        "sha256": sha256(saying("hello")),
        "abi": "edge",
        "warnings": [],
    }
    assert state_of(store) == deploying.workers.states[-1]


async def test_what_is_known_of_a_version_is_kept(deploying: Deploying) -> None:
    await deploying.deploy("hello", description="greets", config={"a": 1})
    (version,) = (await deploying.desk.versions("hello"))["versions"]
    assert (version["who"], version["description"], version["settings"]["config"]) == ("ann", "greets", {"a": 1})


async def test_the_module_is_there_before_workers_are_told(deploying: Deploying, store: pathlib.Path) -> None:
    there: list[bool] = []
    blob = store / "blobs" / f"{sha256(saying('hello'))}.wasm"
    deploying.workers.meanwhile = lambda: there.append(blob.exists())
    await deploying.deploy("hello")
    assert there == [True]


async def test_nothing_is_durable_before_workers_have_built_it(deploying: Deploying, store: pathlib.Path) -> None:
    before: list[Any] = []
    deploying.workers.meanwhile = lambda: before.append(state_of(store))
    await deploying.deploy("hello")
    assert before == [{}]


async def test_the_same_again_changes_nothing(deploying: Deploying) -> None:
    first = await deploying.deploy("hello")
    second = await deploying.deploy("hello")
    assert (second["version"], second["number"]) == (first["version"], 1)
    assert second["warnings"] == ["nothing has changed: it was so before"]
    assert len(deploying.workers.states) == 1


async def test_a_canary_leaves_the_rest_to_who_was_there(deploying: Deploying) -> None:
    first = await deploying.deploy("one")
    second = await deploying.deploy("two", percent=10, sticky={"cookie": "sid"})
    assert deploying.live() == [
        {"version": first["version"], "percent": 90},
        {"version": second["version"], "percent": 10},
    ]
    assert deploying.workers.states[-1]["hello"]["aliases"]["live"]["sticky"] == {"cookie": "sid"}


async def test_a_canary_of_nothing_is_refused(deploying: Deploying) -> None:
    assert await refusal(deploying.deploy("one", percent=10)) == (
        422,
        "there is no other version for the other 90 percent",
    )


async def test_what_workers_refuse_is_not_kept(deploying: Deploying, store: pathlib.Path) -> None:
    await deploying.deploy("one")
    before = await deploying.desk.show("hello")
    deploying.workers.refuse = StartError("function hello: no room")
    assert await refusal(deploying.deploy("two")) == (422, "function hello: no room")
    assert await deploying.desk.show("hello") == before
    assert state_of(store) == deploying.workers.states[-1]


async def test_a_store_that_fails_is_told_and_workers_keep_what_they_have(
    deploying: Deploying, store: pathlib.Path
) -> None:
    await deploying.deploy("one")
    file = store / "functions.sqlite"
    deploying.workers.meanwhile = lambda: file.write_bytes(b"not a database" * 1000)
    status, text = await refusal(deploying.deploy("two"))
    assert status == 500
    assert "is damaged" in text
    assert len(deploying.workers.states) == 1


async def test_a_change_does_not_wait_for_a_module_on_trial(
    deploying: Deploying, monkeypatch: pytest.MonkeyPatch
) -> None:
    await deploying.deploy("one")
    await deploying.deploy("two")
    gate, begun = threading.Event(), threading.Event()

    def slow(*_: object) -> None:
        begun.set()
        gate.wait(60)

    monkeypatch.setattr("config.function_intake.try_out", slow)
    slow_deploy = asyncio.create_task(deploying.deploy("three"))
    await asyncio.to_thread(begun.wait, 60)
    await deploying.desk.rollback("hello", {}, deploying.roll_out)
    gate.set()
    assert (await slow_deploy)["number"] == 3


async def test_two_deploys_at_once_come_one_after_the_other(deploying: Deploying) -> None:
    answers = await asyncio.gather(*(deploying.deploy(word) for word in ("one", "two", "three")))
    assert sorted(answer["number"] for answer in answers) == [1, 2, 3]
    assert len(deploying.workers.states) == 3


async def test_another_process_that_changes_something_is_waited_for_only_so_long(
    deploying: Deploying, store: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changing = deploying.desk._registry.changing
    monkeypatch.setattr(deploying.desk._registry, "changing", lambda: changing(within_s=0.01))
    with locked(store / "lock", 0):
        status, text = await refusal(deploying.deploy("one"))
    assert status == 409
    assert "try again" in text


async def test_a_change_that_was_overtaken_is_refused(deploying: Deploying) -> None:
    await deploying.deploy("one")
    registry = deploying.desk._registry
    deploying.workers.meanwhile = lambda: registry.proposed(Delete("hello")).commit()
    status, text = await refusal(deploying.deploy("two"))
    assert status == 409
    assert "changed meanwhile" in text
    assert len(deploying.workers.states) == 1


# Signatures.


async def test_with_trusted_keys_only_what_is_signed_is_deployed(store: pathlib.Path) -> None:
    key = Ed25519PrivateKey.generate()
    deploying = Deploying(store, trust=Trust({"ci": key.public_key()}))
    status, text = await refusal(deploying.deploy("one"))
    assert status == 403
    assert "is not signed" in text
    metadata = signed({"name": "hello", "config": {"a": 1}}, saying("one"), key)
    await deploying.desk.deploy(metadata, saying("one"), deploying.roll_out)
    assert (await deploying.desk.versions("hello"))["versions"][0]["key"] == "ci"


async def test_a_version_whose_key_has_gone_is_not_gone_back_to(store: pathlib.Path) -> None:
    old, new = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    deploying = Deploying(store, trust=Trust({"old": old.public_key(), "new": new.public_key()}))
    for word, key, name in (("one", old, "old"), ("two", new, "new")):
        await deploying.desk.deploy(
            signed({"name": "hello"}, saying(word), key, name), saying(word), deploying.roll_out
        )
    strict = Deploying(store, trust=Trust({"new": new.public_key()}))
    for asked in (
        strict.desk.rollback("hello", {}, strict.roll_out),
        strict.desk.rollback("hello", {"version": 1}, strict.roll_out),
        strict.desk.point("hello", "live", {"version": 1}, strict.roll_out),
    ):
        status, text = await refusal(asked)
        assert status == 403
        assert "no key 'old' is trusted" in text


async def test_a_signature_that_nobody_looks_at_is_not_kept(deploying: Deploying) -> None:
    metadata = signed({"name": "hello"}, saying("one"), Ed25519PrivateKey.generate())
    await deploying.desk.deploy(metadata, saying("one"), deploying.roll_out)
    assert (await deploying.desk.versions("hello"))["versions"][0]["key"] is None


# Aliases.


async def test_an_alias_is_pointed_by_number_id_or_prefix(deploying: Deploying) -> None:
    first = await deploying.deploy("one")
    await deploying.deploy("two")
    for reference in (1, "1", first["version"], first["version"][:6]):
        await deploying.desk.point("hello", "live", {"version": 2}, deploying.roll_out)
        answer = await deploying.desk.point("hello", "live", {"version": reference}, deploying.roll_out, who="bob")
        assert answer["versions"] == deploying.live() == [{"version": first["version"], "percent": 100}]
    assert (await deploying.desk.show("hello"))["history"]["live"][-1]["who"] == "bob"


async def test_an_alias_is_pointed_at_two(deploying: Deploying) -> None:
    ids = [(await deploying.deploy(word))["version"] for word in ("one", "two")]
    asked = {"versions": [{"version": 1, "percent": 70}, {"version": 2, "percent": 30}], "sticky": {"client": True}}
    answer = await deploying.desk.point("hello", "beta", asked, deploying.roll_out)
    assert answer["versions"] == deploying.live(alias="beta")
    assert answer["versions"] == [{"version": ids[0], "percent": 70}, {"version": ids[1], "percent": 30}]
    assert answer["sticky"] == {"client": True}


async def test_an_alias_is_pointed_by_percent(deploying: Deploying) -> None:
    ids = [(await deploying.deploy(word))["version"] for word in ("one", "two")]
    await deploying.desk.point("hello", "live", {"version": 1, "percent": 25}, deploying.roll_out)
    assert deploying.live() == [{"version": ids[1], "percent": 75}, {"version": ids[0], "percent": 25}]


@pytest.mark.parametrize(
    ("alias", "change", "status", "text"),
    [
        ("live", {}, 422, "give either version or versions"),
        ("live", {"version": "ffff"}, 404, "hello has no version 'ffff'"),
        ("live", {"version": 1, "percent": 10}, 422, "no other version"),
        ("live", {"versions": [{"version": 1, "percent": 50}]}, 422, "100 together"),
        ("live", {"versions": [{"version": 1, "percent": 50}, {"version": "1", "percent": 50}]}, 422, "the same"),
        ("LIVE", {"version": 1}, 422, "is not the name of an alias"),
    ],
)
async def test_an_alias_is_not_pointed_at_what_cannot_be(
    deploying: Deploying, alias: str, change: dict[str, Any], status: int, text: str
) -> None:
    await deploying.deploy("one")
    found = await refusal(deploying.desk.point("hello", alias, change, deploying.roll_out))
    assert found[0] == status
    assert text in found[1]
    assert len(deploying.workers.states) == 1


async def test_an_alias_that_nobody_asks_for_can_go(deploying: Deploying) -> None:
    await deploying.deploy("one", alias="beta")
    await deploying.desk.unalias("hello", "beta", deploying.roll_out)
    assert deploying.workers.states[-1] == {}


async def test_an_alias_that_a_route_asks_for_stays(store: pathlib.Path) -> None:
    deploying = Deploying(store, routes={("hello", "live"): "greeting"})
    await deploying.deploy("one")
    assert await refusal(deploying.desk.unalias("hello", "live", deploying.roll_out)) == (
        409,
        "route greeting asks for 'live' of hello: change the route first",
    )


# Rolling back.


async def test_a_rollback_leads_back_step_by_step(deploying: Deploying) -> None:
    ids = [(await deploying.deploy(word))["version"] for word in ("one", "two", "three")]
    for id in (ids[1], ids[0]):
        answer = await deploying.desk.rollback("hello", {}, deploying.roll_out)
        assert answer["versions"] == deploying.live() == [{"version": id, "percent": 100}]
    status, text = await refusal(deploying.desk.rollback("hello", {}, deploying.roll_out))
    assert status == 409
    assert "no other version before; name one" in text


async def test_a_rollback_may_name_a_version(deploying: Deploying) -> None:
    ids = [(await deploying.deploy(word))["version"] for word in ("one", "two", "three")]
    await deploying.desk.rollback("hello", {"version": 1}, deploying.roll_out)
    assert deploying.live() == [{"version": ids[0], "percent": 100}]


async def test_a_rollback_of_what_is_not_there_is_refused(deploying: Deploying) -> None:
    assert await refusal(deploying.desk.rollback("none", {}, deploying.roll_out)) == (
        404,
        "no function 'none' is deployed",
    )


# Deleting.


async def test_a_function_is_deleted(deploying: Deploying, store: pathlib.Path) -> None:
    await deploying.deploy("one")
    await deploying.desk.delete("hello", deploying.roll_out)
    assert deploying.workers.states[-1] == state_of(store) == {}
    assert (await refusal(deploying.desk.show("hello")))[0] == 404


async def test_a_function_that_a_route_asks_for_is_deleted_by_force_only(store: pathlib.Path) -> None:
    deploying = Deploying(store, routes={("hello", "beta"): "greeting"})
    await deploying.deploy("one")
    status, text = await refusal(deploying.desk.delete("hello", deploying.roll_out))
    assert status == 409
    assert "route greeting asks for hello" in text
    await deploying.desk.delete("hello", deploying.roll_out, force=True)
    assert deploying.workers.states[-1] == {}


async def test_a_function_that_is_not_there_cannot_be_deleted(deploying: Deploying) -> None:
    assert (await refusal(deploying.desk.delete("hello", deploying.roll_out)))[0] == 404


# Functions from files.


async def test_a_function_from_a_file_is_shown_but_not_changed(store: pathlib.Path) -> None:
    deploying = Deploying(store, from_files=frozenset({"hello"}))
    shown = {"name": "hello", "from_file": True, "aliases": {}}
    assert await deploying.desk.list() == {"functions": [shown]}
    assert await deploying.desk.show("hello") == {**shown, "history": {}, "versions": []}
    for asked in (
        deploying.deploy("one"),
        deploying.desk.point("hello", "live", {"version": 1}, deploying.roll_out),
        deploying.desk.rollback("hello", {}, deploying.roll_out),
    ):
        status, text = await refusal(asked)
        assert status == 409
        assert "functions.named.hello.module" in text


# What is shown.


async def test_functions_are_listed_by_name(store: pathlib.Path) -> None:
    deploying = Deploying(store, from_files=frozenset({"b"}))
    for name in ("c", "a"):
        await deploying.deploy("one", name)
    assert [each["name"] for each in (await deploying.desk.list())["functions"]] == ["a", "b", "c"]


async def test_versions_are_shown_in_the_order_of_their_numbers(deploying: Deploying) -> None:
    for number in range(11):
        await deploying.deploy("one", config={"number": number})
    assert [each["number"] for each in (await deploying.desk.versions("hello"))["versions"]] == list(range(1, 12))


# What is granted.


async def test_a_module_that_uses_what_is_granted_is_deployed(store: pathlib.Path) -> None:
    deploying = Deploying(store, named={"hello": WITH_KV})
    await deploying.desk.deploy({"name": "hello"}, storing(), deploying.roll_out)
    assert deploying.live()


async def test_a_store_that_cannot_be_opened_is_told(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match=r"functions\.store: "):
        FunctionDesk(DeskSettings(tmp_path / "file" / "functions"))
