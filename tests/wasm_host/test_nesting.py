"""Calls of a guest from inside a host function that it has called."""

from __future__ import annotations

import asyncio
import gc

import pytest
from kit.wat import exports_of, module_of

from proxy.errors import GuestTimeout, GuestTrap
from wasm_host.engine import engine
from wasm_host.fibers import FiberInstance, FiberLinked, FiberRunning
from wasm_host.limits import GuestLimits
from wasm_host.signature import HostFunction, Signature

COUNTING = """
    (local $left i32) (local.set $left (i32.const 30000000))
    (loop $next (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    """
"""Takes several ticks."""


class Nested:
    """A guest whose `outer` calls the host, which calls its `inner`."""

    def __init__(self, inner: str, **limits: float) -> None:
        wat = f"""(import "env" "ask" (func $ask (param i32) (result i32)))
            (memory (export "memory") 1)
            (func (export "inner") (param i32) (result i32) {inner})
            (func (export "outer") (param i32) (result i32) (i32.add (call $ask (local.get 0)) (i32.const 1000)))"""
        bounds, module = GuestLimits(**limits), module_of(wat)  # type: ignore[arg-type]
        ask = HostFunction("env", "ask", Signature("i", "i"), self._ask)
        running = FiberRunning(bounds.call_time_s)
        self.linked = FiberLinked(engine(), module, [ask], exports_of(module), bounds, running)
        self.instance: FiberInstance | None = None

    def _ask(self, number: int) -> int:
        assert self.instance is not None
        return self.instance.call_inside(0, number)

    async def outer(self, number: int) -> int:
        self.instance = instance = FiberInstance(self.linked, self)
        try:
            await instance.start()
            call = instance.functions[1]
            assert call is not None
            return await call(number)
        finally:
            instance.close(held=False)


async def test_what_the_inner_call_returns_comes_back() -> None:
    assert await Nested("(i32.mul (local.get 0) (i32.const 2))").outer(21) == 1042


async def test_numbers_are_unsigned() -> None:
    assert await Nested("(i32.const -2000)").outer(0) == 2**32 - 1000


async def test_many_calls_leave_nothing_behind() -> None:
    guest = Nested("(local.get 0)")
    for number in range(300):
        assert await guest.outer(number) == number + 1000
        if not number % 50:
            gc.collect()


async def test_a_trap_inside_ends_the_whole_call() -> None:
    with pytest.raises(GuestTrap) as raised:
        await Nested("unreachable").outer(1)
    assert raised.value.reason == "unreachable"


async def test_it_does_not_give_way_at_a_tick() -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    assert await Nested(f"{COUNTING} (local.get 0)", call_time_s=10.0).outer(5) == 1005
    assert turns <= 1
    counting.cancel()


async def test_its_time_is_that_of_the_call() -> None:
    with pytest.raises(GuestTimeout):
        await Nested("(loop $for_ever (br $for_ever)) (i32.const 0)", call_time_s=0.02).outer(0)
