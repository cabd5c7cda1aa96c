"""Calls of guests that may wait for the host.

Such a guest runs on a stack of its own. A host function that has to wait returns a coroutine, and the guest sleeps
while whoever called it awaits that coroutine: no Task, no thread, no Python frame kept on the guest's stack. A guest
that computes gives way to the event loop at every tick.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from ctypes import c_void_p, memmove, string_at
from struct import Struct
from time import thread_time
from typing import Any, Final, TypeVar

import wasmtime

from proxy.errors import GuestTrap, GuestUnavailable
from proxy.runtime import NEVER, Waiter, monotonic
from wasm_host import capi
from wasm_host.calls import Linked, Running, defined, new_store, trapped
from wasm_host.engine import TICK_S
from wasm_host.memory import OutOfBounds
from wasm_host.mooring import KINDS, MASKS, Mooring
from wasm_host.nascent import meets_memory
from wasm_host.nesting import nested_call
from wasm_host.signature import HostFunction

_VALUE_BYTES: Final = 32
"""wasmtime_val_t: its kind, then at offset 8 what it holds."""
_VALUE: Final = Struct("<B7xQ")
_ARGUMENT: Final = {"i": "8xI20x", "I": "8xQ16x"}

T = TypeVar("T")

Store = Callable[[int, Any], None]
"""Writes a host function's result to its place, given by its address."""


class FiberRunning(Running):
    """Which guest runs, what it waits for, and since when it has kept the event loop.

    `waiting` is what the last host function left to be awaited, how its result is stored, and where.
    """

    __slots__ = ("_callback", "_has_loop_since", "_resumed_at", "continuation", "waiting")

    def __init__(self, call_time_s: float) -> None:
        super().__init__(call_time_s)
        self.waiting: tuple[Awaitable[Any], Store, int] | None = None
        self._resumed_at = 0.0
        self._has_loop_since = NEVER  # A guest that is called on the loop's own stack cannot give way.
        self._callback = capi.CONTINUATION(self._arrived)
        self.continuation = Struct("<QQQ").pack(capi.address(self._callback), 0, 0)

    def _arrived(self, _: object) -> bool:
        """Tell a guest if what it waits for is there: the driver takes it up, and polls again when it has it."""
        return self.waiting is None

    def resume(self, guest: Any, call_time_s: float, spent_s: float, *, from_loop: bool) -> None:
        """Note that a guest goes on, in a call that has run for so long, and may for so long."""
        self.guest, self.call_time_s, self.stopped = guest, call_time_s, False
        self.ticked_at, self.spent_s, self._resumed_at = 0.0, spent_s, monotonic()
        if from_loop:
            self._has_loop_since = self._resumed_at

    def suspend(self) -> tuple[float, tuple[Awaitable[Any], Store, int] | None]:
        """Return how long the guest has run in this call, and what it waits for."""
        waiting, self.waiting = self.waiting, None
        if not self.ticked_at:
            return self.before_first_tick(), waiting
        return self.spent_s + min(thread_time() - self.ticked_at, TICK_S), waiting

    def before_first_tick(self) -> float:
        # Less than a tick, so the other clock does, which costs a tenth of the thread's 0.7 µs.
        return self.spent_s + min(monotonic() - self._resumed_at, TICK_S)

    @contextmanager
    def keeping_the_loop(self) -> Iterator[None]:
        """Let no tick within make the guest give way."""
        since, self._has_loop_since = self._has_loop_since, NEVER
        try:
            yield
        finally:
            self._has_loop_since = since

    def lets_go(self) -> bool:
        # A tick that met the guest as it began, or went on, is none of its doing.
        return monotonic() - self._has_loop_since > TICK_S / 2


class FiberLinked(Linked):
    """A module joined with host functions of which some may wait; takes a FiberRunning.

    `moorings` are those that no instance uses.
    """

    running: FiberRunning

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.moorings: list[Mooring] = []

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
        _: object, caller: int, arguments: int, __: int, result: int, ___: int, trap: int, continuation: int
    ) -> None:
        # First: without a continuation, whatever is raised here ends the process.
        memmove(continuation, running.continuation, 24)
        try:
            try:
                answer = call(*unpack(string_at(arguments, size)))
            except OutOfBounds as error:
                if not meets_memory(running, caller, error):
                    raise
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
    number, mask, pack = KINDS[kind], MASKS[kind], _VALUE.pack

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


class FiberInstance:
    """A guest's code and memory. `functions` are its exports, each awaited with ints; a failure raises GuestError.

    One call at a time. After a failure, a cancellation or `close` they must not be called again. `call_time_s` bounds
    the next call, `spent_s` is how long the last one ran; waiting is not running.
    """

    __slots__ = (
        "_context",
        "_future",
        "_guest",
        "_linked",
        "_mooring",
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
        self._mooring = linked.moorings.pop() if linked.moorings else Mooring(linked)
        self._future: capi.Prepared | None = None
        self.call_time_s, self.spent_s = linked.limits.call_time_s, 0.0
        self.memory = self._mooring.memory
        self.functions: Sequence[Callable[..., Coroutine[Any, Any, int]] | None] = ()

    async def start(self) -> None:
        """Make the instance; raises GuestUnavailable, or what the module's start function does."""
        linked, context, mooring = self._linked, self._context, self._mooring
        try:
            await self.finish(capi.instantiate_async(linked.pre, context, mooring.instance, *mooring.reports))
        except BaseException:
            self.close()
            raise
        mooring.open(context, self)
        self.functions = mooring.functions

    @property
    def context(self) -> capi.Prepared:
        return self._context

    def call_inside(self, number: int, argument: int) -> int:
        """Call one of its functions from a host function that it has called (wasm_host/nesting.py)."""
        return nested_call(self._linked, self, self._mooring.place_of(number), argument)

    def check_free(self) -> None:
        """Raise GuestUnavailable where no call can be made."""
        if self._future is not None or self._store is None:
            raise GuestUnavailable("the guest is in a call, or gone")

    async def finish(self, future: int) -> None:
        """See a call through, and raise what it left."""
        self._future = prepared = capi.pointer(future)
        try:
            await self._poll(prepared)
        finally:
            self._drop()
        words, linked = self._mooring.words, self._linked
        if words[0] or words[1]:
            linked.traps[0], error = words[0], words[1]
            words[0] = words[1] = 0
            raise linked.failure(error, self.memory.size_now())

    async def _poll(self, future: capi.Prepared) -> None:
        """Poll a call until it is over; in between await what the guest waits for, or give way to the loop."""
        running, waiting = self._linked.running, None
        self.spent_s = 0.0
        while True:
            running.resume(self._guest, self.call_time_s, self.spent_s, from_loop=waiting is None)
            running.starting = not self.functions  # Another may have started while this one waited.
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

    def close(self, *, held: bool = True) -> None:
        """Free the store, once; a call under way ends with GuestUnavailable. Not from inside the guest.

        What is not `held` by anybody who does not know that it is gone, its functions and memory, another instance
        gets, which spares it a third of its cost.
        """
        store, self._store = self._store, None
        if store is None:
            return
        self._drop()  # While its store is there.
        self._mooring.close()
        running = self._linked.running
        if running.guest is self._guest:
            running.guest = None  # An idle function need not keep its last call, with the bodies in it.
        self._guest, self.functions = None, ()  # They refer to each other.
        capi.store_delete(store)
        if not held:
            self._linked.moorings.append(self._mooring)
