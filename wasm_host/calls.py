"""Calls into guests and out of them.

A call into a guest costs a seventieth of wasmtime's public one, a call out of it a twenty-fifth
(bench/results/guest_calls.md): signatures are checked once, when a module is linked, and calls are unchecked after
that. tests/wasm_host/test_calls.py compares both ways. They lean on the C API, which is why wasmtime is pinned to one
release.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from ctypes import addressof, c_uint8, c_uint32, c_uint64
from struct import Struct
from time import thread_time
from typing import Any, Final

import wasmtime

from proxy.errors import GuestOutOfMemory, GuestTimeout, GuestTrap, GuestUnavailable
from wasm_host import capi
from wasm_host.berth import Berth
from wasm_host.engine import TICK_S
from wasm_host.limits import GuestLimits
from wasm_host.memory import OutOfBounds
from wasm_host.nascent import meets_memory
from wasm_host.signature import Export, HostFunction

_WORDS: Final = 4
_LONGS: Final = 2
"""A raw value takes 16 bytes."""
_MOST_ARGUMENTS: Final = 16
_ONE_TICK: Final = (1).to_bytes(8, "little")
_ONE: Final = capi.size(1)
_NEAR_LIMIT_BYTES: Final = 1024 * 1024
"""A guest that traps with less than this to its limit is taken to have run out of memory: it asked for more."""


class Running:
    """Which guest runs, for the functions that it calls, and for how long.

    `guest` is whatever the caller of a guest puts there before it calls, as it sets `ticked_at` to 0: at the ticks
    alone the clock is asked, so that most calls never do. `spent_s` is what they have found. `failure` is what a host
    function raised. `starting` tells that it is no instance yet, and that its memory is not known.
    """

    __slots__ = ("call_time_s", "failure", "guest", "spent_s", "starting", "stopped", "ticked_at")

    def __init__(self, call_time_s: float) -> None:
        self.guest: Any = None
        self.ticked_at = self.spent_s = 0.0
        self.call_time_s = call_time_s
        self.failure: BaseException | None = None
        self.starting = self.stopped = False

    def overdue(self) -> bool:
        """Tell, at a tick, if the running call has used up its time.

        That is its thread's time, and from one tick to the next a tick at most: what the machine does meanwhile is not
        the guest's, nor is a garbage collection that met a host function.
        """
        now = thread_time()
        self.spent_s = self.spent_s + min(now - self.ticked_at, TICK_S) if self.ticked_at else self.before_first_tick()
        self.ticked_at = now
        self.stopped = self.spent_s >= self.call_time_s
        return self.stopped

    def before_first_tick(self) -> float:
        """Return what the call had used up when the first tick met it, if that is known."""
        return 0.0

    def lets_go(self) -> bool:
        """Tell, at a tick, if the guest is to give way to the event loop; one that runs on its stack cannot."""
        return False


class _Views(dict[int, memoryview]):
    """Views of argument slots on the guest's stack; one is used only while its address is handed to us.

    Looking one up is 0.2 µs cheaper than making it anew, and a guest calls from the same few depths.
    """

    def __missing__(self, address: int) -> memoryview:
        if len(self) >= 4096:
            self.clear()
        words = (c_uint32 * (_WORDS * _MOST_ARGUMENTS)).from_address(address)
        view = self[address] = memoryview(words).cast("B").cast("I")
        return view


_VIEWS: Final = _Views()


def host_call(function: HostFunction, running: Running) -> Any:
    """Make the C function for a host function. Nothing may be raised out of it."""
    call = function.call
    unpack = Struct(
        "<" + "".join({"i": "I12x", "I": "q8x"}[each] for each in function.signature.parameters)
    ).unpack_from

    on_wild_pointer = function.on_wild_pointer

    def narrow(_: object, caller: int, slots: int, ___: int) -> int:
        try:
            view = _VIEWS[slots]
            view[0] = call(*unpack(view))
        except OutOfBounds as error:
            if meets_memory(running, caller, error):
                return narrow(_, caller, slots, ___)
            if on_wild_pointer is None:
                return trapped(running, error)
            view[0] = on_wild_pointer
        except BaseException as error:
            return trapped(running, error)
        return 0

    def nothing(_: object, caller: int, slots: int, ___: int) -> int:
        try:
            call(*unpack(_VIEWS[slots]))
        except BaseException as error:
            if meets_memory(running, caller, error):
                return nothing(_, caller, slots, ___)
            return trapped(running, error)
        return 0

    def wide(_: object, caller: int, slots: int, ___: int) -> int:
        try:
            view = _VIEWS[slots]
            view[1], view[0] = divmod(call(*unpack(view)), 1 << 32)
        except BaseException as error:
            if meets_memory(running, caller, error):
                return wide(_, caller, slots, ___)
            return trapped(running, error)
        return 0

    return capi.HOST_CALL({"i": narrow, "": nothing, "I": wide}[function.signature.result])


def trapped(running: Running, error: BaseException) -> int:
    """Keep what a host function raised, and return a trap to end the guest with."""
    running.failure = error
    trap: int = capi.trap_new(b"host", 4)
    return trap


class Slots:
    """Where an export's arguments go and its result comes; of all instances, for one call is made at a time."""

    __slots__ = ("arity", "buffer", "count", "longs", "name", "place", "results", "signature", "wide", "words")

    def __init__(self, export: Export) -> None:
        self.signature = export.signature
        self.name = export.name.encode()
        self.arity = len(export.signature.parameters)
        self.wide = "I" in export.signature.parameters
        self.count = max(self.arity, 3)
        self.buffer = (c_uint64 * (2 * self.count))()
        self.place = capi.pointer(addressof(self.buffer))
        bytes_ = memoryview(self.buffer).cast("B")
        self.words, self.longs = bytes_.cast("I"), bytes_.cast("Q")
        self.results = self.longs if export.signature.result == "I" else self.words


class Linked:
    """A module joined with the host functions that it imports; makes instances, of which one runs at a time.

    `running` is what the functions know the running guest by; `exports` are looked up in each instance, in this order,
    and what the module lacks is None there.
    """

    def __init__(
        self,
        engine: wasmtime.Engine,
        module: wasmtime.Module,
        functions: Sequence[HostFunction],
        exports: Sequence[Export],
        limits: GuestLimits,
        running: Running,
    ) -> None:
        self.running, self.limits = running, limits
        self.engine = engine
        self.engine_place = capi.pointer(capi.address(engine.ptr()))
        most = (limits.memory_bytes, limits.table_elements, 1, -1, 1)
        self.store_limits = tuple(capi.number(each) for each in most)
        linker = wasmtime.Linker(engine)
        self._kept = [self._define(linker, each) for each in functions]
        self._pre = linker.instantiate_pre(module)
        self.pre = capi.pointer(capi.address(self._pre.ptr()))
        present = {each.name for each in module.exports}
        self.slots = [Slots(each) if each.name in present else None for each in exports]
        self._on_tick = capi.EPOCH_CALL(self._ticked)
        self.on_tick_place = capi.pointer(capi.address(self._on_tick))
        self._trap = (c_uint64 * 1)()
        self.traps = memoryview(self._trap).cast("B").cast("Q")
        self.trap_place = capi.pointer(addressof(self._trap))
        self.berths: list[Berth] = []

    def room_for_externs(self) -> ctypes.Array[c_uint8]:
        """Return where an instance, its memory and its exports can lie."""
        return (c_uint8 * (capi.EXTERN_BYTES * (len(self.slots) + 2)))()

    def _define(self, linker: wasmtime.Linker, function: HostFunction) -> tuple[Any, ...]:
        """Define a host function; returns what must live as long as the linked module."""
        return defined(linker, function, host_call(function, self.running), capi.linker_define)

    def _ticked(self, _: object, __: object, delta: int, kind: int) -> int:
        """Let the guest go on to the next tick, or end it."""
        try:
            if not self.running.overdue():
                ctypes.memmove(delta, _ONE_TICK, 8)
                c_uint8.from_address(kind).value = self.running.lets_go()
                return 0
        except BaseException as error:
            self.running.failure = error
        ended: int = capi.error_new(b"host")
        return ended

    def failure(self, error: int | None, memory_bytes: int) -> BaseException:
        """Take over what a call left, and say it in our words."""
        trap, self.traps[0] = self.traps[0], 0
        reported = capi.reported(error, trap)
        raised, self.running.failure = self.running.failure, None
        if raised is not None:
            return _to_the_caller(raised)
        stopped, self.running.stopped = self.running.stopped, False
        if stopped:
            return GuestTimeout(f"it ran longer than {self.running.call_time_s * 1000:g} ms")
        if not isinstance(reported, wasmtime.Trap):
            return GuestUnavailable(_first_line(reported), reason="no_instance")
        if memory_bytes + _NEAR_LIMIT_BYTES > self.limits.memory_bytes:
            return GuestOutOfMemory(f"{_first_line(reported)}, with {memory_bytes} bytes of memory in use")
        code = reported.trap_code
        return GuestTrap(_first_line(reported), reason="trap" if code is None else code.name.lower())


def defined(
    linker: wasmtime.Linker, function: HostFunction, callback: Any, define: Callable[..., int | None]
) -> tuple[Any, Any]:
    """Define a host function; returns what must live as long as the linked module."""
    type = function.signature.function_type()
    module, name = function.module.encode(), function.name.encode()
    error = define(
        capi.address(linker.ptr()),
        module,
        len(module),
        name,
        len(name),
        capi.address(type.ptr()),
        capi.address(callback),
        None,
        None,
    )
    if error:
        raise capi.reported(error, 0)
    return type, callback


def _to_the_caller(raised: BaseException) -> BaseException:
    """Return what a host function raised, as the guest's caller is to meet it.

    A host function may have made this call itself. It would take an OutOfBounds for its own guest's, and answer that
    with `on_wild_pointer`: the guest would run on, though it has trapped.
    """
    if not isinstance(raised, OutOfBounds):
        return raised
    trap = GuestTrap(str(raised), reason=raised.reason)
    trap.__cause__ = raised
    return trap


def _first_line(reported: wasmtime.Trap | wasmtime.WasmtimeError) -> str:
    """Return wasmtime's own words without its backtrace, in which a guest's names for its functions stand."""
    first, *others = [line.strip() for line in str(reported).splitlines()]
    reasons = [line.removeprefix("wasm trap: ") for line in others if line.startswith("wasm trap: ")]
    return reasons[-1] if reasons else first


class Instance:
    """A guest's code and memory. `functions` are its exports, each called with ints; a failure raises GuestError.

    After a failure or `close` they raise GuestUnavailable; later they may be another instance's, so whoever closes an
    instance lets go of them.
    """

    __slots__ = ("_berth", "_linked", "_store", "functions", "memory")

    def __init__(self, linked: Linked) -> None:
        """Make a store and an instance in it; raises GuestUnavailable, or what the module's start function does."""
        self._linked = linked
        linked.running.ticked_at, linked.running.stopped = 0.0, False
        store, context = new_store(linked)
        self._store: capi.Prepared | None = store
        self._berth = berth = linked.berths.pop() if linked.berths else Berth(linked)
        linked.running.starting = True
        error = capi.instantiate(linked.pre, context, berth.instance, linked.trap_place)
        linked.running.starting = False
        if error or linked.traps[0]:
            capi.store_delete(store)
            raise linked.failure(error, 0)
        berth.open(context)
        self.memory, self.functions = berth.memory, berth.functions

    def reopen(self) -> None:
        """Let its functions be called again after a trap that was only a way to return: proc_exit(0) out of _start."""
        if self._store is not None:
            self._berth.reopen()

    def close(self, *, held: bool = False) -> None:
        """Free the store; once. Not while the guest is on the stack.

        What is `held` still, by who does not know that it is gone, must never be another instance's.
        """
        store, self._store = self._store, None
        if store is None:
            return
        berth = self._berth
        berth.close()
        self.functions = []
        capi.store_delete(store)
        if not held:
            self._linked.berths.append(berth)


def new_store(linked: Linked) -> tuple[capi.Prepared, capi.Prepared]:
    """Make a store under the limits of a module's guests; returns it and its context."""
    store = capi.pointer(capi.store_new(linked.engine_place, None, None))
    capi.store_limiter(store, *linked.store_limits)
    capi.store_on_epoch(store, linked.on_tick_place, None, None)
    context = capi.pointer(capi.store_context(store))
    capi.set_epoch_deadline(context, _ONE)
    return store, context
