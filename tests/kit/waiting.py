"""Guests in WAT that may wait for the host, and one that asks it in every way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Self

from kit.wat import exports_of, module_of, wanted_by
from wasm_host.engine import engine
from wasm_host.fibers import FiberInstance, FiberLinked, FiberRunning
from wasm_host.limits import GuestLimits
from wasm_host.memory import Memory, nothing
from wasm_host.signature import HostFunction, Signature


class WatFibers:
    """A module of which some functions may wait; makes guests."""

    def __init__(
        self, wat: str, functions: Sequence[HostFunction] = (), running: FiberRunning | None = None, **limits: float
    ) -> None:
        bounds = GuestLimits(**limits)  # type: ignore[arg-type]
        module = module_of(wat)
        self.exports, self.running = exports_of(module), running or FiberRunning(bounds.call_time_s)
        self.linked = FiberLinked(engine(), module, wanted_by(module, functions), self.exports, bounds, self.running)

    async def guest(self) -> WatFiber:
        return await WatFiber(self).start()


class WatFiber:
    """A guest that may wait. The block ends with its closing."""

    def __init__(self, fibers: WatFibers) -> None:
        self._names = [each.name for each in fibers.exports]
        self.memory = Memory(nothing)
        self.instance = FiberInstance(fibers.linked, self)

    async def start(self) -> Self:
        await self.instance.start()
        self.memory = self.instance.memory
        self._functions = dict(zip(self._names, self.instance.functions, strict=True))
        return self

    async def call(self, name: str, *arguments: int) -> int:
        function = self._functions[name]
        assert function is not None
        return await function(*arguments)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.instance.close()


ASKING = """
(import "env" "ask" (func $ask (param i32) (result i32)))
(import "env" "ask_wide" (func $ask_wide (param i64 i32) (result i64)))
(import "env" "tell" (func $tell (param i32)))
(import "env" "add" (func $add (param i32 i32) (result i32)))
(memory (export "memory") 1)
(func (export "ask") (param i32) (result i32) (call $ask (local.get 0)))
(func (export "ask_wide") (param i64 i32) (result i64) (call $ask_wide (local.get 0) (local.get 1)))
(func (export "tell") (param i32) (call $tell (local.get 0)))
(func (export "add") (param i32 i32) (result i32) (call $add (local.get 0) (local.get 1)))
(func (export "ask_then_trap") (param i32) (drop (call $ask (local.get 0))) unreachable)
(func (export "ask_for_ever") (loop $again (drop (call $ask (i32.const 0))) (br $again)))
(func (export "ask_often") (param $left i32) (result i32)
    (local $sum i32)
    (loop $again
        (local.set $sum (i32.add (local.get $sum) (call $ask (local.get $left))))
        (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    local.get $sum)
(func (export "spin") (loop $again (br $again)))
(func (export "grow") (loop $again (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable)
(func $deeper (export "recurse") (param i32) (result i32)
    (i32.add (i32.const 1) (call $deeper (i32.add (local.get 0) (i32.const 1)))))
"""


async def later(value: int) -> int:
    await asyncio.sleep(0)
    return value + 1


def guests(ask: Callable[[int], Any] = later, *, tell: Callable[[int], Any] = later, **limits: float) -> WatFibers:
    return WatFibers(
        ASKING,
        [
            HostFunction("env", "ask", Signature("i", "i"), ask, waits=True),
            HostFunction("env", "ask_wide", Signature("Ii", "I"), _wide, waits=True),
            HostFunction("env", "tell", Signature("i"), tell, waits=True),
            HostFunction("env", "add", Signature("ii", "i"), lambda a, b: (a + b) % 2**32),
        ],
        **limits,
    )


async def _wide(first: int, second: int) -> int:
    await asyncio.sleep(0)
    return first * 2 + second
