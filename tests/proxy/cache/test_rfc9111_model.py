"""A day of a cache between clients and an origin that does as it likes, judged by a model of RFC 9111.

Never stale without leave, never another client's private answer. The model (kit/cache_model.py) was written from the
RFC and shares nothing with the code but the types of policies and purges; every answer names, in X-Telling, what the
origin told last about it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import replace
from itertools import cycle
from typing import Any, ClassVar, TypeAlias

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from kit.cache_clients import CLIENTS, Clients
from kit.cache_model import Ledger, Taken
from kit.cache_site import HOST, Habit, Resource, Site, State
from kit.cache_strategies import directives, error_habits, habits, pauses, policies, wishes
from kit.cache_words import Wish, Words
from kit.clock import LATER_S, FakeClock

from proxy.cache.bypass import Bypass
from proxy.cache.cache import Cache
from proxy.cache.key import KeyRules
from proxy.cache.origin import CachedOrigin
from proxy.cache.policy import Policy
from proxy.cache.purge import Purge
from proxy.metrics import Registry

Selecting: TypeAlias = dict[str, str | None]
DAY_S = 86_400.0
REST_S, OUTAGES_S = (2.0, 50.0, 600.0, 20_000.0), (50.0,)
"""The pauses of what is left of a day, over and over, and those after which the origin is found down."""
TURNS = 6
"""Of the loop, until followers have been told, fetched and told others."""
PATHS = ("/a", "/a/b", "/c")
NAMED = [("url", HOST + path) for path in PATHS] + [
    ("tag", "odd"),
    ("tag", "even"),
    ("prefix", HOST + "/a"),
    ("all", ""),
]
FIELDS = [("de", None), ("en", None), (None, "m"), ("de", "m")]
clients, paths = st.sampled_from(sorted(CLIENTS)), st.sampled_from([*PATHS, PATHS[0], PATHS[0]])
selections = st.sampled_from([{}, {}, {}, *({"accept-language": one, "x-device": two} for one, two in FIELDS)])
forms = st.sampled_from(["plain", "plain", "plain", "head", "conditional", "conditional", "range"])


class Day(RuleBasedStateMachine):
    """`seen` counts by which leave answers were given, over all days."""

    seen: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.clock, self.monotonic = FakeClock(LATER_S, of="wall_clock").__enter__(), FakeClock().__enter__()
        self.loop = asyncio.new_event_loop()

    @initialize(
        policy=policies,
        kib=st.sampled_from([32, 4_096]),
        first=st.lists(habits, min_size=3, max_size=3),
        instant=st.booleans(),
    )
    def begin(self, policy: Policy, kib: int, first: list[Habit], instant: bool) -> None:
        self.ledger = Ledger(policy, self.clock)
        self.site = Site(
            self.ledger, {HOST + path: Resource(1, habit) for path, habit in zip(PATHS, first, strict=True)}
        )
        self.cache = Cache("it", memory_bytes=kib * 1024, max_object_bytes=1 << 20, redis=None, registry=Registry())
        cached = CachedOrigin(self.cache, self.site, policy, KeyRules(), Bypass())
        self.clients = Clients(self.cache, cached, self.site, self.ledger, self.seen, instant=instant)
        self.log = _Errors(self.clients.wrong)
        logging.getLogger("penstock").addHandler(self.log)

    # -- clients

    @rule(client=clients, path=paths, selecting=selections, wish=st.just(Wish()) | wishes, form=forms)
    def ask(self, client: str, path: str, selecting: Selecting, wish: Wish, form: str) -> None:
        self.do(self.clients.ask, client, path, selecting, wish, form)

    @rule(path=paths, device=st.sampled_from([None, "m"]))
    def everybody_asks(self, path: str, device: str | None) -> None:
        self.do(self.clients.everybody_asks, path, device)

    @rule(
        client=clients, path=paths, selecting=st.tuples(selections, selections), wish=wishes, form=forms, after_s=pauses
    )
    def look_again(
        self, client: str, path: str, selecting: tuple[Selecting, Selecting], wish: Wish, form: str, after_s: float
    ) -> None:
        self.do(self.clients.ask, client, path, selecting[0])
        self.wait(after_s)
        self.do(self.clients.ask, client, path, selecting[1], wish, form)

    @rule(path=paths, state=st.sampled_from(["down", 503, 501]), seconds=pauses)
    def stumble(self, path: str, state: State, seconds: float) -> None:
        """Fail for a moment, a while after all was well."""
        self.do(self.clients.everybody_asks, path)
        self.wait(seconds)
        before, self.site.state = self.site.state, state
        self.do(self.clients.everybody_asks, path)
        self.site.state = before

    @precondition(lambda self: self.clients.open)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        self.do(data.draw(st.sampled_from(list(self.clients.open.values()))).cancel)

    @rule(
        client=clients,
        path=paths,
        method=st.sampled_from(["POST", "DELETE", "FOO"]),
        status=st.sampled_from([200, 204, 303, 400]),
        other=st.sampled_from([None, *PATHS]),
        absolute=st.booleans(),
    )
    def change_something(
        self, client: str, path: str, method: str, status: int, other: str | None, absolute: bool
    ) -> None:
        before, self.site.at_once = self.site.at_once, True
        fields = [] if other is None else [("Location" if absolute else "Content-Location", HOST * absolute + other)]
        self.site.unsafe_answer = status, fields
        self.run(self.clients.change(client, path, method))
        self.site.at_once = before
        if self.site.state == "up" and status < 400:
            for named in (path, other or path):
                self._take(Purge("url", HOST + named, hard=True), unsafe=True)

    # -- the origin

    @rule(path=paths, habit=st.none() | habits)
    def edit(self, path: str, habit: Habit | None) -> None:
        """Let a resource have another version, or be answered in another way."""
        resource = self.site.resources[HOST + path]
        if habit is None:
            resource.version += 1
        else:
            resource.habit = habit

    @rule(path=paths, words=directives, sets_cookie=st.booleans(), after_s=pauses)
    def reconsider(self, path: str, words: Words, sets_cookie: bool, after_s: float) -> None:
        """Say something else of the same version, which a 304 will tell."""
        resource = self.site.resources[HOST + path]
        self.do(self.clients.everybody_asks, path)
        self.wait(after_s)
        resource.habit = replace(resource.habit, cache_control=words, sets_cookie=sets_cookie)
        self.do(self.clients.everybody_asks, path)

    @rule(state=st.sampled_from(["up", "up", "down", 500, 503, 501]), habit=error_habits)
    def fare(self, state: State, habit: Habit) -> None:
        self.site.state, self.site.error_habit = state, habit

    @rule(at_once=st.booleans())
    def hurry(self, at_once: bool) -> None:
        """Answer at once from now on, or only when told to."""
        self.site.at_once = at_once

    @precondition(lambda self: self.site.waiting)
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        call = data.draw(st.integers(0, len(self.site.waiting) - 1))
        self.do(self.site.answer, self.site.waiting[call])

    @precondition(lambda self: self.site.streams)
    @rule(data=st.data(), cut=st.sampled_from([False, False, False, True]))
    def send_more(self, data: st.DataObject, cut: bool) -> None:
        stream = self.site.streams[data.draw(st.integers(0, len(self.site.streams) - 1))]
        self.do(self.site.cut if cut else self.site.send_more, stream)

    # -- the operator, and time

    @rule(named=st.sampled_from(NAMED), hard=st.booleans())
    def purge(self, named: tuple[Any, str], hard: bool) -> None:
        purge = Purge(*named, hard=hard)
        self.run(self.cache.purge(purge, publish=False))
        self._take(purge)

    @rule(path=paths, named=st.sampled_from(NAMED), hard=st.booleans(), after_s=pauses)
    def purge_meanwhile(self, path: str, named: tuple[Any, str], hard: bool, after_s: float) -> None:
        """Purge while the origin is asked."""
        self.do(self.clients.everybody_asks, path)
        self.wait(after_s)
        before, self.site.at_once = self.site.at_once, False
        self.do(self.clients.everybody_asks, path)
        self.purge(named, hard)
        self.site.at_once = before
        while self.site.waiting:
            self.do(self.site.answer, self.site.waiting[0])
        self.do(self.clients.everybody_asks, path)

    @rule(seconds=pauses)
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.monotonic.advance(seconds)
        self.cache.memory.expire(self.clock.now, at_most=1)

    @invariant()
    def it_stays_within_its_bytes(self) -> None:
        if hasattr(self, "cache"):
            assert self.cache.memory.size_bytes <= self.cache.memory.limit_bytes

    def teardown(self) -> None:
        try:
            if hasattr(self, "clients"):
                self._end()
        finally:
            self.clock.__exit__()
            self.monotonic.__exit__()
            self.loop.close()

    # -- how it ends

    def _end(self) -> None:
        try:
            if not self.clients.wrong:
                self._settle()
                self._finish_the_day()
        finally:
            logging.getLogger("penstock").removeHandler(self.log)
            self.clients.wrong.clear()
            self.do(self._abandon)

    def _settle(self) -> None:
        """Let the origin answer all that it still owes: nobody may be left waiting."""
        self.site.at_once = True
        while self.site.waiting or self.site.streams:
            for call in self.site.waiting[:1]:
                self.do(self.site.answer, call)
            for stream in self.site.streams[:1]:
                self.do(self.site.send_more, stream)
        assert not self.clients.open, f"left waiting: {list(self.clients.open)}"
        assert len(self.cache.flights) == 0
        assert self.cache.budget.left_bytes == self.cache.memory.limit_bytes // 8

    def _finish_the_day(self) -> None:
        """Let the rest of the day go by, with a failure now and then."""
        for pause_s in cycle(REST_S):
            if self.clock.now > LATER_S + DAY_S:
                break
            self.wait(pause_s)
            self.site.state = "down" if pause_s in OUTAGES_S else "up"
            for path in PATHS:
                self.do(self.clients.everybody_asks, path)
            self._settle()

    def _abandon(self) -> None:
        """End what a failure left under way: what the garbage collector ends, it ends in the middle of another day."""
        for strand in list(self.clients.open.values()):
            strand.cancel()
        for call in list(self.site.waiting):
            call.waiter.cancel()
        for stream in list(self.site.streams):
            self.site.cut(stream)

    # -- how it is done

    def do(self, action: Callable[..., object], *arguments: object) -> None:
        async def done() -> None:
            action(*arguments)

        self.run(done())

    def run(self, doing: Coroutine[Any, Any, object]) -> None:
        """Do it, and all that comes of it without the origin; raise what was wrong with an answer."""

        async def turns() -> None:
            await doing
            for _ in range(TURNS):
                await asyncio.sleep(0)

        self.loop.run_until_complete(turns())
        if self.clients.wrong:
            raise self.clients.wrong[0]

    def _take(self, purge: Purge, unsafe: bool = False) -> None:
        self.ledger.taken.append(Taken(purge, self.ledger.next_place(), self.clock.now, unsafe))


class _Errors(logging.Handler):
    """Takes what is logged as an error for one: nobody else hears of what fails behind the clients' backs."""

    def __init__(self, wrong: list[BaseException]) -> None:
        super().__init__(logging.ERROR)
        self._wrong = wrong

    def emit(self, record: logging.LogRecord) -> None:
        self._wrong.append(AssertionError(record.getMessage(), record.exc_info))


LEAVES = {
    "direct", "fresh", "instant", "collapsed", "validated", "not modified", "max_stale", "stale_while_revalidate",
    "stale_if_error", "unreachable", "refused", "failed",
}  # fmt: skip
SEEDS = range(8)
"""Always the same, so that the test is; several, as one leads hypothesis into one corner."""
BOUNDED = settings(stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck))


def test_a_day_keeps_the_rules() -> None:
    Day.seen.clear()
    for number in SEEDS:
        run_state_machine_as_test(seed(number)(Day), settings=settings(BOUNDED, max_examples=40, database=None))
    assert set(Day.seen) >= LEAVES, f"never seen: {LEAVES - set(Day.seen)}"


@pytest.mark.slow
@pytest.mark.timeout(1_200)
def test_many_days_keep_the_rules() -> None:
    run_state_machine_as_test(Day, settings=settings(BOUNDED, max_examples=4_000))
