"""Where an instance that may wait lies, with the frame of its calls, and what begins them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from ctypes import addressof, c_uint64
from typing import TYPE_CHECKING, Any, Final

from proxy.errors import GuestUnavailable
from wasm_host import capi
from wasm_host.berth import Places
from wasm_host.memory import Memory, nothing

if TYPE_CHECKING:
    from wasm_host.calls import Slots
    from wasm_host.fibers import FiberInstance, FiberLinked

KINDS: Final = {"i": 0, "I": 1}
MASKS: Final = {"i": 2**32 - 1, "I": 2**64 - 1}
_FRAME_WORDS: Final = 6
_VALUE_WORDS: Final = 4


class Mooring:
    """Made once, and used by one instance after another: to make it for each would cost 9 µs of its 28.

    `words` are the frame of the call under way, by eight bytes: its trap and its error, to which `reports` points, a
    result, and the arguments.
    """

    __slots__ = ("_open", "_places", "_shut", "functions", "instance", "memory", "reports", "words")

    def __init__(self, linked: FiberLinked) -> None:
        self._places = Places(linked)
        self.instance = capi.pointer(self._places.at)
        self.memory = Memory(nothing)
        most = max((len(each.signature.parameters) for each in linked.slots if each), default=0)
        frame = (c_uint64 * (_FRAME_WORDS + _VALUE_WORDS * most))()
        self.words = memoryview(frame).cast("B").cast("Q")
        self.reports = capi.pointer(addressof(frame)), capi.pointer(addressof(frame) + 8)
        self._make_callers(linked, addressof(frame))

    def open(self, context: capi.Prepared, instance: FiberInstance) -> None:
        """Call the functions of the instance that was just made here."""
        self.memory.open(self._places.look_up(context))
        self._open(context, instance)

    def place_of(self, number: int) -> capi.Prepared:
        """Return where one of the functions is, by its place among the exports; of an open mooring."""
        return capi.pointer(self._places.at + self._places.exports[number] + capi.EXTERN_VALUE)

    def close(self) -> None:
        self._shut()
        self.memory.close()
        self.words[0] = self.words[1] = 0

    def _make_callers(self, linked: FiberLinked, frame: int) -> None:
        """Make what calls each function, in the store that `_open` named last, until `_shut` bars the way."""
        context: capi.Prepared = None
        instance: FiberInstance | None = None
        words, reports = self.words, self.reports

        def open(store_context: capi.Prepared, of: FiberInstance) -> None:
            nonlocal context, instance
            context, instance = store_context, of

        def shut() -> None:
            nonlocal context, instance
            context = instance = None

        def caller(offset: int, slots: Slots) -> Callable[..., Coroutine[Any, Any, int]]:
            kinds, results = slots.signature.parameters, slots.signature.result
            function, mask = capi.pointer(self._places.at + offset + capi.EXTERN_VALUE), MASKS[results or "i"]
            arguments, result = capi.pointer(frame + 8 * _FRAME_WORDS), capi.pointer(frame + 16)
            where = arguments, capi.size(len(kinds)), result, capi.size(len(results)), *reports

            async def call(*values: int) -> int:
                if instance is None:
                    raise GuestUnavailable("the guest is gone")
                instance.check_free()
                at = _FRAME_WORDS
                for kind, value in zip(kinds, values, strict=True):
                    words[at], words[at + 1] = KINDS[kind], value & MASKS[kind]
                    at += _VALUE_WORDS
                await instance.finish(capi.func_call_async(context, function, *where))
                return words[3] & mask

            return call

        self._open, self._shut = open, shut
        self.functions = [
            None if slots is None else caller(offset, slots)
            for offset, slots in zip(self._places.exports, linked.slots, strict=True)
        ]
