"""Asks the upstream for what the cache lacks, and lays by what comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from proxy.body import Body
from proxy.cache.admission import is_of_one_user
from proxy.cache.answering import forwarded, from_store
from proxy.cache.asked import ANYBODY
from proxy.cache.cache import Cache
from proxy.cache.flight import Alone, Failed, Flight, Landed
from proxy.cache.freshness import said
from proxy.cache.key import KeyRules, stripped
from proxy.cache.policy import Policy
from proxy.cache.reuse import SERVE
from proxy.cache.rfc9111 import freshened, reuse, stale_on_error, store
from proxy.cache.stored import Stored
from proxy.cache.unkeyed import strip_unkeyed
from proxy.cache.validation import CONDITIONAL, confirms, is_the_same, validators
from proxy.cache.verdict import Verdict
from proxy.cache.visit import Visit
from proxy.chain import discard
from proxy.errors import UpstreamCut, UpstreamError
from proxy.messages import Headers, Response
from proxy.runtime import Waiter, wall_clock

_HEAD: Final = Verdict("pass", "head", "RFC 9110 §9.3.2")
_FILTER: Final = Verdict("pass", "filter", "policy")
_TOO_LARGE: Final = Verdict("pass", "too_large", "policy")


@dataclass(frozen=True, slots=True)
class Sent:
    """When a response was asked for, and the last purges that it cannot have missed."""

    at: float
    checked: int
    generation: int


class Fetching:
    """Fetches for one route's cache."""

    def __init__(self, cache: Cache, policy: Policy, rules: KeyRules) -> None:
        self._cache, self._policy, self._rules = cache, policy, rules

    async def alone(self, visit: Visit, stale: Stored | None) -> Response:
        """Ask for this client alone, with its own conditions and range where there is nothing to validate.

        What may be stored after all is.
        """
        visit.alone = True
        return await self.fetch(visit, stale, Flight.of_one())

    async def fetch(self, visit: Visit, stale: Stored | None, flight: Flight) -> Response:
        """Ask for a whole response, or for word that `stale` is still good; raises what the upstream raises.

        Lands the flight once it is known whether what comes may be shared.
        """
        sent = Sent(wall_clock(), self._cache.purges.version, self._cache.generation)
        try:
            response = await self._send(visit, stale)
        except UpstreamError as error:
            flight.land(Failed(error))
            instead = self.stale_instead(visit, stale, None)
            if instead is None:
                raise
            return instead
        if stale is not None:
            if response.status == 304:
                return await self._validated(visit, stale, response, sent, flight)
            if response.status >= 500 and (instead := self.stale_instead(visit, stale, response.status)) is not None:
                failure = UpstreamError(f"the origin answered {response.status}", status=response.status)
                flight.land(Failed(failure, response.status))
                discard(response)
                return instead
        return await self._received(visit, stale, response, sent, flight)

    async def head(self, visit: Visit, stale: Stored | None) -> Response:
        """Let the origin answer HEAD, with which there is no body to store."""
        try:
            response = await visit.origin.fetch(visit.exchange)
        except UpstreamError:
            instead = self.stale_instead(visit, stale, None)
            if instead is None:
                raise
            return instead
        if response.status >= 500 and (instead := self.stale_instead(visit, stale, response.status)) is not None:
            return instead
        return forwarded(response, self._cache.book.passed(visit, response.status, _HEAD))

    async def again(self, visit: Visit, stored: Stored, wanted: Waiter[Body]) -> None:
        """Ask for what is stored once more, for its body; `wanted` raises where the origin has another by now."""
        try:
            response = await self._send(visit, None)
        except UpstreamError as error:
            wanted.throw(error)
        except BaseException as error:
            wanted.throw(UpstreamCut(str(error)))
            raise
        else:
            if wanted.done() or isinstance(response.body, bytes) or not is_the_same(stored, response):
                discard(response)
                wanted.throw(UpstreamCut("the origin has another body by now", reason="cache_chunk_lost"))
            else:
                wanted.wake(response.body)

    def stale_instead(self, visit: Visit, stale: Stored | None, status: int | None) -> Response | None:
        """Return a stale answer in the place of a failure, if that is allowed, and somebody waits for it."""
        if stale is None or visit.behind:
            return None
        now = wall_clock()
        verdict = stale_on_error(stale, visit.asked, self._policy, now, status=status)
        if verdict.action != "serve_stale":
            return None
        return from_store(visit.asked, stale, now, self._cache.book.stale(visit, verdict, stale, now, status))

    # -- the way there

    async def _send(self, visit: Visit, stale: Stored | None) -> Response:
        """Send the request without what belongs to this client, if others wait, and put that back."""
        request, rules = visit.exchange.request, self._rules
        own_headers, own_query, own_line = request.headers, request.query, request.line
        request.headers = own_headers.copy() if visit.alone and stale is None else _shareable(own_headers, stale)
        strip_unkeyed(request, rules)
        if not rules.keeps_query:
            request.query = stripped(request, rules)
        try:
            return await visit.origin.fetch(visit.exchange)
        finally:
            request.headers = own_headers
            if not rules.keeps_query:
                request.query, request.line = own_query, own_line

    # -- what comes back

    async def _validated(self, visit: Visit, stale: Stored, response: Response, sent: Sent, flight: Flight) -> Response:
        if not confirms(stale, response):
            self._cache.memory.remove(stale)
            return await self.fetch(visit, None, flight)
        now = wall_clock()
        stored = freshened(
            stale, response, self._policy, request_time=sent.at, response_time=now, ttl_s=_chosen_ttl(visit)
        )
        stored.checked, stored.generation = sent.checked, sent.generation
        if visit.kept_out or is_of_one_user(visit.asked, said(Headers(stored.lines)).control):
            flight.land(Alone("authorization" if visit.asked.authorized else "kept_out"))
        elif stored.keep_until <= now:  # It was withdrawn, or is selected otherwise now.
            self._cache.memory.remove(stale)
            flight.land(Alone("withdrawn"))
        else:
            self._cache.put(stored)
            self._land(visit, Landed(stored), flight, now)
        return from_store(visit.asked, stored, now, self._cache.book.revalidated(visit, stored, now))

    async def _received(
        self, visit: Visit, stale: Stored | None, response: Response, sent: Sent, flight: Flight
    ) -> Response:
        now = wall_clock()
        stored = store(
            visit.exchange.request,
            visit.asked,
            response,
            self._policy,
            key=visit.key,
            url=visit.url,
            request_time=sent.at,
            response_time=now,
            ttl_s=_chosen_ttl(visit),
        )
        verdict = stored if isinstance(stored, Verdict) else self._why_not(visit, response)
        if verdict is not None:
            return await self._not_shared(visit, stale, response, verdict, flight)
        assert isinstance(stored, Stored)
        stored.checked, stored.generation = sent.checked, sent.generation
        return self._laid_by(visit, stored, response, flight, now)

    def _why_not(self, visit: Visit, response: Response) -> Verdict | None:
        """Return what besides the RFC keeps a response out."""
        if visit.kept_out:
            return _FILTER
        body = response.body
        length = len(body) if isinstance(body, bytes) else body.length or 0
        return _TOO_LARGE if length > self._cache.max_object_bytes else None

    def _land(self, visit: Visit, landed: Landed, flight: Flight, now: float) -> None:
        """Share a response with those who wait, unless each has to validate it: then nobody waits for a while."""
        cache, key = self._cache, visit.flight_key
        cache.passing.forget(key)
        if reuse(landed.stored, ANYBODY, self._policy, now).action in SERVE:
            cache.validated.forget(key)
            flight.land(landed)
        else:
            cache.validated.remember(key, now + self._policy.hit_for_miss_s)
            flight.land(Alone("not_reusable"))

    def _laid_by(self, visit: Visit, stored: Stored, response: Response, flight: Flight, now: float) -> Response:
        """Store what came, or what is coming, and answer with it."""
        cache = self._cache
        line = cache.book.stored(visit, response.status, stored, now)
        fill = None
        if isinstance(response.body, bytes):
            stored.body = response.body
            cache.put(stored)
        else:
            fill = cache.fill(stored, response.body, flight, cache.begin(stored))
        if not visit.asked.unconditional:
            response = from_store(visit.asked, stored, now, line, fill)
        else:
            response.body = response.body if fill is None else fill.reader()
            forwarded(response, line)
        if fill is not None:
            fill.start()
        self._land(visit, Landed(stored, fill), flight, now)
        return response

    async def _not_shared(
        self, visit: Visit, stale: Stored | None, response: Response, verdict: Verdict, flight: Flight
    ) -> Response:
        """Pass on what is this client's alone."""
        cache = self._cache
        if not visit.kept_out:
            cache.passing.remember(visit.flight_key, wall_clock() + self._policy.hit_for_miss_s)
            if stale is not None and response.status < 500:
                cache.memory.remove(stale)  # The origin has another answer now.
        flight.land(Alone(verdict.reason))
        if visit.asked.range is not None and not visit.alone and not isinstance(response.body, bytes):
            discard(response)  # All of it was asked for in order to store it; its size may be why it isn't.
            response = await visit.origin.fetch(visit.exchange)
        return forwarded(response, cache.book.passed(visit, response.status, verdict))


def _chosen_ttl(visit: Visit) -> float | None:
    choice = visit.exchange.chosen_cache
    return None if choice is None else choice.ttl_s


def _shareable(headers: Headers, stale: Stored | None) -> Headers:
    """Copy a request's fields without its conditions and range, with the conditions that validate `stale`."""
    names = headers.names()
    lines = [line for name, line in zip(names, headers.lines, strict=True) if name not in CONDITIONAL]
    if stale is not None:
        lines += [line for _, line in validators(stale)]
    return Headers(lines)
