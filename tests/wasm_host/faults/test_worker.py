"""A real worker under fifty clients and guests that break: how long its loop stands still, and what memory it keeps."""

from __future__ import annotations

import asyncio
import json
import pathlib
from collections.abc import Iterator
from itertools import count
from typing import Final

import pytest
import wasmtime
from kit.faults import CLIENTS, answer, guest
from kit.origin import FakeOrigin, answering
from kit.served import Pulse, Served, served
from kit.wire import connect, get

CALL_TIME_S: Final = 0.05
MEMORY_BYTES: Final = 8 * 1024 * 1024

BREAKS: Final = guest("""
    (func $deeper (param i32) (result i32)
        (i32.add (call $deeper (i32.add (local.get 0) (i32.const 1))) (local.get 0)))
    (func $which (result i32)
        (if (call $get_header_map_value
                (i32.const 0) (i32.const 16) (i32.const 8) (i32.const 0) (i32.const 4))
            (then (return (i32.const 0))))
        (i32.load8_u (i32.load (i32.const 0))))
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (local $which i32)
        (local.set $which (call $which))
        (if (i32.eq (local.get $which) (i32.const 97)) (then (loop (br 0))))
        (if (i32.eq (local.get $which) (i32.const 98)) (then
            (loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
            (memory.fill (i32.const 65536) (i32.const 1)
                (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 65536)))
            unreachable))
        (if (i32.eq (local.get $which) (i32.const 99)) (then (drop (call $deeper (i32.const 1)))))
        (if (i32.eq (local.get $which) (i32.const 100)) (then
            (drop (call $log (i32.const 2) (i32.const 0) (i32.const 131072)))
            (drop (call $set_shared_data
                (i32.const 16) (i32.const 8) (i32.const 0) (i32.const 131072) (i32.const 0)))
            (drop (call $log (i32.const 2) (i32.const -1) (i32.const -1)))))
        (i32.const 0))
    (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32) (i32.const 0))
    (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32) (i32.const 0))
    (func (export "proxy_on_response_body") (param i32 i32 i32) (result i32) (i32.const 0))
    (func (export "proxy_on_log") (param i32))
""")
"""Spins at `x-poison: a`, takes all memory at b, overflows its stack at c, and at d is only a nuisance."""


def configuration(origin: FakeOrigin) -> str:
    filters = {
        kind: {
            "type": "wasm",
            "module": "breaks.wasm",
            "instances": kind,
            "limits": {"memory": f"{MEMORY_BYTES >> 20}MiB", "call_time": f"{CALL_TIME_S * 1000:.0f}ms"},
        }
        for kind in ("shared", "per_request")
    }
    routes = [
        {"name": kind, "match": {"path": {"prefix": f"/{kind}"}}, "filters": [kind], "upstream": "api"}
        for kind in filters
    ]
    return json.dumps(
        {
            "version": 1,
            "workers": 1,
            "listeners": [{"name": "test", "address": "127.0.0.1:0"}],
            "admin": {"address": "127.0.0.1:0"},
            "filters": filters,
            "upstreams": {"api": {"endpoints": [origin.address]}},
            "routes": routes,
        }
    )


class Asked:
    """Fifty clients that share so many requests, of which some are poisoned."""

    def __init__(self, worker: Served, requests: Iterator[bytes]) -> None:
        self._worker, self._requests = worker, requests
        self.statuses: dict[tuple[bool, int | None], int] = {}

    async def all(self) -> Asked:
        await asyncio.gather(*(self._client() for _ in range(CLIENTS)))
        return self

    async def _client(self) -> None:
        wire = await connect(self._worker.address)
        for request in self._requests:
            message = await answer(wire, request)
            key = (b"x-poison" in request, None if message is None else message.status)
            self.statuses[key] = self.statuses.get(key, 0) + 1
            if wire.ended is not None:
                wire = await connect(self._worker.address)
        wire.reset()


def requests(target: str, number: int, *, poisons: str, every: int, most: int) -> Iterator[bytes]:
    """Poison every so-many-th request, by turns, but no more than the most."""
    turns = count()
    for each in range(1, number + 1):
        if each % every == 0 and (turn := next(turns)) < most:
            yield get(target, f"x-poison: {poisons[turn % len(poisons)]}")
        else:
            yield get(target)


@pytest.fixture
def module(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "breaks.wasm").write_bytes(wasmtime.wat2wasm(f"(module {BREAKS})"))
    return tmp_path


async def ask(worker: Served, kind: str, number: int, *, poisons: str, every: int, most: int) -> None:
    """Let the clients ask so often, and see that only what was to break did break."""
    asked = Asked(worker, requests(f"/{kind}", number, poisons=poisons, every=every, most=most))
    statuses = (await asked.all()).statuses
    assert {key for key in statuses if not key[0]} == {(False, 200)}, statuses
    assert {key for key in statuses if key[0]} <= {(True, 200), (True, 500)}, statuses


async def test_no_call_holds_the_loop_for_twice_its_time(module: pathlib.Path) -> None:
    async with FakeOrigin(answering()) as origin, served(module, configuration(origin)) as worker:
        pulse = Pulse(worker)
        pulse.start()
        for kind in ("shared", "per_request"):
            await ask(worker, kind, 500, poisons="abcd", every=50, most=8)
            assert await worker.metric(f'wasm_traps_total{{filter="{kind}",reason="timeout"}}') == 2
            assert await worker.metric(f'wasm_traps_total{{filter="{kind}",reason="out_of_memory"}}') == 2
            assert await worker.metric(f'wasm_traps_total{{filter="{kind}",reason="stack_overflow"}}') == 2
        longest_s = await asyncio.to_thread(pulse.stop)
    assert CALL_TIME_S / 2 < longest_s < 2 * CALL_TIME_S


async def memory_kept(module: pathlib.Path, number: int) -> int:
    """Return by how many bytes a worker grows over so many requests of either kind, after a tenth of them."""
    async with FakeOrigin(answering()) as origin, served(module, configuration(origin)) as worker:

        async def load(number: int) -> int:
            await ask(worker, "shared", number // 2, poisons="bcd", every=number // 10, most=5)
            await ask(worker, "per_request", number // 2, poisons="bcd", every=50, most=number)
            assert await worker.metric('wasm_instances{filter="shared"}') == 1
            assert await worker.metric('wasm_instances{filter="per_request"}') == 0
            return worker.resident_bytes()

        return -await load(max(1000, number // 10)) + await load(number)


async def test_memory_is_given_back(module: pathlib.Path) -> None:
    assert await memory_kept(module, 5_000) < 4 * 1024 * 1024


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_memory_is_given_back_after_a_hundred_thousand_requests(module: pathlib.Path) -> None:
    # What a trap leaves to the garbage collector, a few KiB, may wait for it a long time.
    assert await memory_kept(module, 100_000) < 8 * 1024 * 1024
