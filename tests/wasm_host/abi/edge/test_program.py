"""How an edge module is joined with this host, and how its guests run."""

from __future__ import annotations

import asyncio

import pytest
from kit.edge import OK, Edge, Shelf, Strings, guest, results
from kit.exchanges import make_exchange

from proxy.errors import AbiMismatch, FunctionFailed, GuestTrap
from wasm_host.abi.edge.imports import IMPORTS
from wasm_host.functions.allowance import Allowance
from wasm_host.functions.services import Services
from wasm_host.functions.settings import FunctionSettings

NOTHING = Allowance()
ALL_NAMES = {(each.module, each.name) for each in IMPORTS}


def importing(module: str, name: str, type: str) -> str:
    main = f'(func (export "main") (result i32) {OK})'
    return f'(import "{module}" "{name}" (func {type})) (memory (export "memory") 1) {main}'


def type_of(module: str, name: str) -> str:
    (signature,) = (each.signature for each in IMPORTS if (each.module, each.name) == (module, name))
    types = {"i": "i32", "I": "i64"}
    parameters = "".join(f"(param {types[each]})" for each in signature.parameters)
    return parameters + "".join(f"(result {types[each]})" for each in signature.result)


# -- what is linked


def test_the_abis_own_imports_are_nineteen() -> None:
    assert len([each for each in IMPORTS if each.module == "env"]) == 19


@pytest.mark.parametrize(("module", "name"), sorted(ALL_NAMES))
def test_every_import_links_where_it_is_allowed(module: str, name: str) -> None:
    Edge(importing(module, name, type_of(module, name)))


FREE = {
    "log", "get_shared_buffer", "request_get_method", "request_get_uri", "request_get_body", "request_get_header",
    "request_get_header_names", "response_set_status", "response_set_header", "response_add_header",
    "response_remove_header", "response_set_body", "request_terminate", "request_head", "config_get",
}  # fmt: skip


@pytest.mark.parametrize(("module", "name"), sorted(each for each in ALL_NAMES if each[1] in FREE))
def test_what_needs_no_allowance_links_without_one(module: str, name: str) -> None:
    Edge(importing(module, name, type_of(module, name)), allow=NOTHING)


@pytest.mark.parametrize(("module", "name"), sorted(each for each in ALL_NAMES if each[1] not in FREE))
def test_what_is_not_allowed_is_not_linked_and_the_key_to_add_is_named(module: str, name: str) -> None:
    with pytest.raises(AbiMismatch, match=rf"it imports {module}\.{name}, for which hello needs `allow\.\w+`"):
        Edge(importing(module, name, type_of(module, name)), allow=NOTHING)


def test_to_wait_for_a_subrequest_needs_no_leave_for_http() -> None:
    Edge(importing("penstock", "http_wait", "(param i32) (result i32)"), allow=Allowance(routes=("api",)))


def test_all_that_does_not_fit_is_named_at_once() -> None:
    wat = """(import "env" "cache_gett" (func)) (import "env" "log" (func (param i32)))
        (import "wasi_snapshot_preview1" "fd_write" (func)) (import "env" "kv_get" (func))
        (func (export "main") (param i32) (result i32) (i32.const 0))"""
    with pytest.raises(AbiMismatch) as caught:
        Edge(wat)
    text = str(caught.value)
    for part in (
        "cache_gett, which this host does not offer; did you mean cache_get?",
        "imports env.log as (i32) -> nothing, but that is (i32, i32) -> nothing",
        "imports wasi_snapshot_preview1.fd_write, which this host does not offer",
        "exports no memory called memory",
        "exports main as (i32) -> i32, but that is () -> i32",
    ):
        assert part in text


def test_a_module_without_its_entry_is_refused() -> None:
    with pytest.raises(AbiMismatch, match="it exports no other"):
        Edge(guest(OK), settings=FunctionSettings("hello", "v1", entry="other"))


def test_an_import_may_stand_twice() -> None:
    twice = '(import "env" "log" (func (param i32 i32)))' * 2
    Edge(f'{twice} (memory (export "memory") 1) (func (export "main") (result i32) {OK})')


# -- how it runs


async def test_the_configuration_may_name_another_entry() -> None:
    settings = FunctionSettings("hello", "v1", entry="handle")
    strings = Strings()
    code = f"(drop (call $response_set_body {strings('handled')})) {OK}"
    edge = Edge(guest(code, strings, entry="handle"), settings=settings)
    assert (await edge.answer()).body == b"handled"


async def test_a_main_of_cs_type_is_entered_too() -> None:
    wat = '(memory (export "memory") 1) (func (export "main") (param i32 i32) (result i32) (local.get 1))'
    assert (await Edge(wat).answer()).status == 200


@pytest.mark.parametrize(("result", "said"), [("1", "1"), ("-1", "-1"), ("0x7fffffff", "2147483647")])
async def test_an_entry_that_does_not_return_0_has_failed(result: str, said: str) -> None:
    strings = Strings()
    code = f"(drop (call $response_set_body {strings('half made')})) (i32.const {result})"
    edge = Edge(guest(code, strings))
    with pytest.raises(FunctionFailed, match=f"returned {said}$") as caught:
        await edge.call()
    assert (caught.value.status, edge.ended("function_failed")) == (500, 1)


async def test_every_call_has_a_guest_of_its_own() -> None:
    code = """(global.set $g (i32.add (global.get $g) (i32.const 1)))
        (i32.store (i32.const 65536) (i32.add (i32.load (i32.const 65536)) (i32.const 1)))
        (i32.store (i32.const 65540) (global.get $g))
        (drop (call $response_set_body (i32.const 65536) (i32.const 8))) (i32.const 0)"""
    edge = Edge(guest(code, more="(global $g (mut i32) (i32.const 0))"))
    assert [results((await edge.call()).body) for _ in range(3)] == [[1, 1]] * 3


async def test_a_start_function_may_call_the_host() -> None:
    strings = Strings()
    shelf = Shelf(a=b"from the cache", later=True)
    more = f"(func $start (call $log {strings('starting')}) (drop (call $cache_get {strings('a')}))) (start $start)"
    edge = Edge(guest(OK, strings, more=more), Services(cache=shelf))
    assert (await edge.call()).buffer == b"from the cache"
    assert [each["text"] for each in edge.told] == ["starting"]


async def test_a_start_function_with_a_wild_pointer_is_refused_as_any_other() -> None:
    more = """(func $start (call $log (i32.const 0x7fff0000) (i32.const 4))
        (drop (call $cache_get (i32.const 0x7fff0000) (i32.const 4)))) (start $start)"""
    edge = Edge(guest(OK, more=more), Services(cache=Shelf()))
    assert (await edge.answer()).status == 200
    assert (edge.counted("log", "invalid"), edge.counted("cache_get", "invalid")) == (1, 1)


async def test_a_start_function_that_traps_is_a_trap() -> None:
    edge = Edge(guest(OK, more="(func $start unreachable) (start $start)"))
    with pytest.raises(GuestTrap):
        await edge.call()
    assert edge.running == 0


def test_whether_a_guest_starts_can_be_tried_without_a_request() -> None:
    Edge(guest(OK)).function.try_out()
    with pytest.raises(GuestTrap):
        Edge(guest(OK, more="(func $start unreachable) (start $start)")).function.try_out()


async def test_guests_of_many_calls_wait_at_once_and_keep_apart() -> None:
    strings = Strings()
    code = f"""(drop (call $request_get_uri))
        (drop (call $get_shared_buffer (i32.const 65536) (i32.const 0) (i32.const 3)))
        (drop (call $cache_get {strings("a")})) (drop (call $cache_get {strings("a")}))
        (drop (call $response_set_body (i32.const 65536) (i32.const 3))) {OK}"""
    edge = Edge(guest(code, strings), Services(cache=Shelf(a=b"x", later=True)))
    answers = await asyncio.gather(*(edge.answer(make_exchange(target=f"/{number:02}")) for number in range(50)))
    assert [each.body for each in answers] == [f"/{number:02}".encode() for number in range(50)]
