"""Calls of guests that may wait for the host.

Such a guest runs on a stack of its own. A host function that has to wait returns a coroutine, and the guest sleeps
while whoever called it awaits that coroutine: no Task, no thread, no Python frame kept on the guest's stack. A guest
that computes gives way to the event loop at every tick.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from ctypes import addressof, c_uint64, c_void_p, memmove, string_at
from struct import Struct
from typing import Any, Final, TypeVar

import wasmtime

from proxy.errors import GuestTrap, GuestUnavailable
from proxy.runtime import NEVER, Waiter, monotonic
from wasm_host import capi
from wasm_host.berth import Places
from wasm_host.calls import Linked, Running, Slots, defined, new_store, trapped
from wasm_host.engine import TICK_S
from wasm_host.memory import Memory, nothing
from wasm_host.signature import HostFunction

_VALUE_BYTES: Final = 32
"""wasmtime_val_t: its kind, then at offset 8 what it holds."""
_VALUE: Final = Struct("<B7xQ")
_KINDS: Final = {"i": 0, "I": 1}
_MASKS: Final = {"i": 2**32 - 1, "I": 2**64 - 1}
_ARGUMENT: Final = {"i": "8xI20x", "I": "8xQ16x"}

T = TypeVar("T")

Store = Callable[[int, Any], None]
"""Writes a host function's result to its place, given by its address."""


class FiberRunning(Running):
    """Which guest runs, what it waits for, and since when it has kept the event loop.

    `waiting` is what the last host function left to be awaited, how its result is stored, and where.
    """

    __slots__ = ("_callback", "_has_loop_since", "continuation", "waiting")

    def __init__(self, call_time_s: float) -> None:
        super().__init__(call_time_s)
        self.waiting: tuple[Awaitable[Any], Store, int] | None = None
        self._has_loop_since = NEVER  # A guest that is called on the loop's own stack cannot give way.
        self._callback = capi.CONTINUATION(self._arrived)
        self.continuation = Struct("<QQQ").pack(capi.address(self._callback), 0, 0)

    def _arrived(self, _: object) -> bool:
        """Tell a guest if what it waits for is there: the driver takes it up, and polls again when it has it."""
        return self.waiting is None

    def resume(self, guest: Any, call_time_s: float, spent_s: float, *, from_loop: bool) -> None:
        """Note that a guest goes on, in a call that has run for so long, and may for so long."""
        self.guest, self.call_time_s, self.stopped = guest, call_time_s, False
        now = monotonic()
        self.began = now - spent_s
        if from_loop:
            self._has_loop_since = now

    def suspend(self) -> tuple[float, tuple[Awaitable[Any], Store, int] | None]:
        """Return how long the guest has run in this call, and what it waits for."""
        waiting, self.waiting = self.waiting, None
        return monotonic() - self.began, waiting

    def lets_go(self) -> bool:
        # A tick that met the guest as it began, or went on, is none of its doing.
        return monotonic() - self._has_loop_since > TICK_S / 2


class FiberLinked(Linked):
    """A module joined with host functions of which some may wait; takes a FiberRunning."""

    running: FiberRunning

    def _define(self, linker: wasmtime.Linker, function: HostFunction) -> tuple[Any, ...]:
        if not function.waits:
            return super()._define(linker, function)
        return defined(linker, function, _waiting_call(function, self.running), capi.linker_define_async)


def _waiting_call(function: HostFunction, running: FiberRunning) -> Any:
    """Make the C function for a host function that may wait. Nothing may be raised out of it."""
    call, parameters = function.call, function.signature.parameters
    unpack, size = Struct("<" + "".join(_ARGUMENT[each] for each in parameters)).unpack, _VALUE_BYTES * len(parameters)
    store = _store(function.signature.result)

    def begin(
        _: object, __: object, arguments: int, ___: int, result: int, ____: int, trap: int, continuation: int
    ) -> None:
        # First: without a continuation, whatever is raised here ends the process.
        memmove(continuation, running.continuation, 24)
        try:
            answer = call(*unpack(string_at(arguments, size)))
            if answer is None or type(answer) is int:
                store(result, answer)
            else:
                running.waiting = answer, store, result
        except BaseException as error:
            c_void_p.from_address(trap).value = trapped(running, error)

    return capi.WAITING_HOST_CALL(begin)


def _store(kind: str) -> Store:
    if not kind:
        return lambda _, __: None
    number, mask, pack = _KINDS[kind], _MASKS[kind], _VALUE.pack

    def store(place: int, value: int) -> None:
        memmove(place, pack(number, value & mask), 16)

    return store


async def _answer_of(awaitable: Awaitable[Any]) -> Any:
    try:
        return await awaitable
    except asyncio.CancelledError:
        await _stay_cancelled()
        raise GuestTrap("what the guest waited for was cancelled", reason="cancelled") from None


async def _stay_cancelled() -> None:
    """Raise CancelledError if it is the running Task or Strand that was cancelled."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
    turn: Waiter[None] = Waiter()
    asyncio.get_running_loop().call_soon(turn.wake, None)
    await turn  # Not in a Strand that was cancelled.


def at_once(call: Coroutine[Any, Any, T]) -> T:
    """Finish a call in which nothing waits, without the loop; raises GuestTrap if something does."""
    try:
        while call.send(None) is None:  # It only gave way.
            pass
    except StopIteration as ended:
        result: T = ended.value
        return result
    call.close()
    raise GuestTrap("it waits where it may not", reason="hostcall_misuse")


class _Frame:
    """Where one call's trap, error, arguments and result lie, until it is over."""

    __slots__ = ("_words", "arguments", "reports", "result", "words")

    def __init__(self, arguments: int) -> None:
        self._words = (c_uint64 * (6 + 4 * arguments))()
        self.words = memoryview(self._words).cast("B").cast("Q")
        start = addressof(self._words)
        self.reports = start, start + 8
        self.result, self.arguments = start + 16, start + 48

    def arrange(self, kinds: str, arguments: Sequence[int]) -> None:
        at = 6
        for kind, argument in zip(kinds, arguments, strict=True):
            self.words[at], self.words[at + 1] = _KINDS[kind], argument & _MASKS[kind]
            at += 4


class FiberInstance:
    """A guest's code and memory. `functions` are its exports, each awaited with ints; a failure raises GuestError.

    One call at a time. After a failure, a cancellation or `close` they must not be called again. `call_time_s` bounds
    the next call, `spent_s` is how long the last one ran; waiting is not running.
    """

    __slots__ = (
        "_context",
        "_frame",
        "_future",
        "_guest",
        "_linked",
        "_places",
        "_store",
        "call_time_s",
        "functions",
        "memory",
        "spent_s",
    )

    def __init__(self, linked: FiberLinked, guest: Any) -> None:
        """Make a store, to `start` the instance in. `guest` is what host functions find in `running.guest`."""
        self._linked, self._guest = linked, guest
        self._store, self._context = new_store(linked)
        self._places = Places(linked)
        self._frame = _Frame(max((len(each.signature.parameters) for each in linked.slots if each), default=0))
        self._future: int | None = None
        self.call_time_s, self.spent_s = linked.limits.call_time_s, 0.0
        self.memory = Memory(nothing)
        self.functions: list[Callable[..., Coroutine[Any, Any, int]] | None] = []

    async def start(self) -> None:
        """Make the instance; raises GuestUnavailable, or what the module's start function does."""
        linked, context, instance = self._linked, self._context, self._places.at
        linked.running.starting = True
        try:
            await self._finish(capi.instantiate_async(linked.pre, context, instance, *self._frame.reports))
        except BaseException:
            self.close()
            raise
        finally:
            linked.running.starting = False
        self.memory = Memory(self._places.look_up(context))
        self.functions = [
            None if slots is None else self._caller(self._places.at + offset + capi.EXTERN_VALUE, slots)
            for offset, slots in zip(self._places.exports, linked.slots, strict=True)
        ]

    def _caller(self, function: int, slots: Slots) -> Callable[..., Coroutine[Any, Any, int]]:
        """Return what calls one of the guest's functions."""
        frame, context, kinds, result = self._frame, self._context, slots.signature.parameters, slots.signature.result
        count, results, mask = len(kinds), len(result), _MASKS[result or "i"]
        where = frame.arguments, count, frame.result, results, *frame.reports

        async def call(*arguments: int) -> int:
            self._check_free()
            frame.arrange(kinds, arguments)
            await self._finish(capi.func_call_async(context, function, *where))
            return frame.words[3] & mask

        return call

    def _check_free(self) -> None:
        if self._future is not None or self._store is None:
            raise GuestUnavailable("the guest is in a call, or gone")

    async def _finish(self, future: int) -> None:
        """See a call through, and raise what it left."""
        self._future = future
        try:
            await self._poll(future)
        finally:
            self._drop()
        words, linked = self._frame.words, self._linked
        if words[0] or words[1]:
            linked.traps[0], error = words[0], words[1]
            words[0] = words[1] = 0
            raise linked.failure(error, self.memory.size_now())

    async def _poll(self, future: int) -> None:
        """Poll a call until it is over; in between await what the guest waits for, or give way to the loop."""
        running, waiting = self._linked.running, None
        self.spent_s = 0.0
        while True:
            running.resume(self._guest, self.call_time_s, self.spent_s, from_loop=waiting is None)
            done = capi.future_poll(future)
            self.spent_s, waiting = running.suspend()
            if done:
                return
            if waiting is None:
                await asyncio.sleep(0)
                self._check_open()
            else:
                awaitable, store, place = waiting
                answer = await _answer_of(awaitable)
                self._check_open()
                store(place, answer)

    def _check_open(self) -> None:
        if self._future is None:
            raise GuestUnavailable("the guest was closed while it waited")

    def _drop(self) -> None:
        """End the call under way, wherever it stands: the guest's stack is unwound."""
        future, self._future = self._future, None
        if future is not None:
            capi.future_delete(future)

    def close(self) -> None:
        """Free the store, once; a call under way ends with GuestUnavailable. Not from inside the guest."""
        self.memory.close()
        self._drop()  # While its store is there.
        self._guest, self.functions = None, []  # They refer to each other.
        store, self._store = self._store, None
        if store is not None:
            capi.store_delete(store)
