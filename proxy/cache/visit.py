"""One exchange's way through the cache: what it asks, under which key, and what the cache did for it."""

from __future__ import annotations

from typing import Final, Protocol

from proxy.cache.asked import Asked
from proxy.cache.key import Key
from proxy.cache.rfc9111 import selected
from proxy.cache.status import Forward
from proxy.cache.stored import Stored
from proxy.cache.verdict import Verdict
from proxy.exchange import Exchange
from proxy.messages import Response
from proxy.runtime import wall_clock

_NOT_YET: Final = Verdict("fetch", "uri_miss", "RFC 9211 §2.2")


class Source(Protocol):
    """Whose answers are kept, such as an upstream; its `name` tells them from another's."""

    @property
    def name(self) -> str: ...

    async def fetch(self, exchange: Exchange) -> Response: ...


class Visit:
    """`origin` is where the exchange would go without a cache. `vary` is what is known to select its response.

    `why` is the verdict by which it goes on to the origin, and `forward` the word of RFC 9211 §2.2 for that.
    `failures` counts the leaders that the origin failed while this one waited, `rounds` how often it waited. `behind`
    tells that no client waits: a stale response was served, and is refreshed. `alone` tells that nobody else waits.
    """

    __slots__ = (
        "alone",
        "asked",
        "behind",
        "exchange",
        "failures",
        "forward",
        "key",
        "origin",
        "rounds",
        "url",
        "vary",
        "why",
    )

    def __init__(self, exchange: Exchange, origin: Source, asked: Asked, key: Key) -> None:
        self.exchange, self.origin, self.asked = exchange, origin, asked
        self.key, self.url = key
        self.vary: tuple[bytes, ...] = ()
        self.why = _NOT_YET
        self.forward: Forward = "uri-miss"
        self.failures = self.rounds = 0
        self.behind, self.alone = False, self.kept_out

    @property
    def kept_out(self) -> bool:
        """Whether the client or a filter wants nothing of the response stored, whatever the origin says of it."""
        choice = self.exchange.chosen_cache
        return self.asked.directives.no_store or (choice is not None and not choice.store)

    @property
    def flight_key(self) -> str:
        """Name the fetch that this one may share.

        What answers a request with Authorization rarely answers one without, so they don't wait for each other.
        """
        selecting = selected(self.vary, self.exchange.request.headers) if self.vary else ""
        return f"{self.key}\n{selecting}\n{self.asked.authorized}"

    def forward_for(self, verdict: Verdict, stored: Stored | None) -> None:
        """Take up why the origin is to be asked."""
        self.why = verdict
        if stored is not None:
            self.forward = "request" if stored.fresh_until > wall_clock() else "stale"
        elif self.vary:
            self.forward = "vary-miss"
