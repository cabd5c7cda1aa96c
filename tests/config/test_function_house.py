"""What functions of one worker share: modules, stores, connections, and the audit log."""

from __future__ import annotations

import json
import os
import pathlib
from collections.abc import AsyncIterator

import pytest
import wasmtime
from kit.deploying import storing
from kit.edge import OK, guest
from kit.function_site import FunctionSite
from kit.http_wasm import Strings

from config.function_house import House, house_settings
from config.function_options import Functions
from config.load import check
from proxy.cache.redis_settings import RedisSettings
from wasm_host.functions.function import Function
from wasm_host.functions.stores.settings import SqliteSettings


@pytest.fixture
async def site(tmp_path: pathlib.Path) -> AsyncIterator[FunctionSite]:
    site = FunctionSite(tmp_path)
    yield site
    await site.close()


def house(site: FunctionSite) -> House:
    made: House = site.graphs[-1].functions.house  # type: ignore[union-attr]
    return made


def stores_of(tmp_path: pathlib.Path, functions: str) -> object:
    text = f"version: 1\nlisteners: [{{name: a, address: 'a:1'}}]\nfunctions: {functions}\n"
    configuration = check(
        f"{text}routes: [{{name: a, filters: [{{type: respond}}]}}]\n", tmp_path, os.environ
    ).configuration
    assert configuration is not None
    assert isinstance(configuration.config.functions, Functions)
    return house_settings(configuration, configuration.config.functions).stores.kv


def test_values_are_kept_where_the_file_says(tmp_path: pathlib.Path) -> None:
    assert stores_of(tmp_path, "{}") is None
    assert stores_of(tmp_path, "{store: functions}") == SqliteSettings(str(tmp_path / "functions/kv.sqlite"))
    assert stores_of(tmp_path, "{kv: {path: own.sqlite}}") == SqliteSettings(str(tmp_path / "own.sqlite"))
    redis = RedisSettings("redis://r", timeout_s=1.0)
    assert stores_of(tmp_path, "{kv: {redis: {url: 'redis://r', timeout: 1s}}}") == redis


async def test_functions_of_one_module_share_it(site: FunctionSite) -> None:
    site.deploy("hello", "one")
    site.deploy("other", "one", config={"a": 1})
    functions = await site.turn()
    one, other = (functions.catalogue.find(name).shares[0].function for name in ("hello", "other"))  # type: ignore[union-attr]
    assert isinstance(one, Function)
    assert isinstance(other, Function)
    assert one is not other
    assert one.module is other.module


async def test_graphs_whose_stores_are_the_same_share_a_house(site: FunctionSite) -> None:
    await site.turn()
    first = house(site)
    site.data["functions"]["defaults"] = {"limits": {"cpu": "20ms"}}
    await site.turn()
    assert house(site) is first
    site.data["functions"]["cache"] = {"memory": "1MiB"}
    await site.turn()
    assert house(site) is not first
    assert (first.graphs, house(site).graphs) == (0, 1)


async def test_what_was_made_for_a_graph_that_never_came_to_be_goes(site: FunctionSite) -> None:
    site.data["functions"]["defaults"] = {"allow": {"http": {"hosts": ["a.test"]}}}
    site.deploy("hello", "one")
    await site.turn()
    before = site.state
    site.state = {**before}
    site.deploy("fine", "two")
    site.deploy("zz", "three", wasm=storing())
    with pytest.raises(Exception, match="zz"):
        site.build(changed=("zz",))
    site.state = before
    await site.turn(changed=())
    assert [name for name, _ in house(site)._tenants] == ["hello"]
    assert house(site).graphs == 1


async def test_values_stay_over_versions_and_graphs(site: FunctionSite) -> None:
    site.data["functions"]["defaults"] = {"allow": {"kv": True}}
    site.deploy("hello", "one", wasm=storing())
    await site.turn()
    site.deploy("hello", "one", wasm=storing(), config={"a": 1})
    await site.turn(changed=("hello",))
    assert await site.ask() == "stored"
    assert (site.directory / "functions/kv.sqlite").exists()


async def test_what_guests_log_is_told_to_whoever_has_taken_over(site: FunctionSite) -> None:
    site.deploy("hello", "one")
    functions = await site.turn()
    version = functions.describe()["hello"]["versions"][0]["version"]
    house(site)._tell({"function": "hello", "version": version})
    assert site.lines == [{"function": "hello", "version": version}]


async def test_denied_calls_are_audited(site: FunctionSite) -> None:
    site.data["functions"]["audit_log"] = "audit.log"
    site.data["functions"]["defaults"] = {"allow": {"kv": {"prefix": "own/"}}}
    strings = Strings()
    snooping = guest(f"(drop (call $kv_get {strings('not/own')})) {OK}", strings)
    site.deploy("hello", "one", wasm=bytes(wasmtime.wat2wasm(f"(module {snooping})")))
    await site.turn()
    await site.ask()
    await site.close()
    [line] = (site.directory / "audit.log").read_text().splitlines()
    told = json.loads(line)
    assert (told["function"], told["call"], told["reason"]) == ("hello", "kv_get", "not_allowed")
    site.graphs.clear()
