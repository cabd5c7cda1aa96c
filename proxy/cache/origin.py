"""The origin that puts a cache before an upstream: the way of one exchange through it, top to bottom."""

from __future__ import annotations

import logging
from collections.abc import Coroutine
from functools import partial
from typing import Any, Final, Protocol

from proxy.body import Body
from proxy.cache.answering import forwarded, from_store, gateway_timeout
from proxy.cache.asked import SPEAKING, asked
from proxy.cache.bypass import Bypass
from proxy.cache.cache import Cache
from proxy.cache.fetching import Fetching
from proxy.cache.fill import Fill
from proxy.cache.flight import Abandoned, Alone, Failed, Flight, Landed
from proxy.cache.instant import Instant
from proxy.cache.invalidation import invalidated
from proxy.cache.key import Key, KeyRules, keyed
from proxy.cache.policy import Policy
from proxy.cache.reuse import SERVE
from proxy.cache.rfc9111 import matches, reuse, reuse_nothing
from proxy.cache.sharing import find_shared, promoted, whole
from proxy.cache.stored import Stored
from proxy.cache.verdict import Verdict
from proxy.cache.visit import Source, Visit
from proxy.chain import discard
from proxy.errors import ProxyError, UpstreamError
from proxy.exchange import Exchange
from proxy.messages import Response
from proxy.runtime import Strand, Waiter, spawn, wall_clock

log = logging.getLogger("penstock.cache")

ELECTIONS: Final = 2
"""So many leaders may be failed by the origin before those who waited are given its failure: more would ask an origin
in trouble once for each of them, one after the other."""
MOST_ROUNDS: Final = 4
"""Who has waited so often without getting an answer fetches alone."""
REFRESH_AGAIN_S: Final = 1.0
_BEHIND: Final = Verdict("validate", "stale_while_revalidate", "RFC 5861 §3")


class Choosing(Protocol):
    """An origin that knows whose answer an exchange would get; one with a `name` is always that one itself."""

    def choose(self) -> Source: ...


class CachedOrigin:
    """Answers from the cache, and fetches for it what it lacks."""

    plain = True

    def __init__(self, cache: Cache, origin: Choosing, policy: Policy, rules: KeyRules, bypass: Bypass) -> None:
        self.cache, self._origin, self.policy, self.rules, self._bypass = cache, origin, policy, rules, bypass
        self._fetching = Fetching(cache, policy, rules)
        cache.users.add(self)

    async def fetch(self, exchange: Exchange) -> Response:
        """Return a stored response, or the origin's; raises UpstreamError."""
        visit = self._visit(exchange)
        why_not = self._bypass.why(exchange, self.policy)
        if why_not is not None:
            return await self._past(visit, why_not)
        while True:
            stored = self.cache.find(visit.key, exchange.request.headers)
            now = wall_clock()
            verdict = self._judge(stored, visit, now)
            if stored is not None and verdict.action in SERVE:
                return self._serve(visit, stored, verdict, now)
            visit.forward_for(verdict, stored)
            if verdict.action == "forbidden":
                return await self._without_fetch(visit)
            if visit.asked.to_head:
                return await self._fetching.head(visit, stored)
            if visit.alone or visit.rounds >= MOST_ROUNDS or self._waits_in_vain(visit, stored, now):
                return await self._fetching.alone(visit, stored)
            flight = self.cache.flights.find(visit.flight_key)
            if flight is None:
                return await self._lead(visit, stored, self.cache.flights.start(visit.flight_key))
            answer = await self._follow(visit, flight, stored)
            if answer is not None:
                return answer

    def instant(self) -> Instant | None:
        """Return what answers fresh hits without an exchange, where that can be done at all."""
        name: str | None = getattr(self._origin, "name", None)
        if name is None or self._bypass != Bypass() or "GET" not in self.policy.methods:
            return None
        return Instant(self.cache, self.policy, self.rules, name)

    def _visit(self, exchange: Exchange) -> Visit:
        choice = exchange.chosen_cache
        origin = exchange.origin or self._origin.choose()
        key = keyed(exchange.request, origin.name, self.rules, () if choice is None else choice.key_parts)
        visit = Visit(exchange, origin, asked(exchange.request, self.policy), key)
        visit.vary = self.cache.memory.vary_of(visit.key)
        return visit

    def _judge(self, stored: Stored | None, visit: Visit, now: float) -> Verdict:
        return reuse_nothing(visit.asked) if stored is None else reuse(stored, visit.asked, self.policy, now)

    def _serve(self, visit: Visit, stored: Stored, verdict: Verdict, now: float, fill: Fill | None = None) -> Response:
        if verdict.action == "serve_stale":
            self._refresh_behind(visit, stored)
        return from_store(visit.asked, stored, now, self.cache.book.hit(visit, verdict, stored, now), fill)

    def _waits_in_vain(self, visit: Visit, stored: Stored | None, now: float) -> bool:
        """Tell whether another's fetch would give this one nothing, as the last showed."""
        cache, key = self.cache, visit.flight_key
        return cache.passing.includes(key, now) or (stored is not None and cache.validated.includes(key, now))

    @property
    def _may_be_shared(self) -> bool:
        """Whether the second tier can be asked."""
        return self.cache.shared is not None and self.cache.shared.available

    # -- past the cache

    async def _past(self, visit: Visit, why: Verdict) -> Response:
        """Go to the origin as if there were no cache, and drop what the request makes invalid there."""
        visit.why, visit.forward = why, "method" if why.reason == "method" else "bypass"
        exchange = visit.exchange
        response = await visit.origin.fetch(exchange)
        for url in invalidated(exchange.request, response, visit.url):
            self.cache.invalidate(self.rules.keyed_url(url))
        return forwarded(response, self.cache.book.passed(visit, response.status, why))

    async def _without_fetch(self, visit: Visit) -> Response:
        """Answer `only-if-cached` from the second tier, or not at all (RFC 9111 §5.2.1.7)."""
        flight = Flight.of_one()
        try:
            if self._may_be_shared:
                found = await self._find_shared(visit, flight)
                if isinstance(found, Response):
                    return found
        finally:
            flight.land(Abandoned())
        return gateway_timeout(self.cache.book.refused(visit, visit.why))

    # -- as the first

    async def _lead(self, visit: Visit, stored: Stored | None, flight: Flight) -> Response:
        """Look in the second tier, then ask the origin, for all who come meanwhile."""
        try:
            if self._may_be_shared:
                found = await self._find_shared(visit, flight)
                if isinstance(found, Response):
                    return found
                stored = found or stored
            return await self._fetching.fetch(visit, stored, flight)
        except BaseException as error:
            flight.land(Failed(error) if isinstance(error, UpstreamError) else Abandoned())
            raise

    async def _find_shared(self, visit: Visit, flight: Flight) -> Response | Stored | None:
        """Return the second tier's answer, or what it has that must be validated first."""
        cache = self.cache
        found = await find_shared(cache, visit, flight)
        if found.stored is None:
            return None
        stored, now = found.stored, wall_clock()
        verdict = self._judge(stored, visit, now)
        if verdict.action not in SERVE or (visit.behind and verdict.action != "serve"):
            return await whole(cache, found)
        fill = promoted(cache, found, flight, partial(self._again, visit, stored))
        response = self._serve(visit, stored, verdict, now, fill)
        if fill is not None:
            fill.start()
        flight.land(Landed(stored, fill))
        return response

    # -- as one of many

    async def _follow(self, visit: Visit, flight: Flight, stored: Stored | None) -> Response | None:
        """Wait for another's fetch and share it; None where this one must look again, and may lead."""
        visit.rounds += 1
        is_late = flight.landed is not None
        outcome = await flight.join()
        if isinstance(outcome, Landed):
            return self._share(visit, flight, outcome, is_late=is_late)
        if isinstance(outcome, Alone):
            visit.alone = True
        elif isinstance(outcome, Failed):
            return self._failed(visit, stored, outcome)
        return None

    def _share(self, visit: Visit, flight: Flight, landed: Landed, *, is_late: bool) -> Response | None:
        """Answer with another's response, if it is fresh: what was stored only to be validated may be one client's own.

        Who waited for it may be given it even against `no-cache`, for it is the origin's answer of now; who came later,
        as if it were stored.
        """
        stored, fill, now = landed.stored, landed.fill, wall_clock()
        if not matches(stored, visit.exchange.request.headers):
            visit.vary = stored.vary
        elif not self.cache.survives(stored):
            flight.end()
        elif (
            (fill is not None and not fill.storing and not fill.whole)
            or stored.fresh_until <= now
            or (is_late and self._judge(stored, visit, now).action not in SERVE)
        ):
            visit.alone = True
        else:
            return from_store(visit.asked, stored, now, self.cache.book.shared(visit, stored, now), fill)
        return None

    def _failed(self, visit: Visit, stored: Stored | None, failed: Failed) -> Response | None:
        """Answer as the one who led was, or try in turn; raises the leader's error where enough have tried."""
        visit.failures += 1
        instead = self._fetching.stale_instead(visit, stored, failed.status)
        if instead is None and visit.failures >= ELECTIONS:
            error = failed.error
            raise type(error)(str(error), reason=error.reason, status=error.status)
        return instead

    # -- behind the client's back

    def _refresh_behind(self, visit: Visit, stored: Stored) -> None:
        """Validate what was served stale, once however many it is served to (RFC 5861 §3)."""
        cache, flight_key = self.cache, visit.flight_key
        if visit.kept_out or cache.flights.find(flight_key) is not None:
            return
        if cache.refreshing.includes(flight_key, wall_clock()):
            return
        behind = self._behind(visit)
        behind.forward_for(_BEHIND, stored)
        refresh = self._refresh(behind, stored, cache.flights.start(flight_key))
        _start(refresh, visit.exchange, "refresh of a stale response")

    def _again(self, visit: Visit, stored: Stored) -> Waiter[Body]:
        """Ask the origin for what the second tier has lost on its way to a client."""
        wanted: Waiter[Body] = Waiter()
        fetch = self._fetching.again(self._behind(visit), stored, wanted)
        _start(fetch, visit.exchange, "fetch of a lost body")
        return wanted

    def _behind(self, visit: Visit) -> Visit:
        """Return a visit that asks for the same, and says nothing to caches on its client's behalf."""
        exchange = visit.exchange.behind()
        for name in SPEAKING:
            exchange.request.headers.drop(name)
        behind = Visit(exchange, visit.origin, asked(exchange.request, self.policy), Key(visit.key, visit.url))
        behind.vary, behind.behind = visit.vary, True
        return behind

    async def _refresh(self, visit: Visit, stored: Stored, flight: Flight) -> None:
        try:
            response = await self._lead(visit, stored, flight)
        except ProxyError as error:
            log.debug("a stale response could not be refreshed: %s", error)
        else:
            discard(response)
            if response.status < 500:
                return
        self.cache.refreshing.remember(visit.flight_key, wall_clock() + REFRESH_AGAIN_S)


def _start(doing: Coroutine[Any, Any, None], exchange: Exchange, name: str) -> None:
    """Let something go on without a client: in a Task where the route's filters need one."""
    if exchange.route is None or exchange.route.chain.plain:
        Strand(doing).step()
    else:
        spawn(doing, name)
