"""A filter whose guests time out again and again is left out for a while, and longer each time."""

from __future__ import annotations

import asyncio
from typing import Final

import pytest
from kit.faults import POISON, FaultyProxy, faulty, guest
from kit.wire import get

from wasm_host import pool
from wasm_host.backoff import Patience
from wasm_host.pool import QUARANTINE

SPINS: Final = """
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (if (call $poisoned) (then (loop (br 0))))
        (i32.const 0))
"""
either_kind = pytest.mark.parametrize("instances", ["shared", "per_request"])


async def poisoned(proxy: FaultyProxy, times: int) -> None:
    for _ in range(times):
        await proxy.ask(get("/", POISON))


async def status(proxy: FaultyProxy) -> int:
    answer = await proxy.ask()
    assert answer is not None
    return answer.status


@either_kind
async def test_two_timeouts_are_forgiven(instances: str) -> None:
    async with faulty(guest(SPINS), instances=instances) as proxy:
        await poisoned(proxy, QUARANTINE.free)
        assert not proxy.quarantined
        (await proxy.load(poison=get())).check_innocent()


@pytest.mark.parametrize(("on_error", "expected"), [("closed", 503), ("open", 200)])
@either_kind
async def test_after_the_third_the_guest_is_not_called(instances: str, on_error: str, expected: int) -> None:
    async with faulty(guest(SPINS), instances=instances, on_error=on_error) as proxy:
        await poisoned(proxy, QUARANTINE.free + 1)
        assert proxy.quarantined
        assert proxy.traps() == {"timeout": 3}
        load = await proxy.load()
        assert {each.status for each in (*load.innocent, *load.poisoned) if each} == {expected}
        assert proxy.traps() == {"timeout": 3}
        assert proxy.instances == 0


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> Patience:
    """Make quarantines short: a guest that spins is stopped by the real clock, so no other can be put in its place."""
    patience = Patience(free=2, first_s=0.3, most_s=10.0, forget_s=0.8)
    monkeypatch.setattr(pool, "QUARANTINE", patience)
    return patience


@either_kind
async def test_a_quarantine_ends_by_itself_and_the_next_is_longer(instances: str, short: Patience) -> None:
    async with faulty(guest(SPINS), instances=instances) as proxy:
        await poisoned(proxy, short.free + 1)
        assert await status(proxy) == 503
        await asyncio.sleep(short.first_s)
        assert await status(proxy) == 200
        assert not proxy.quarantined
        await poisoned(proxy, 1)
        assert proxy.quarantined
        await asyncio.sleep(short.first_s)
        assert await status(proxy) == 503
        await asyncio.sleep(short.first_s)
        assert await status(proxy) == 200


async def test_a_while_without_a_timeout_is_a_new_beginning(short: Patience) -> None:
    async with faulty(guest(SPINS)) as proxy:
        await poisoned(proxy, short.free + 1)
        await asyncio.sleep(short.forget_s)
        await poisoned(proxy, short.free)
        assert not proxy.quarantined
        assert await status(proxy) == 200
