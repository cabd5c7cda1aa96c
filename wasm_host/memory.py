"""A guest's linear memory, behind bounds checks."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Final

from proxy.errors import GuestTrap

_EMPTY: Final = memoryview(b"")

Extent = Callable[[], tuple[int, int]]
"""Returns the address and the size in bytes of a linear memory, as they are now."""


MOST_READ_BYTES: Final = 1024 * 1024
MOST_LONG_BYTES: Final = 16 * 1024 * 1024
"""What a function takes of a guest at once. Epochs do not stop it, and to parse 64 MiB can take it two seconds."""


class OutOfBounds(GuestTrap):
    """A guest named a place outside its memory, or more of it than functions take."""

    reason = "hostcall_out_of_bounds"


class Memory:
    """Offsets and lengths are unsigned, as the ABIs have them; a place outside raises OutOfBounds.

    A memory never shrinks, and ours never moves (wasm_host/engine.py), so its extent is asked for again only when a
    place lies beyond what is known: 0.4 µs less for each call that might have grown it.
    """

    __slots__ = ("_extent", "_last", "_place", "size", "view")

    def __init__(self, extent: Extent) -> None:
        self._last, self._place = _EMPTY, (0, 0)
        self.open(extent)

    def open(self, extent: Extent) -> None:
        """Be another memory from now on. It often lies where the last one did, and then the view is the same."""
        self._extent = extent
        self.size, self.view = 0, _EMPTY
        self._refresh()

    def _refresh(self) -> None:
        address, size = place = self._extent()
        if size == self.size:
            return
        if place != self._place:
            self._place, self._last = place, memoryview((ctypes.c_ubyte * size).from_address(address)).cast("B")
        self.size, self.view = size, self._last

    def reach(self, end: int) -> None:
        """Make sure that the bytes before `end` are known."""
        if end > self.size:
            self._refresh()
            if end > self.size:
                raise OutOfBounds(f"byte {end - 1} of a memory of {self.size} bytes")

    def read(self, at: int, size: int) -> bytes:
        if at + size > self.size:
            self.reach(at + size)
        if size > MOST_READ_BYTES:
            raise OutOfBounds(f"{size} bytes at once; {MOST_READ_BYTES} is the most")
        return self.view[at : at + size].tobytes()

    def read_long(self, at: int, size: int) -> bytes:
        """Return what is only kept and passed on, such as a body."""
        self.reach(at + size)
        if size > MOST_LONG_BYTES:
            raise OutOfBounds(f"{size} bytes at once; {MOST_LONG_BYTES} is the most")
        return self.view[at : at + size].tobytes()

    def write(self, at: int, data: bytes) -> None:
        end = at + len(data)
        if end > self.size:
            self.reach(end)
        self.view[at:end] = data

    def write_u32(self, at: int, value: int) -> None:
        self.write(at, value.to_bytes(4, "little"))

    def write_u64(self, at: int, value: int) -> None:
        self.write(at, value.to_bytes(8, "little"))

    def size_now(self) -> int:
        """Return its size, asked for anew."""
        self._refresh()
        return self.size

    def close(self) -> None:
        """Forget the memory: it is gone with its store."""
        self._extent = _gone
        self.size, self.view = 0, _EMPTY


def _gone() -> tuple[int, int]:
    raise OutOfBounds("the guest is gone")


def nothing() -> tuple[int, int]:
    """Be the extent of no memory."""
    return 0, 0
