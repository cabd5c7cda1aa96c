"""Queues between the guests of one worker (Proxy-Wasm 0.2.1, "Shared queues"). Pure: who was told does the rest."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import Final, TypeAlias

log = logging.getLogger("penstock.wasm")

MOST_QUEUES: Final = 256
MOST_NAME_BYTES: Final = 1024
MOST_BYTES: Final = 4 * 1024 * 1024
"""Of one queue. Nobody empties the queue of a guest that failed until its successor registers it again."""

_MESSAGE_BYTES: Final = 64
"""What a message costs besides its bytes."""

Ready: TypeAlias = Callable[[int], bool]
"""Told the queue's id when a message has come; tells whether its guest is still there."""


class Queue:
    """Messages in order."""

    __slots__ = ("_bytes", "_messages", "_ready", "_warned", "id", "name")

    def __init__(self, id: int, name: bytes, ready: Ready) -> None:
        self.id, self.name = id, name
        self._ready = [ready]
        self._messages: deque[bytes] = deque()
        self._bytes = 0
        self._warned = False

    def take_over(self, ready: Ready) -> None:
        """Have another guest told; the one before is told again if that one goes, as after a reload that is refused."""
        self._ready = [ready, *self._ready[:1]]

    def tell(self) -> None:
        """Tell the guest that registered last that a message has come."""
        while self._ready and not self._ready[0](self.id):
            del self._ready[0]

    def put(self, message: bytes) -> bool:
        """Keep a message; tells whether there was room for it."""
        size = len(message) + _MESSAGE_BYTES
        if self._bytes + size > MOST_BYTES:
            self._warn()
            return False
        self._messages.append(message)
        self._bytes += size
        return True

    def take(self) -> bytes | None:
        """Return the oldest message, None if there is none."""
        if not self._messages:
            return None
        message = self._messages.popleft()
        self._bytes -= len(message) + _MESSAGE_BYTES
        return message

    def _warn(self) -> None:
        if not self._warned:
            self._warned = True
            log.warning("shared queue %r is full, and refuses messages: its guest does not empty it", self.name)


class SharedQueues:
    """Every queue, by the VM id of who registered it and by name; ids are never used twice."""

    def __init__(self) -> None:
        self._by_id: dict[int, Queue] = {}
        self._by_name: dict[tuple[str, bytes], Queue] = {}

    def register(self, vm_id: str, name: bytes, ready: Ready) -> Queue | None:
        """Make a queue, or take over the one of that name with all it holds; None where there are too many."""
        queue = self._by_name.get((vm_id, name))
        if queue is not None:
            queue.take_over(ready)
            return queue
        if len(self._by_id) >= MOST_QUEUES or len(name) > MOST_NAME_BYTES:
            return None
        queue = Queue(len(self._by_id) + 1, name, ready)
        self._by_id[queue.id] = self._by_name[vm_id, name] = queue
        return queue

    def resolve(self, vm_id: str, name: bytes) -> Queue | None:
        return self._by_name.get((vm_id, name))

    def find(self, id: int) -> Queue | None:
        return self._by_id.get(id)
