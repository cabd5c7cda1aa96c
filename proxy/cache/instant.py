"""Fresh hits answered inside the client's `data_received`, from bytes prepared when they were stored.

For a route without filters, and requests that have nothing for a cache to weigh. All else goes the long way, which
answers the same with a coroutine, an exchange and a response for each.
"""

from __future__ import annotations

from typing import Final

from proxy.cache.cache import Cache
from proxy.cache.key import KeyRules, keyed
from proxy.cache.policy import Policy
from proxy.cache.stored import Stored
from proxy.messages import Request
from proxy.runtime import wall_clock

ENDLESS: Final = float("inf")
_TAIL: Final = b"Age: %d\r\nCache-Status: penstock; hit; ttl=%d; detail=fresh\r\nContent-Length: %d\r\n\r\n"


class Instant:
    """The instant hits of one route, all of whose exchanges go to one upstream."""

    def __init__(self, cache: Cache, policy: Policy, rules: KeyRules, upstream_name: str) -> None:
        self._entries, self._purges, self._hits = cache.memory.entries, cache.purges, cache.book.hits
        self._max_ttl_s, self._rules, self._upstream_name = policy.max_ttl_s, rules, upstream_name

    def find(self, request: Request) -> tuple[bytes, bytes] | None:
        """Return the head, with its empty line, and the body of a fresh answer; None for the long way."""
        stored = self._entries.get(keyed(request, self._upstream_name, self._rules).key)
        if type(stored) is not Stored or not stored.head or stored.checked != self._purges.version:
            return None
        now = wall_clock()
        age_s, ttl_s = now - stored.born, stored.fresh_until - now
        if not 0 < ttl_s < ENDLESS or not 0 <= age_s < self._max_ttl_s:
            return None
        stored.uses += 1
        self._hits.value += 1
        # As answering.py, book.py and sending.py write them.
        return stored.head + _TAIL % (age_s, ttl_s, len(body := stored.body)), body
