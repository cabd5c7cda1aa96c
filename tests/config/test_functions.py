"""The functions of graphs that follow one another: which are kept, which are new, and what becomes of broken ones."""

from __future__ import annotations

import base64
import pathlib
from collections.abc import AsyncIterator

import pytest
import wasmtime
from kit.deploying import saying, storing
from kit.edge import OK, guest
from kit.function_site import FunctionSite
from kit.http_wasm import Strings

from config.functions import EdgeFunctions
from proxy.errors import ProxyError, StartError
from wasm_host.functions.function import Function


@pytest.fixture
async def site(tmp_path: pathlib.Path) -> AsyncIterator[FunctionSite]:
    site = FunctionSite(tmp_path)
    yield site
    await site.close()


def live(functions: EdgeFunctions, name: str = "hello") -> Function:
    deployment = functions.catalogue.find(name)
    assert deployment is not None
    [share] = deployment.shares
    assert isinstance(share.function, Function)
    return share.function


async def test_a_route_ends_in_what_is_deployed(site: FunctionSite) -> None:
    site.deploy("hello", "one")
    await site.turn()
    assert await site.ask() == "one"


async def test_what_is_not_deployed_is_missing_until_it_is(site: FunctionSite) -> None:
    await site.turn()
    assert await site.ask() == "function_missing"
    site.deploy("hello", "one")
    await site.turn(changed=("hello",))
    assert await site.ask() == "one"


async def test_a_function_from_a_file_goes_before_one_that_is_deployed(site: FunctionSite) -> None:
    (site.directory / "own.wasm").write_bytes(saying("from a file"))
    site.data["functions"]["named"] = {"hello": {"module": "own.wasm"}}
    site.deploy("hello", "deployed")
    await site.turn()
    assert await site.ask() == "from a file"


async def test_the_path_may_name_the_function(site: FunctionSite) -> None:
    site.data["routes"] = [{"name": "any", "match": {"path": {"prefix": "/fn"}}, "function": {"from_path": True}}]
    site.deploy("a", "one")
    site.deploy("b", "two", alias="staging")
    await site.turn()
    assert [await site.ask(f"/fn/{rest}") for rest in ("a", "a/x", "b", "")] == [
        "one",
        "one",
        *["function_missing"] * 2,
    ]


async def test_a_function_in_a_chain_answers_early(site: FunctionSite) -> None:
    site.data["routes"][0] = {"name": "x", "filters": [{"type": "function", "function": "hello"}]}
    site.deploy("hello", "early")
    await site.turn()
    assert await site.ask() == "early"


async def test_a_filter_meets_the_version_of_its_own_graph(site: FunctionSite) -> None:
    site.data["routes"][0] = {"name": "x", "filters": [{"type": "function", "function": "hello"}]}
    site.deploy("hello", "one")
    await site.turn()
    site.deploy("hello", "two")
    await site.turn(changed=("hello",))
    assert await site.ask() == "two"


async def test_a_version_that_did_not_change_is_kept_over_deploys_and_reloads(site: FunctionSite) -> None:
    site.deploy("hello", "one")
    site.deploy("other", "one")
    first = await site.turn()
    kept = live(first)
    site.deploy("other", "two")
    assert live(await site.turn(changed=("other",))) is kept
    site.data["drain_timeout"] = "1s"
    assert live(await site.turn()) is kept


async def test_a_version_is_made_anew_where_its_terms_have_changed(site: FunctionSite) -> None:
    site.deploy("hello", "one")
    before = live(await site.turn())
    site.data["functions"]["defaults"] = {"limits": {"cpu": "20ms"}}
    after = live(await site.turn())
    assert (before.settings.limits.cpu_s, after.settings.limits.cpu_s) == (0.05, 0.02)


async def test_what_a_function_keeps_is_there_for_its_next_version(site: FunctionSite) -> None:
    site.data["functions"]["defaults"] = {"allow": {"cache": True}}
    site.deploy("hello", "one", wasm=remembering())
    await site.turn()
    assert [await site.ask() for _ in range(2)] == ["\0", "\1"]
    site.deploy("hello", "one", wasm=remembering(), config={"other": "settings"})
    await site.turn(changed=("hello",))
    assert await site.ask() == "\2"


async def test_a_version_is_closed_with_the_last_graph_that_has_it(site: FunctionSite) -> None:
    site.deploy("hello", "one")
    old = live(await site.turn())
    site.deploy("hello", "two")
    coming = site.build(changed=("hello",))
    assert await site.ask() == "one"
    assert coming.functions is not None
    await coming.functions.close()
    assert await site.ask() == "one"
    await site.turn(changed=("hello",))
    with pytest.raises(ProxyError, match="is gone"):
        await old.call(None)  # type: ignore[arg-type]


@pytest.mark.parametrize("trouble", ["gone", "damaged", "no module", "not allowed"])
async def test_a_version_that_cannot_run_is_answered_for_beside_the_others(
    site: FunctionSite, trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    wasm = {"no module": b"nothing", "not allowed": storing()}.get(trouble, saying("one"))
    site.deploy("hello", "one", wasm=wasm)
    blob = site.blobs / f"{next(iter(site.state['hello']['versions'].values()))['module']}.wasm"
    if trouble == "gone":
        blob.unlink()
    elif trouble == "damaged":
        blob.write_bytes(blob.read_bytes() + b"\0")
    site.data["routes"].append({"name": "other", "match": {"path": {"exact": "/other"}}, "function": "other"})
    site.deploy("other", "fine")
    functions = await site.turn()
    assert [await site.ask(path) for path in ("/hello", "/other")] == ["function_broken", "fine"]
    [told] = functions.describe()["hello"]["versions"]
    assert told["broken"]
    assert "function hello: version" in caplog.text


async def test_what_is_mended_runs_with_the_next_graph(site: FunctionSite) -> None:
    site.deploy("hello", "one")
    for blob in site.blobs.iterdir():
        blob.write_bytes(b"")
    await site.turn()
    assert await site.ask() == "function_broken"
    site.deploy("hello", "one")
    await site.turn()
    assert await site.ask() == "one"


async def test_a_deploy_of_what_cannot_run_is_refused_and_nothing_has_changed(site: FunctionSite) -> None:
    site.deploy("hello", "one")
    await site.turn()
    before = site.state.copy()
    site.state = {}
    site.deploy("hello", "two", wasm=storing())
    with pytest.raises(StartError, match=r"function hello: .*kv"):
        site.build(changed=("hello",))
    site.state = before
    assert await site.ask() == "one"
    site.deploy("hello", "three")
    await site.turn(changed=("hello",))
    assert await site.ask() == "three"


async def test_a_worker_that_starts_with_it_serves_the_rest(site: FunctionSite) -> None:
    site.deploy("hello", "two", wasm=storing())
    await site.turn(changed=("hello",))
    assert await site.ask() == "function_broken"


async def test_a_file_that_is_no_function_keeps_a_graph_from_being(site: FunctionSite) -> None:
    (site.directory / "own.wasm").write_bytes(b"nothing")
    site.data["functions"]["named"] = {"hello": {"module": "own.wasm"}}
    with pytest.raises(StartError, match=r"function hello: own\.wasm is not a WebAssembly module"):
        site.build()


async def test_two_versions_share_the_calls_and_a_sticky_client_meets_one(site: FunctionSite) -> None:
    site.deploy("hello", "one", "two")
    site.data["routes"].append(
        {
            "name": "sticky",
            "match": {"path": {"exact": "/sticky"}},
            "function": {"name": "hello", "sticky": {"header": "x-user"}},
        }
    )
    await site.turn()
    assert {await site.ask() for _ in range(60)} == {"one", "two"}
    assert len({await site.ask("/sticky", fields=[("X-User", "ann")]) for _ in range(20)}) == 1


async def test_answers_are_cached_apart_from_an_upstreams(site: FunctionSite) -> None:
    site.data |= {"caches": {"c": {"memory": "1MiB"}}}
    site.data["functions"]["defaults"] = {"allow": {"cache": True}}
    site.data["routes"][0] |= {"cache": {"use": "c", "ttl": {"default": "1m"}}}
    site.deploy("hello", "one", wasm=remembering())
    await site.turn()
    assert [await site.ask() for _ in range(3)] == ["\0"] * 3
    [key] = site.graphs[-1].caches["c"].memory.entries
    assert "function:hello" in key


async def test_functions_ask_the_routes_of_the_graph_that_runs(site: FunctionSite) -> None:
    site.data["functions"]["defaults"] = {"allow": {"routes": ["word"]}}
    word = {"name": "word", "match": {"path": {"exact": "/word"}}, "filters": [{"type": "respond", "body": "first"}]}
    site.data["routes"].append(word)
    site.deploy("hello", "one", wasm=asking_a_route())
    await site.turn()
    assert (await site.ask()).endswith("first")
    word["filters"] = [{"type": "respond", "body": "second"}]
    await site.turn()
    assert (await site.ask()).endswith("second")


async def test_the_admin_calls_by_alias_and_by_version(site: FunctionSite) -> None:
    asked = {"method": "POST", "uri": "/?a=1", "headers": [["X-A", "b"]], "body": ""}
    first = site.deploy("hello", "one")
    site.deploy("hello", "two", alias="staging")
    functions = await site.turn()
    told = await functions.invoke("hello", asked)
    assert (told["version"], told["status"], base64.b64decode(told["body"])) == (first, 200, b"one")
    told = await functions.invoke("hello", {**asked, "alias": "staging"})
    assert base64.b64decode(told["body"]) == b"two"
    assert (await functions.invoke("hello", {**asked, "version": told["version"]}))["version"] == told["version"]
    for other in ({"alias": "none"}, {"version": "0" * 16}):
        with pytest.raises(ProxyError) as caught:
            await functions.invoke("hello", {**asked, **other})
        assert (caught.value.status, caught.value.reason) == (404, "function_missing")


async def test_a_configuration_without_functions_has_none(site: FunctionSite) -> None:
    site.data["routes"] = [{"name": "x", "filters": [{"type": "respond"}]}]
    del site.data["functions"]
    assert site.build().functions is None


def module(code: str, strings: Strings) -> bytes:
    return bytes(wasmtime.wat2wasm(f"(module {guest(code, strings)})"))


def remembering() -> bytes:
    """Answer with how often it was called before, one byte, as its cache has it."""
    strings = Strings()
    count = f"""(drop (call $cache_increment {strings("calls")} (i64.const 1) (i32.const 600)))
        (drop (call $get_shared_buffer (i32.const 40000) (i32.const 0) (i32.const 8)))
        (i32.store8 (i32.const 40000) (i32.sub (i32.load8_u (i32.const 40000)) (i32.const 1)))
        (drop (call $response_set_body (i32.const 40000) (i32.const 1)))"""
    return module(f"{count} {OK}", strings)


def asking_a_route() -> bytes:
    """Answer with what /word answers, as `http_wait` has it."""
    strings = Strings()
    head = strings('{"method":"GET","url":"/word"}')
    sent = f"(call $route_send {head} (i32.const 0) (i32.const 0))"
    return module(f"(drop (call $http_wait {sent})) {OK}", strings)
