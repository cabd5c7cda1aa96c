"""What json guests import: a log, and a database that is not there."""

from __future__ import annotations

import logging

import pytest
from kit.json_guests import ECHO, IMPORTS, SAID_AT, called, packed, said

from proxy.errors import GuestError, GuestTrap


async def test_its_log_lines_have_their_levels(caplog: pytest.LogCaptureFixture) -> None:
    lines = "".join(f"(call $log (i32.const {level}) (i32.const {SAID_AT}) (i32.const 2))" for level in (1, 2, 3, 4, 9))
    with caplog.at_level(1, "penstock.wasm"):
        await called(IMPORTS + packed(lines + ECHO, said(b"hi")))
    levels = [record.levelno for record in caplog.records if record.getMessage() == "it: hi"]
    assert levels == [logging.INFO, logging.WARNING, logging.ERROR, logging.ERROR]


ASKING = """
    (local $one i32) (local $two i32)
    (local.set $one (call $query (local.get $at) (local.get $size)))
    (local.set $two (call $query (local.get $at) (local.get $size)))
    (if (i32.eq (local.get $one) (local.get $two)) (then unreachable))
    (call $pack (local.get $two) (i32.load (i32.sub (local.get $two) (i32.const 4))))"""


async def test_a_query_is_answered_in_memory_that_the_guest_allocates() -> None:
    response = (await called(IMPORTS + packed(ASKING))).response()
    assert response.body == b'{"Err":"no database configured"}'


async def test_a_query_that_lies_outside_is_refused() -> None:
    code = f"(if (call $query (i32.const -8) (i32.const 9)) (then unreachable)) {ECHO}"
    await called(IMPORTS + packed(code))


async def test_a_long_query_is_refused() -> None:
    code = f"(if (call $query (i32.const 8) (i32.const 65537)) (then unreachable)) {ECHO}"
    await called(IMPORTS + packed(code))


def allocating(code: str) -> str:
    """Replace the allocator: its first call is for the request, the second from within a query."""
    first = "(if (i32.eqz (global.get $calls)) (then (global.set $calls (i32.const 1)) (return (i32.const 65536))))"
    return f"""{IMPORTS} (memory (export "memory") 4) (global $calls (mut i32) (i32.const 0))
        (func (export "allocate") (param i32) (result i32) {first} {code})
        (func (export "handle_request") (param i32 i32) (result i64)
          (drop (call $query (local.get 0) (local.get 1))) (i64.const 0))"""


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("unreachable", "unreachable"),
        ("(i32.const 0)", "out_of_memory"),
        ("(i32.const -8)", None),
        ("(call $query (i32.const 0) (i32.const 0))", "hostcall_misuse"),
        ("(loop $for_ever (br $for_ever)) (i32.const 0)", "timeout"),
    ],
)
async def test_an_allocator_that_fails_in_a_query_fails_the_call(code: str, reason: str | None) -> None:
    with pytest.raises(GuestError) as raised:
        await called(allocating(code), limits={"cpu_s": 0.05})
    assert reason is None or raised.value.reason == reason


async def test_a_start_function_can_be_handed_nothing() -> None:
    start = "(func $begin (drop (call $query (i32.const 0) (i32.const 0)))) (start $begin)"
    with pytest.raises(GuestTrap) as raised:
        await called(IMPORTS + packed(ECHO, start))
    assert raised.value.reason == "hostcall_misuse"
