"""Where an instance and its exports lie, and what calls them."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import addressof, byref
from typing import TYPE_CHECKING, Final

from proxy.errors import GuestUnavailable
from wasm_host import capi
from wasm_host.memory import Memory, nothing

if TYPE_CHECKING:
    from wasm_host.calls import Linked, Slots

_WORDS: Final = 4
_LONGS: Final = 2
"""A raw value takes 16 bytes."""
_THREE: Final = capi.size(3)
_MEMORY: Final = capi.text(b"memory"), capi.size(6)


class Places:
    """Room for an instance, its memory and its exports, one behind the other, and the looking up of the latter."""

    __slots__ = ("_memory", "_wanted", "at", "exports", "room")

    def __init__(self, linked: Linked) -> None:
        self.room = linked.room_for_externs()
        self.at = addressof(self.room)
        self._memory = capi.pointer(self.at + capi.EXTERN_BYTES)
        self.exports = [capi.EXTERN_BYTES * (number + 2) for number in range(len(linked.slots))]
        self._wanted = [
            (capi.text(slots.name), capi.size(len(slots.name)), capi.pointer(self.at + offset))
            for slots, offset in zip(linked.slots, self.exports, strict=True)
            if slots is not None
        ]

    def look_up(self, context: capi.Prepared) -> Callable[[], tuple[int, int]]:
        """Find the exports of the instance that lies here now; returns the extent of its memory."""
        export_get, instance = capi.export_get, capi.pointer(self.at)
        for name, size, place in self._wanted:
            export_get(context, instance, name, size, place)
        if not export_get(context, instance, *_MEMORY, self._memory):
            return nothing
        return capi.extent(context, capi.pointer(self.at + capi.EXTERN_BYTES + capi.EXTERN_VALUE))


class Berth:
    """The places and callers of an instance; made once, and used by one instance after another.

    To make them for each instance would cost 13 µs of its 40.
    """

    __slots__ = ("_places", "_shut", "_use", "functions", "instance", "linked", "memory", "reopen")

    def __init__(self, linked: Linked) -> None:
        self.linked = linked
        self._places = Places(linked)
        self.instance = capi.pointer(self._places.at)
        self.memory = Memory(nothing)
        self._make_callers()

    def open(self, context: capi.Prepared) -> None:
        """Call the functions of the instance that was just made here."""
        self.memory.open(self._places.look_up(context))
        self._use(context)

    def close(self) -> None:
        self._shut()
        self.memory.close()

    def _make_callers(self) -> None:
        """Make what calls each function, in the store that `_use` named last, until `_shut` bars the way."""
        traps, trap_place, fail, room = self.linked.traps, self.linked.trap_place, self._fail, self._places.room
        context: capi.Prepared = None
        func_call: Callable[..., int | None] = _refuse

        def reopen() -> None:
            nonlocal func_call  # The callers' own variable: to ask at each call if the store is there costs more.
            func_call = capi.func_call

        def use(store_context: capi.Prepared) -> None:
            nonlocal context
            context = store_context
            reopen()

        def shut() -> None:
            nonlocal func_call
            func_call = _refuse

        def caller(offset: int, slots: Slots) -> Callable[..., int]:
            words, longs, results = slots.words, slots.longs, slots.results
            arguments, count = slots.place, capi.size(slots.count)
            function = byref(room, offset + capi.EXTERN_VALUE)  # Keeps the room, as long as there are callers.

            # One for each number of arguments, written out: a loop over three costs 0.15 µs of the 0.5.
            def call_with_one(first: int = 0) -> int:
                words[0] = first
                error = func_call(context, function, arguments, _THREE, trap_place)
                if error or traps[0]:
                    fail(error)
                return results[0]

            def call_with_two(first: int, second: int) -> int:
                words[0] = first
                words[4] = second
                error = func_call(context, function, arguments, _THREE, trap_place)
                if error or traps[0]:
                    fail(error)
                return results[0]

            def call_with_three(first: int, second: int, third: int) -> int:
                words[0] = first
                words[4] = second
                words[8] = third
                error = func_call(context, function, arguments, _THREE, trap_place)
                if error or traps[0]:
                    fail(error)
                return results[0]

            def call_with_more(*values: int) -> int:
                for number, value in enumerate(values):
                    longs[_LONGS * number] = value
                error = func_call(context, function, arguments, count, trap_place)
                if error or traps[0]:
                    fail(error)
                return results[0]

            callers = (call_with_one, call_with_one, call_with_two, call_with_three)
            return call_with_more if slots.wide or slots.arity >= len(callers) else callers[slots.arity]

        self.reopen, self._use, self._shut = reopen, use, shut
        self.functions = [
            None if slots is None else caller(offset, slots)
            for offset, slots in zip(self._places.exports, self.linked.slots, strict=True)
        ]

    def _fail(self, error: int | None) -> None:
        failure = self.linked.failure(error, self.memory.size_now())
        self._shut()  # A store is not used again after a trap.
        raise failure


def _refuse(*_: object) -> int:
    raise GuestUnavailable("the guest is gone")
