"""Host functions called with places that are not in the guest's memory, and with numbers that make no sense."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

import pytest
from kit.faults import POISON, POISONERS, escaped, faulty, guest
from kit.wire import post

from wasm_host.abi.proxy_wasm.http_calls import MOST_BODY_BYTES
from wasm_host.abi.proxy_wasm.imports import host_functions
from wasm_host.abi.proxy_wasm.numbers import Status
from wasm_host.abi.proxy_wasm.pairs import encode_pairs
from wasm_host.abi.wasi import wasi_functions
from wasm_host.calls import Running

MEMORY_BYTES: Final = 2 * 65536
NOWHERE: Final = 0xFFFF_FFFF

Place: TypeAlias = tuple[int, int]
OUT: Final = (4096,)
"""Where a result goes; a pair is what a function reads."""

DATA: Final = {
    64: b":path",
    80: b"origin",
    96: b"request\0path",
    112: b"clear_route_cache",
    144: encode_pairs([(b":method", b"GET"), (b":path", b"/"), (b":authority", b"a")]),
}
SEGMENTS: Final = "".join(f'(data (i32.const {at}) "{escaped(data)}")' for at, data in DATA.items())
PATH, ORIGIN, PROPERTY, FOREIGN, CALL = ((at, len(data)) for at, data in DATA.items())

CALLS: Final[dict[str, tuple[int | Place | tuple[int], ...]]] = {
    "log": (2, PATH),
    "get_log_level": (OUT,),
    "get_current_time_nanoseconds": (OUT,),
    "get_buffer_bytes": (6, 0, 10, OUT, OUT),
    "set_buffer_bytes": (0, 0, 0, PATH),
    "get_buffer_status": (6, OUT, OUT),
    "get_header_map_size": (0, OUT),
    "get_header_map_pairs": (0, OUT, OUT),
    "set_header_map_pairs": (0, CALL),
    "get_header_map_value": (0, PATH, OUT, OUT),
    "add_header_map_value": (0, PATH, PATH),
    "replace_header_map_value": (0, PATH, PATH),
    "remove_header_map_value": (0, ORIGIN),
    "get_status": (OUT, OUT, OUT),
    "send_local_response": (200, PATH, PATH, CALL, NOWHERE),
    "http_call": (ORIGIN, CALL, PATH, PATH, 1000, OUT),
    "set_shared_data": (PATH, PATH, 0),
    "get_shared_data": (PATH, OUT, OUT, OUT),
    "register_shared_queue": (PATH, OUT),
    "resolve_shared_queue": ((0, 0), PATH, OUT),
    "enqueue_shared_queue": (1, PATH),
    "dequeue_shared_queue": (1, OUT, OUT),
    "define_metric": (0, PATH, OUT),
    "get_metric": (1, OUT),
    "get_property": (PROPERTY, OUT, OUT),
    "set_property": (PATH, PATH),
    "call_foreign_function": (FOREIGN, PATH, OUT, OUT),
}
"""A good call of each function that reads or writes memory; gRPC's are refused before they look."""

WITHOUT_PLACES: Final = {
    "set_tick_period_milliseconds",
    "continue_stream",
    "close_stream",
    "record_metric",
    "increment_metric",
    "done",
    "set_effective_context",
}

FIRST: Final = """
    (drop (call $set_shared_data (i32.const 64) (i32.const 5) (i32.const 0) (i32.const 4) (i32.const 0)))
    (drop (call $register_shared_queue (i32.const 64) (i32.const 5) (i32.const 4096)))
    (loop $more
        (drop (call $enqueue_shared_queue (i32.const 1) (i32.const 64) (i32.const 5)))
        (global.set $queued (i32.add (global.get $queued) (i32.const 1)))
        (br_if $more (i32.lt_u (global.get $queued) (i32.const 20))))
    (drop (call $define_metric (i32.const 0) (i32.const 64) (i32.const 5) (i32.const 4096)))
"""

WILD_PAIRS: Final = (
    (NOWHERE, 4),
    (NOWHERE, NOWHERE),
    (MEMORY_BYTES, 1),
    (MEMORY_BYTES - 1, 2),
    (64, NOWHERE),
    (64, MEMORY_BYTES - 63),
    (0x8000_0000, 0x8000_0000),
)
WILD_OUTS: Final = ((NOWHERE,), (MEMORY_BYTES,), (MEMORY_BYTES - 3,), (0x8000_0000,))


def with_one_wild_place(arguments: tuple[int | Place | tuple[int], ...]) -> Iterator[list[int]]:
    for position, argument in enumerate(arguments):
        if isinstance(argument, tuple):
            for wild in WILD_OUTS if len(argument) == 1 else WILD_PAIRS:
                yield flat((*arguments[:position], wild, *arguments[position + 1 :]))


def flat(arguments: tuple[int | Place | tuple[int], ...]) -> list[int]:
    return [number for each in arguments for number in (each if isinstance(each, tuple) else (each,))]


def written(name: str, numbers: list[int]) -> str:
    return f"(call ${name} {' '.join(f'(i32.const {number})' for number in numbers)})"


def told(name: str, numbers: list[int]) -> Status:
    """Return the status of a call with a wild place; the size of an outgoing body is judged before its place."""
    if name == "http_call" and numbers[5] > MOST_BODY_BYTES:
        return Status.INTERNAL_FAILURE
    return Status.INVALID_MEMORY_ACCESS


@pytest.mark.parametrize("name", CALLS)
async def test_a_wild_place_is_told_and_nothing_else_happens(name: str) -> None:
    attempts = "".join(
        f"(if (i32.ne {written(name, numbers)} (i32.const {told(name, numbers)})) (then unreachable))"
        for numbers in with_one_wild_place(CALLS[name])
    )
    code = f"""
        {SEGMENTS}
        (global $queued (mut i32) (i32.const 0))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (if (call $poisoned) (then {FIRST} {attempts}))
            (i32.const 0))
    """
    async with faulty(guest(code)) as proxy:
        load = await proxy.load()
        load.check_innocent()
        assert load.statuses == [200] * len(POISONERS)
        assert proxy.traps() == {}


def test_no_function_is_left_out() -> None:
    names = {each.name.removeprefix("proxy_") for each in host_functions(Running(1.0), "0_2_1")}
    assert {name for name in names if not name.startswith("grpc_")} == CALLS.keys() | WITHOUT_PLACES


MOMENTS: Final = ("request_headers", "request_body", "response_headers", "response_body")
ODD: Final = (0, 1, 2, 7, 64, 144, 4096, MEMORY_BYTES - 1, MEMORY_BYTES, 0x7FFF_FFFF, 0x8000_0000, NOWHERE - 3, NOWHERE)
ROUNDS: Final = 20
_WIDE: Final = {"i": "(call $odd)", "I": "(i64.extend_i32_s (call $odd))"}


def odd_calls() -> str:
    """Call every function, with arguments drawn from the odd numbers."""
    calls = []
    for each in host_functions(Running(1.0), "0_2_1"):
        arguments = " ".join(_WIDE[letter] for letter in each.signature.parameters)
        calls.append(f"(drop (call ${each.name.removeprefix('proxy_')} {arguments}))")
    for each in wasi_functions(Running(1.0), print, {}):
        if each.module == "wasi_snapshot_preview1" and each.name != "proc_exit":
            arguments = " ".join(_WIDE[letter] for letter in each.signature.parameters)
            calls.append(f"(drop (call ${each.name} {arguments}))")
    return "\n".join(calls)


def wasi_imports() -> str:
    types = {"i": "i32", "I": "i64"}
    return "\n".join(
        f'(import "{each.module}" "{each.name}" (func ${each.name} '
        + "".join(f"(param {types[letter]})" for letter in each.signature.parameters)
        + "(result i32)))"
        for each in wasi_functions(Running(1.0), print, {})
        if each.module == "wasi_snapshot_preview1" and each.name != "proc_exit"
    )


RANDOM: Final = f"""
    (data (i32.const 2048) "{escaped(b"".join(number.to_bytes(4, "little") for number in ODD))}")
    (global $seed (mut i32) (i32.const 12345))
    (func $odd (result i32)
        (global.set $seed (i32.add (i32.mul (global.get $seed) (i32.const 1103515245)) (i32.const 12345)))
        (i32.load offset=2048 (i32.shl (i32.rem_u (i32.shr_u (global.get $seed) (i32.const 8)) (i32.const {len(ODD)}))
            (i32.const 2))))
"""


@pytest.mark.parametrize("instances", ["shared", "per_request"])
@pytest.mark.parametrize("moment", MOMENTS)
async def test_no_odd_argument_harms_the_host_or_another_request(moment: str, instances: str) -> None:
    code = f"""
        {SEGMENTS} {RANDOM}
        (func (export "proxy_on_{moment}") (param i32 i32 i32) (result i32) (local $left i32)
            (if (call $poisoned) (then
                (local.set $left (i32.const {ROUNDS}))
                (loop $on
                    {odd_calls()}
                    (local.set $left (i32.sub (local.get $left) (i32.const 1)))
                    (br_if $on (local.get $left)))
                (drop (call $set_tick_period_milliseconds (i32.const 0)))))
            (i32.const 0))
    """
    wat = guest(code, more_imports=wasi_imports())
    async with faulty(wat, instances=instances, call_time_s=1.0, log_level=5) as proxy:
        load = await proxy.load(post(b"hello"), post(b"hello", POISON))
        load.check_innocent()
        assert proxy.traps() == {}
