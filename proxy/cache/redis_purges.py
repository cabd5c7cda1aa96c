"""The purges that all nodes of a shared tier have in common, numbered by a log in Redis.

Numbers begin at the time of day in milliseconds, so that a log begun anew (Redis lost its data) numbers higher than any
before it: what was stored by older numbers counts as taken softly, and so do purges that the log has dropped.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple, cast, get_args

from proxy.cache.purge import Purge, PurgeKind
from proxy.cache.purges import Purges, Taken
from proxy.cache.redis_client import Reply
from proxy.cache.redis_layout import Keys
from proxy.cache.redis_scripts import PUBLISH, SYNC, Command
from proxy.errors import CacheStoreError
from proxy.runtime import Waiter, wall_clock

log = logging.getLogger("penstock.cache")

MOST_EVENTS: Final = 10_000
MOST_UNPUBLISHED: Final = 1_000


class Event(NamedTuple):
    """A purge in the log; `mark` is unique, and begins with the name of who published it."""

    number: int
    mark: str
    purge: Purge


class LogState(NamedTuple):
    """The log as read: up to which number, which it has dropped, the mark of its newest, and the events."""

    number: int
    floor: int
    mark: str
    events: list[Event]


class PurgeLog:
    """Keeps one worker's knowledge of the shared purges. `on_purge` is called for those that others published."""

    def __init__(
        self,
        keys: Keys,
        run: Callable[[Sequence[Command]], Awaitable[list[Reply]]],
        on_purge: Callable[[Purge], None],
        on_purges_lost: Callable[[], None],
        on_refused: Callable[[CacheStoreError], None],
    ) -> None:
        self._keys = [keys.purge_state, keys.purge_events]
        self.look: Final[Command] = ("HMGET", keys.purge_state, "number", "mark")
        """The command whose reply tells `follow` whether there is news."""
        self._run, self._on_refused = run, on_refused
        self._on_purge, self._on_purges_lost = on_purge, on_purges_lost
        self._own = secrets.token_hex(8)
        self._count = 0
        self._known: tuple[int, str] | None = None
        self._purges = Purges()
        self._unpublished: dict[str, tuple[Purge, Waiter[bool]]] = {}
        self._ahead = Purges()
        self._turn = asyncio.Lock()

    @property
    def generation(self) -> int:
        """The number of the last purge that was read: what is fetched from now on has survived it."""
        return self._purges.version

    @property
    def floor(self) -> int:
        """The number up to which purges may have been missed, hard ones too."""
        return self._purges.floor

    def verdict(self, url: str, tags: Sequence[str], since: int) -> Taken | None:
        """Judge a stored response, also by purges that wait to be published."""
        ahead = self._ahead.verdict(url, tags, 0)
        return ahead if ahead == "hard" else self._purges.verdict(url, tags, since) or ahead

    # -- our own

    def add(self, purge: Purge) -> Waiter[bool]:
        """Note a purge for publishing; the waiter learns whether the next attempt does."""
        if len(self._unpublished) >= MOST_UNPUBLISHED:
            purge = self._take_all_for_one(purge)
        self._count += 1
        waiter: Waiter[bool] = Waiter()
        self._unpublished[f"{self._own}-{self._count}"] = purge, waiter
        self._ahead.add(purge)
        return waiter

    def _take_all_for_one(self, last: Purge) -> Purge:
        """Make one purge of everything out of more than can be remembered."""
        hard = last.hard or any(purge.hard for purge, _ in self._unpublished.values())
        self.put_off()
        self._unpublished.clear()
        return Purge("all", "", hard)

    def put_off(self) -> None:
        """Tell those who wait that the purges are published later."""
        for _, waiter in list(self._unpublished.values()):
            _call(waiter.wake, False)

    async def publish(self) -> None:
        """Publish what waits, oldest first; what isn't read back waits on. Raises CacheStoreError."""
        if not self._unpublished:
            return
        replies = await self._run(
            [
                PUBLISH.call(self._keys, mark, _event(mark, purge), MOST_EVENTS)
                for mark, (purge, _) in self._unpublished.items()
            ]
        )
        for reply in replies:
            if isinstance(reply, CacheStoreError):
                self._on_refused(reply)
        await self.sync()
        self.put_off()

    def _published(self, mark: str) -> None:
        _, waiter = self._unpublished.pop(mark)
        if not self._unpublished:
            self._ahead = Purges()
        _call(waiter.wake, True)

    # -- everybody's

    async def follow(self, state: Reply) -> None:
        """Read the log if `state`, the reply to `look`, tells of more than is known; raises CacheStoreError."""
        number, mark = self._known or (0, "")
        if state != [b"%d" % number, mark.encode("latin-1")]:
            await self.sync()

    async def sync(self) -> None:
        """Read the log on from where it is known, and tell of what is new; raises CacheStoreError."""
        async with self._turn:
            number, mark = self._known or (0, "")
            fresh = secrets.token_hex(8)
            replies = await self._run([SYNC.call(self._keys, number, mark, int(wall_clock() * 1000), fresh)])
            if isinstance(replies[0], CacheStoreError):
                raise replies[0]
            self._learn(_log_state(replies[0]))

    def _learn(self, state: LogState) -> None:
        first_time = self._known is None
        known = self._known[0] if self._known else state.floor
        events = [event for event in state.events if event.number > max(known, state.floor)]
        lost = state.floor > known
        if [event.number for event in events] != list(range(max(known, state.floor) + 1, state.number + 1)):
            lost = True
            self._purges.lose(state.number)
        elif lost or first_time:
            self._purges.lose(state.floor)
        for event in events:
            self._purges.add(event.purge, event.number)
        self._known = state.number, state.mark
        self._tell(lost and not first_time, [] if first_time else events)

    def _tell(self, lost: bool, events: list[Event]) -> None:
        if lost:
            _call(self._on_purges_lost)
        for event in events:
            if event.mark in self._unpublished:
                self._published(event.mark)
            elif not event.mark.startswith(self._own):
                _call(self._on_purge, event.purge)


def _event(mark: str, purge: Purge) -> bytes:
    return f"{mark} {purge.kind} {purge.hard:d} {purge.value}".encode("utf-8", "surrogatepass")


def _log_state(reply: Reply) -> LogState:
    """Read what the script returns, without events that are not ours; raises CacheStoreError if nothing of it is."""
    try:
        number, floor, mark, events = reply
        pairs = zip(events[::2], events[1::2], strict=True)
        read = [_read(event, score) for event, score in pairs]
        return LogState(int(number), int(floor), mark.decode("latin-1"), [event for event in read if event])
    except (ValueError, TypeError, AttributeError) as error:
        raise CacheStoreError("the log of purges is not ours", reason="garbage") from error


def _read(event: bytes, score: bytes) -> Event | None:
    try:
        mark, kind, hard, value = event.decode("utf-8", "surrogatepass").split(" ", 3)
        number = int(float(score))
    except ValueError:
        return None
    if kind not in get_args(PurgeKind) or hard not in ("0", "1"):
        return None
    return Event(number, mark, Purge(cast(PurgeKind, kind), value, hard == "1"))


def _call(listener: Callable[..., None], *news: object) -> None:
    """Tell of something; what goes wrong there must not end our own course."""
    try:
        listener(*news)
    except Exception:
        log.exception("news of shared purges could not be taken")
