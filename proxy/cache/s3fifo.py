"""Which of the things stored to let go first: S3-FIFO, three queues that a scan passes through without doing harm.

J. Yang, Y. Zhang, Z. Qiu, Y. Yue, R. Vinayak: "FIFO Queues are All You Need for Cache Eviction", SOSP 2023. Most of
what is fetched is never asked for again, so everything begins in a small queue and leaves it soon; what was used there
moves to the main one. A hit moves nothing, it only adds to `uses`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final, Generic, Protocol, TypeVar

SMALL_SHARE: Final = 10
"""The small queue has one part in so many of the bytes (§4.1 of the paper)."""
USES_TO_STAY: Final = 2
USES_COUNTED: Final = 3
MOST_SPARED: Final = 256
"""So many that are in use pass one eviction by before it takes the next; else one put could walk the whole queue."""


class Queued(Protocol):
    """Something stored, such as a response. `identity` is what another has that takes its place; `uses` is written."""

    uses: int

    @property
    def identity(self) -> Hashable: ...

    @property
    def size_bytes(self) -> int: ...


Q = TypeVar("Q", bound=Queued)


class S3Fifo(Generic[Q]):
    """Queues of things stored within `limit_bytes`; whoever fills it makes room first."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.small_bytes = self.main_bytes = 0
        # To their sizes as they came; for taking out of the middle, no deque.
        self._small: OrderedDict[Q, int] = OrderedDict()
        self._main: OrderedDict[Q, int] = OrderedDict()
        self._ghosts: OrderedDict[int, None] = OrderedDict()

    @property
    def size_bytes(self) -> int:
        return self.small_bytes + self.main_bytes

    def __len__(self) -> int:
        return len(self._small) + len(self._main)

    def __contains__(self, stored: Q) -> bool:
        return stored in self._small or stored in self._main

    def add(self, stored: Q, *, to_main: bool = False) -> None:
        """Queue one that is not queued: in main if it was let go lately, or stands in for one that was there."""
        ghost = _ghost(stored)
        if ghost in self._ghosts:
            del self._ghosts[ghost]
            to_main = True
        if to_main:
            self._add_to_main(stored, stored.size_bytes)
        else:
            self._small[stored] = size_bytes = stored.size_bytes
            self.small_bytes += size_bytes

    def remove(self, stored: Q) -> bool:
        """Take out one that is queued, leaving no ghost; tell whether it was in main."""
        if stored in self._small:
            self.small_bytes -= self._small.pop(stored)
            return False
        self.main_bytes -= self._main.pop(stored)
        return True

    def evict(self) -> Q:
        """Let one go and return it; there must be one."""
        for _ in range(MOST_SPARED):
            if not self._main or self.small_bytes * SMALL_SHARE > self.limit_bytes:
                stored, size_bytes = self._small.popitem(last=False)
                self.small_bytes -= size_bytes
                if stored.uses < USES_TO_STAY:
                    self._remember(stored)
                    return stored
                stored.uses = 0
            else:
                stored, size_bytes = self._pop_main()
                if not stored.uses:
                    return stored
                stored.uses = min(stored.uses, USES_COUNTED) - 1
            self._add_to_main(stored, size_bytes)
        return self._pop_main()[0]

    def clear(self) -> None:
        self._small.clear()
        self._main.clear()
        self._ghosts.clear()
        self.small_bytes = self.main_bytes = 0

    def _add_to_main(self, stored: Q, size_bytes: int) -> None:
        self._main[stored] = size_bytes
        self.main_bytes += size_bytes

    def _pop_main(self) -> tuple[Q, int]:
        stored, size_bytes = self._main.popitem(last=False)
        self.main_bytes -= size_bytes
        return stored, size_bytes

    def _remember(self, stored: Q) -> None:
        """Keep a ghost of one that left the small queue; there are never more ghosts than what is stored."""
        self._ghosts[_ghost(stored)] = None
        while len(self._ghosts) > len(self):
            self._ghosts.popitem(last=False)


def _ghost(stored: Queued) -> int:
    return hash(stored.identity)  # a collision does no harm: something goes to main at once
