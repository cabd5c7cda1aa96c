"""A guest whose allocator fails, lies, spins or calls back gets an error or is stopped; the host keeps its memory."""

from __future__ import annotations

from typing import Final

import pytest
from kit.faults import POISONERS, faulty, guest

CALM: Final = {
    "nothing left": "(i32.const 0)",
    "beyond the memory": "(i32.const 131072)",
    "across its end": "(i32.const 131071)",
    "the last address": "(i32.const -1)",
}
"""Allocators' answers with which the host function refuses and the guest goes on."""

FATAL: Final = {
    "traps": ("(unreachable)", "unreachable"),
    "spins": ("(loop (br 0)) (i32.const 0)", "timeout"),
    "asks the host again": (
        """(drop (call $get_header_map_pairs (i32.const 0) (i32.const 0) (i32.const 4))) (i32.const 8192)""",
        "stack_overflow",
    ),
}

ASKS_WHEN_POISONED: Final = """
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (if (call $poisoned) (then
            (global.set $lies (i32.const 1))
            (if (i32.ne (call $get_header_map_pairs (i32.const 0) (i32.const 0) (i32.const 4)) (i32.const 6))
                (then unreachable))
            (global.set $lies (i32.const 0))))
        (i32.const 0))
"""


def lying(answer: str, name: str) -> str:
    return f"""
        (global $lies (mut i32) (i32.const 0))
        (func (export "{name}") (param i32) (result i32)
            (if (result i32) (global.get $lies) (then {answer}) (else (i32.const 8192))))
    """


either_name = pytest.mark.parametrize("name", ["malloc", "proxy_on_memory_allocate"])
either_kind = pytest.mark.parametrize("instances", ["shared", "per_request"])


@either_kind
@either_name
@pytest.mark.parametrize("answer", CALM)
async def test_an_allocator_without_a_place_makes_the_function_fail(answer: str, name: str, instances: str) -> None:
    wat = guest(ASKS_WHEN_POISONED, allocator=lying(CALM[answer], name))
    async with faulty(wat, instances=instances) as proxy:
        load = await proxy.load()
        load.check_innocent()
        assert load.statuses == [200] * len(POISONERS)
        assert proxy.traps() == {}


async def test_a_guest_without_an_allocator_is_told_the_same() -> None:
    asks = """
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (if (i32.ne (call $get_header_map_pairs (i32.const 0) (i32.const 0) (i32.const 4)) (i32.const 6))
                (then unreachable))
            (i32.const 0))
    """
    async with faulty(guest(asks, allocator="")) as proxy:
        load = await proxy.load()
        load.check_innocent()
        assert proxy.traps() == {}


@either_kind
@pytest.mark.parametrize("answer", FATAL)
async def test_an_allocator_that_breaks_ends_its_guest(answer: str, instances: str) -> None:
    code, reason = FATAL[answer]
    async with faulty(guest(ASKS_WHEN_POISONED, allocator=lying(code, "malloc")), instances=instances) as proxy:
        load = await proxy.load()
        load.check_innocent()
        assert load.statuses == [500] * len(POISONERS)
        assert proxy.traps() == {reason: len(POISONERS)}


GROWS: Final = """
    (global $lies (mut i32) (i32.const 0))
    (func (export "malloc") (param i32) (result i32)
        (if (i32.eqz (global.get $lies)) (then (return (i32.const 8192))))
        (i32.shl (memory.grow (i32.const 1)) (i32.const 16)))
"""


@either_kind
async def test_an_allocator_may_grow_the_memory_that_the_host_writes_to(instances: str) -> None:
    asks = ASKS_WHEN_POISONED.replace("(i32.const 6))", "(i32.const 0))")
    async with faulty(guest(asks, allocator=GROWS), instances=instances) as proxy:
        load = await proxy.load()
        load.check_innocent()
        assert load.statuses == [200] * len(POISONERS)
