"""What guests of every ABI have: an instance, a memory, and the door by which they are entered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from wasm_host.calls import Instance, Linked, Running
from wasm_host.memory import Memory, nothing

_NO_MEMORY: Final = Memory(nothing)


class Guest:
    """A running instance. It is entered from one place at a time; what must wait for it to return is put off.

    `alive` until it fails or is closed; after that nothing may call it. `users` counts the exchanges that hold it.
    """

    __slots__ = ("alive", "instance", "later", "memory", "on_close", "retired", "running", "users")

    def __init__(self, linked: Linked) -> None:
        """Make an instance; raises GuestError."""
        self.running: Running = linked.running
        self.running.guest = self
        self.alive = self.retired = False
        self.users = 0
        self.later: list[Callable[[], None]] = []
        self.on_close: Callable[[], None] | None = None
        self.memory = _NO_MEMORY  # A module's start function may call the host.
        try:
            self.memory = self._instantiate(linked)
        except BaseException:
            self.memory = _NO_MEMORY  # What its start may have met is gone with the store.
            raise
        self.alive = True

    def _instantiate(self, linked: Linked) -> Memory:
        """Make the instance; one that may wait is of another kind (wasm_host/fibers.py)."""
        self.instance = Instance(linked)
        return self.instance.memory

    def _free(self) -> None:
        self.instance.close(held=self.users > 0)

    def enter(self) -> None:
        """Make this the guest that runs; its time begins now."""
        running = self.running
        running.guest = self
        running.ticked_at = 0.0

    def left(self) -> None:
        """Do what was put off until the guest had returned: it may wake an exchange, which may enter it again."""
        while self.later:
            self.later.pop(0)()

    def retire(self) -> None:
        """Close it once no exchange holds it."""
        self.retired = True
        if not self.users:
            self.close()

    def release(self) -> None:
        """Give up one exchange's hold."""
        self.users -= 1
        if self.retired and not self.users:
            self.close()

    def close(self) -> None:
        """Free the instance; the guest is not on the stack."""
        if self.alive:
            self.alive = False
            self.later.clear()
            self._free()
            self.memory = _NO_MEMORY  # Its own may be another guest's by now.
            if self.on_close is not None:
                self.on_close()
