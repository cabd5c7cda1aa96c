"""A guest that takes more than its limits allow is stopped; other requests do not notice."""

from __future__ import annotations

from typing import Final

import pytest
from kit.faults import CLIENTS, POISON, POISONERS, faulty, guest
from kit.wire import eventually, get, post

either_kind = pytest.mark.parametrize("instances", ["shared", "per_request"])
whatever_it_means = pytest.mark.parametrize(("on_error", "status"), [("closed", 500), ("open", 200)])

PAGES: Final = 256
MEMORY_BYTES: Final = PAGES * 65536


def at_request(poisoned: str, *, more: str = "") -> str:
    return f"""
        {more}
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (local $at i32)
            (if (call $poisoned) (then {poisoned}))
            (i32.const 0))
    """


SPINS: Final = at_request("(loop (br 0))")

GROWS_AND_TRAPS: Final = at_request("""
    (loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
    (local.set $at (i32.shl (memory.size) (i32.const 16)))
    (loop $touch
        (local.set $at (i32.sub (local.get $at) (i32.const 65536)))
        (i32.store (local.get $at) (i32.const 1))
        (br_if $touch (local.get $at)))
    unreachable
""")

GROWS_AND_GOES_ON: Final = GROWS_AND_TRAPS.replace("unreachable", "")

OVERFLOWS_ITS_STACK: Final = at_request(
    "(drop (call $deeper (i32.const 1)))",
    more="""(func $deeper (param i32) (result i32)
        (i32.add (call $deeper (i32.add (local.get 0) (i32.const 1))) (local.get 0)))""",
)

GROWS_ITS_TABLE: Final = at_request(
    """
    (loop $more (br_if $more (i32.ne (table.grow (ref.null func) (i32.const 1000)) (i32.const -1))))
    (if (i32.gt_u (table.size) (i32.const 10000)) (then (return (i32.const 1))))
    unreachable
    """,
    more="(table 1 funcref)",
)

GREEDY: Final = {
    "spins": (SPINS, "timeout"),
    "takes all memory": (GROWS_AND_TRAPS, "out_of_memory"),
    "overflows its stack": (OVERFLOWS_ITS_STACK, "stack_overflow"),
    "takes all its table": (GROWS_ITS_TABLE, "unreachable"),
}


@whatever_it_means
@either_kind
@pytest.mark.parametrize("greed", GREEDY)
async def test_a_greedy_guest_breaks_its_own_request_alone(
    greed: str, instances: str, on_error: str, status: int
) -> None:
    code, reason = GREEDY[greed]
    async with faulty(guest(code), instances=instances, on_error=on_error, memory_bytes=MEMORY_BYTES) as proxy:
        load = await proxy.load()
        load.check_innocent()
        assert load.statuses == [status] * len(POISONERS)
        assert proxy.traps() == {reason: len(POISONERS)}
        assert not proxy.quarantined
        answer = await proxy.ask()
        assert answer is not None
        assert answer.status == 200


@either_kind
async def test_a_guest_may_have_all_the_memory_of_its_limit(instances: str) -> None:
    async with faulty(guest(GROWS_AND_GOES_ON), instances=instances, memory_bytes=MEMORY_BYTES) as proxy:
        load = await proxy.load()
        load.check_innocent()
        assert load.statuses == [200, 200]
        assert proxy.traps() == {}


BUSY_AT_EACH_PIECE: Final = """
    (global $piece (mut i32) (i32.const 0))
    (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32) (local $left i32)
        (if (call $poisoned) (then
            (local.set $left (i32.const 30000000))
            (loop $on
                (local.set $left (i32.sub (local.get $left) (i32.const 1)))
                (br_if $on (local.get $left)))))
        (i32.const 0))
"""


async def test_a_request_whose_calls_take_too_long_together_is_stopped() -> None:
    limits = {"call_time_s": 1.0, "request_time_s": 0.01}
    async with faulty(guest(BUSY_AT_EACH_PIECE), **limits) as proxy:
        load = await proxy.load(post(b"hello"), post(b"hello", POISON))
        load.check_innocent()
        assert load.statuses == [500, 500]
        assert proxy.traps() == {"timeout": 2}
        assert proxy.instances == 1


PAUSED_FOR_EVER: Final = {
    moment: f'(func (export "proxy_on_{moment}") (param i32 i32 i32) (result i32) (call $poisoned))'
    for moment in ("request_headers", "request_body", "response_headers", "response_body")
}


@pytest.mark.parametrize(("on_error", "status"), [("closed", 504), ("open", 200)])
@either_kind
@pytest.mark.parametrize("moment", PAUSED_FOR_EVER)
async def test_a_pause_that_nothing_ends_is_ended(moment: str, instances: str, on_error: str, status: int) -> None:
    async with faulty(guest(PAUSED_FOR_EVER[moment]), instances=instances, on_error=on_error, pause_s=0.05) as proxy:
        load = await proxy.load(post(b"hello"), post(b"hello", POISON))
        load.check_innocent()
        assert load.statuses == [status] * len(POISONERS)
        assert proxy.traps() == {"pause_timeout": len(POISONERS)}
        assert proxy.instances == (instances == "shared")


PAUSES_ALL: Final = """
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (i32.const 1))
"""


async def test_what_is_over_the_limit_of_instances_is_refused_and_nothing_else() -> None:
    async with faulty(guest(PAUSES_ALL), instances="per_request", instances_limit=20, pause_s=0.3) as proxy:
        load = await proxy.load(rounds=1)
        statuses = sorted(each.status for each in (*load.innocent, *load.poisoned) if each)
        assert statuses == [503] * 30 + [504] * 20
        assert proxy.instances == 0
        assert proxy.traps() == {"pause_timeout": 20}


async def test_clients_that_leave_a_pause_free_its_instances() -> None:
    async with faulty(guest(PAUSES_ALL), instances="per_request", instances_limit=CLIENTS) as proxy:
        wires = [await proxy.connect() for _ in range(CLIENTS)]
        for wire in wires:
            await wire.send(get())
        assert await eventually(lambda: proxy.instances == CLIENTS)
        for wire in wires:
            wire.reset()
        assert await eventually(lambda: not proxy.instances)
