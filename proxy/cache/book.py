"""What the cache did for each exchange: entered in the metrics and on the exchange, and said in Cache-Status."""

from __future__ import annotations

from typing import Final

from proxy.cache.status import Forward, forward_line, hit_line, refused_line
from proxy.cache.stored import Stored
from proxy.cache.verdict import Verdict
from proxy.cache.visit import Visit
from proxy.metrics import Registry

_FETCHED: Final[dict[Forward, str]] = {"stale": "expired", "request": "requested"}
"""What the metrics call a fetch for what was stored already; any other is a miss."""


class Book:
    """The books of one worker's cache; each entry returns the Cache-Status line of its answer (RFC 9211)."""

    def __init__(self, name: str, registry: Registry) -> None:
        self._name, self._requests = name, registry.cache_requests
        self.hits = registry.cache_requests.child(name, "hit")
        self._collapsed = registry.cache_collapsed.child(name)

    def hit(self, visit: Visit, verdict: Verdict, stored: Stored, now: float) -> bytes:
        """Enter an answer from store, fresh or deliberately stale."""
        self._enter(visit, "hit" if verdict.action == "serve" else "stale", verdict)
        visit.exchange.answered_by, visit.exchange.reason = "cache", verdict.reason
        return hit_line(stored.fresh_until - now, verdict.reason)

    def stale(self, visit: Visit, verdict: Verdict, stored: Stored, now: float, status: int | None) -> bytes:
        """Enter a stale answer in the place of the origin's failure; `status` is what it answered, if it did."""
        self._enter(visit, "stale", verdict)
        visit.exchange.answered_by, visit.exchange.reason = "cache", verdict.reason
        return self._forwarded(visit, status, ttl=stored.fresh_until - now, detail=verdict.reason)

    def revalidated(self, visit: Visit, stored: Stored, now: float) -> bytes:
        self._enter(visit, "revalidated", visit.why)
        return self._forwarded(visit, 304, stored=True, ttl=stored.fresh_until - now)

    def stored(self, visit: Visit, status: int, stored: Stored, now: float) -> bytes:
        """Enter a response that is stored on its way to the client."""
        self._enter(visit, _FETCHED.get(visit.forward, "miss"), visit.why)
        return self._forwarded(visit, status, stored=True, ttl=stored.fresh_until - now)

    def shared(self, visit: Visit, stored: Stored, now: float) -> bytes:
        """Enter an answer that another exchange fetched."""
        self._collapsed.value += 1
        self._enter(visit, "collapsed", visit.why)
        visit.exchange.answered_by, visit.exchange.reason = "cache", "collapsed"
        return self._forwarded(visit, None, collapsed=True, ttl=stored.fresh_until - now)

    def passed(self, visit: Visit, status: int, verdict: Verdict) -> bytes:
        """Enter a response that the cache took no part in, and why."""
        self._enter(visit, "bypass" if visit.forward in ("bypass", "method") else "pass", verdict)
        return self._forwarded(visit, status, detail=verdict.reason)

    def refused(self, visit: Visit, verdict: Verdict) -> bytes:
        """Enter an answer of our own: nothing stored, and the client wants nothing else."""
        self._enter(visit, "refused", verdict)
        visit.exchange.answered_by, visit.exchange.reason = "cache", verdict.reason
        return refused_line(verdict.reason)

    def _enter(self, visit: Visit, result: str, verdict: Verdict) -> None:
        self._requests.child(self._name, "refresh" if visit.behind else result).value += 1
        visit.exchange.cache_result, visit.exchange.cache_verdict = result, verdict

    def _forwarded(
        self,
        visit: Visit,
        status: int | None,
        *,
        stored: bool = False,
        collapsed: bool = False,
        ttl: float | None = None,
        detail: str | None = None,
    ) -> bytes:
        return forward_line(
            visit.forward,
            status,
            stored=stored,
            collapsed=collapsed,
            ttl=ttl,
            detail=visit.why.reason if detail is None else detail,
        )
