"""One fetch for many: who comes while a key is being fetched waits for its outcome.

Followers learn of the outcome in a later turn of the loop, so that the leader's own answer is not held up by theirs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from proxy.cache.fill import Fill
from proxy.cache.stored import Stored
from proxy.errors import ProxyError
from proxy.runtime import Waiter


@dataclass(frozen=True, slots=True)
class Landed:
    """A response that may be shared: whole in `stored`, or still coming through `fill`."""

    stored: Stored
    fill: Fill | None = None


@dataclass(frozen=True, slots=True)
class Alone:
    """What came may not be shared: every follower fetches for itself."""

    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The origin gave no answer, or one with a `status` in whose place a stale one was served."""

    error: ProxyError
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Abandoned:
    """The leader left, or failed by itself: another leads."""


Outcome: TypeAlias = Landed | Alone | Failed | Abandoned


class Flight:
    """The fetch of one key: under way, or landed with a body that is still coming. It lands once.

    `on_end` is called when nobody may join any more, for whoever holds a lock meanwhile.
    """

    __slots__ = ("_followers", "_over", "_told", "landed", "on_end")

    def __init__(self, over: Callable[[Flight], None]) -> None:
        self._over = over
        self._followers: list[Waiter[Outcome]] = []
        self._told = False
        self.landed: Landed | None = None
        self.on_end: Callable[[], None] | None = None

    @classmethod
    def of_one(cls) -> Flight:
        """Return the flight of a fetch that nobody else may join."""
        return cls(lambda _: None)

    def join(self) -> Waiter[Outcome]:
        follower: Waiter[Outcome] = Waiter()
        if self.landed is None:
            self._followers.append(follower)
        else:
            follower.wake(self.landed)
        return follower

    def land(self, outcome: Outcome) -> None:
        """Tell all who wait. Who comes later may still join a body that is coming; else there is no flight any more."""
        if self._told:
            return
        self._told = True
        if isinstance(outcome, Landed) and outcome.fill is not None and outcome.fill.storing:
            self.landed = outcome
        else:
            self.end()
        followers, self._followers = self._followers, []
        if followers:
            asyncio.get_running_loop().call_soon(_tell, followers, outcome)

    def end(self) -> None:
        """Let nobody join any more."""
        self._over(self)
        on_end, self.on_end = self.on_end, None
        if on_end is not None:
            on_end()


def _tell(followers: list[Waiter[Outcome]], outcome: Outcome) -> None:
    for each in followers:
        each.wake(outcome)


class Flights:
    """The flights of one worker's cache, by key."""

    def __init__(self) -> None:
        self._by_key: dict[str, Flight] = {}

    def find(self, key: str) -> Flight | None:
        return self._by_key.get(key)

    def start(self, key: str) -> Flight:
        """Begin a flight, in the place of one that nobody is to join any more."""

        def over(flight: Flight) -> None:
            if self._by_key.get(key) is flight:
                del self._by_key[key]

        flight = self._by_key[key] = Flight(over)
        return flight

    def under_way(self) -> set[Flight]:
        return set(self._by_key.values())

    def __len__(self) -> int:
        return len(self._by_key)
