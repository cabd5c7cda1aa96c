"""The functions of the C API, declared here as wasmtime's own bindings declare them."""

import ast
import ctypes
import pathlib
from importlib.metadata import version
from typing import Any

import pytest
import wasmtime
from kit.waiting import WatFibers
from kit.wasm import Joined
from wasmtime import _bindings as bindings
from wasmtime import _ffi as ffi

from proxy.errors import GuestTrap
from wasm_host import capi
from wasm_host.signature import HostFunction, Signature

ROOT = pathlib.Path(__file__).parents[2]


def declared() -> dict[str, str]:
    """Return the name in C of each function, by ours."""
    found = {}
    for node in ast.parse((ROOT / "wasm_host/capi.py").read_text()).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Call):
            call = node.value
            if (
                isinstance(call.func, ast.Name)
                and call.func.id in ("_function", "_prepared")
                and isinstance(node.target, ast.Name)
            ):
                found[node.target.id] = ast.literal_eval(call.args[0])
    return found


FUNCTIONS = declared()


def shape(kind: Any) -> tuple[int, bool]:
    """Return how many bytes a type takes, and if it is a number."""
    if kind is None:
        return 0, False
    integers = (ctypes.c_int64, ctypes.c_uint64, ctypes.c_size_t, ctypes.c_bool)
    return ctypes.sizeof(kind), kind in integers


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_function_is_declared_as_its_library_has_it(name: str) -> None:
    ours, theirs = getattr(capi, name), getattr(bindings, f"_{FUNCTIONS[name]}")
    declared = getattr(ours, "declared", ours.argtypes)
    assert [shape(each) for each in declared] == [shape(each) for each in theirs.argtypes]
    assert shape(ours.restype)[0] == shape(theirs.restype)[0]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (capi.HOST_CALL, bindings.wasmtime_func_unchecked_callback_t),
        (capi.EPOCH_CALL, bindings._wasmtime_store_epoch_deadline_callback.argtypes[1]),
        (capi.WAITING_HOST_CALL, bindings.wasmtime_func_async_callback_t),
        (capi.CONTINUATION, bindings.wasmtime_func_async_continuation_callback_t),
    ],
    ids=["HOST_CALL", "EPOCH_CALL", "WAITING_HOST_CALL", "CONTINUATION"],
)
def test_each_callback_is_declared_as_its_library_calls_it(ours: Any, theirs: Any) -> None:
    assert [ctypes.sizeof(each) for each in ours._argtypes_] == [ctypes.sizeof(each) for each in theirs._argtypes_]
    assert shape(ours._restype_)[0] == shape(theirs._restype_)[0]


def test_the_functions_are_those_of_the_library_that_the_public_api_loaded() -> None:
    ours = ctypes.cast(capi.store_new, ctypes.c_void_p).value
    assert ours == ctypes.cast(ffi.dll.wasmtime_store_new, ctypes.c_void_p).value


def test_wasmtime_is_the_release_that_this_was_written_for() -> None:
    assert f'"wasmtime=={version("wasmtime")}"' in (ROOT / "pyproject.toml").read_text()


def test_a_value_takes_what_the_raw_calls_reckon_with() -> None:
    assert ctypes.sizeof(ffi.wasmtime_val_raw_t) == 16
    assert capi.EXTERN_VALUE + ctypes.sizeof(ffi.wasmtime_func_t) <= capi.EXTERN_BYTES
    assert capi.EXTERN_VALUE + ctypes.sizeof(ffi.wasmtime_memory_t) <= capi.EXTERN_BYTES
    assert ctypes.sizeof(ffi.wasmtime_instance_t) <= capi.EXTERN_BYTES


def test_what_a_call_left_is_taken_over() -> None:
    trap = capi.reported(None, capi.trap_new(b"by hand", 7))
    assert isinstance(trap, wasmtime.Trap)
    assert trap.message == "by hand"
    error = capi.reported(capi.error_new(b"by hand"), 0)
    assert isinstance(error, wasmtime.WasmtimeError)
    assert "by hand" in str(error)


def test_an_address_is_where_a_public_object_lies() -> None:
    engine = wasmtime.Engine()
    assert capi.address(engine.ptr()) == ctypes.cast(engine.ptr(), ctypes.c_void_p).value
    assert capi.address(None) == 0


LIVES = """
    (import "env" "ask" (func $ask (param i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "none"))
    (func (export "one") (param i32) (result i32) (call $ask (local.get 0)))
    (func (export "two") (param i32 i32))
    (func (export "three") (param i32 i32 i32))
    (func (export "five") (param i32 i32 i32 i32 i64))
    (func (export "grow") (result i32) (memory.grow (i32.const 1)))
    (func (export "trap") unreachable)
    (func $start (drop (call $ask (i32.const 8))))
    (start $start)
"""
PREPARED = {name for name in FUNCTIONS if getattr(capi, name).argtypes is None}
CALLS = [("none",), ("one", 1), ("two", 1, 2), ("three", 1, 2, 3), ("five", 1, 2, 3, 4, 5), ("grow",)]


def watch(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Write down each function that is called with prepared arguments; fail where one is a bare number."""
    called: list[str] = []

    def watched(name: str) -> None:
        function = getattr(capi, name)

        def call(*arguments: Any) -> Any:
            bare = [each for each in arguments if isinstance(each, int | bytes)]
            assert not bare, f"{name} would pass 32 bits of {bare}"
            called.append(name)
            return function(*arguments)

        monkeypatch.setattr(capi, name, call)

    for name in PREPARED:
        watched(name)
    return called


async def test_no_bare_number_is_given_to_a_function_that_would_cut_it(monkeypatch: pytest.MonkeyPatch) -> None:
    called = watch(monkeypatch)
    ask = HostFunction("env", "ask", Signature("i", "i"), lambda number: number)
    joined = Joined(LIVES, [ask])
    for _ in range(2):
        instance = joined.instance()
        for call in CALLS:
            joined.call(instance, *call)
        instance.memory.write(65536, b"grown")
        with pytest.raises(GuestTrap):
            joined.call(instance, "trap")
        instance.close()
    async with await WatFibers(LIVES, [ask]).guest() as guest:
        for name, *arguments in CALLS:
            await guest.call(name, *arguments)
        guest.memory.write(65536, b"grown")
    assert set(called) == PREPARED
