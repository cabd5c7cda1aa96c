"""Which route an exchange takes: the first in the list whose match fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from proxy.match import Match, PathMatch
from proxy.route_index import HostIndex

if TYPE_CHECKING:
    from proxy.cache.origin import CachedOrigin
    from proxy.chain import Chain
    from proxy.exchange import Client
    from proxy.limits import Limits
    from proxy.local_answer import ErrorPage
    from proxy.messages import Request
    from proxy.pipeline import Origin

__all__ = ["Match", "PathMatch", "Route", "Router", "Verdict"]


SETTLED: Final = 4096
LONGEST_SETTLED: Final = 256


class Route:
    """What to do with the requests that match. `limits` are the listener's, overridden by the route's own.

    `methods_allowed` are methods let through besides the registered ones. `origin_is_plain` tells that the origin
    awaits nothing that needs a Task; an origin says so by a true attribute `plain`. `cache` stands before the origin,
    if the route has one; `instant` gives what of it needs no exchange.
    """

    __slots__ = (
        "cache", "chain", "error_pages", "instant", "limits", "match", "methods_allowed", "name", "origin",
        "origin_is_plain",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        match: Match,
        chain: Chain,
        origin: Origin,
        limits: Limits,
        *,
        cache: CachedOrigin | None = None,
        methods_allowed: frozenset[str] = frozenset(),
        error_pages: Mapping[int, ErrorPage] | None = None,
    ) -> None:
        self.name, self.match, self.chain, self.origin, self.limits = name, match, chain, origin, limits
        self.cache = cache
        self.instant = None if cache is None or chain.steps else cache.instant()
        self.origin_is_plain = bool(getattr(origin, "plain", False))
        self.methods_allowed = methods_allowed
        self.error_pages: Mapping[int, ErrorPage] = error_pages or {}

    def __repr__(self) -> str:
        return f"<Route {self.name}>"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one route: the first reason against it, or None for the one that won."""

    route_name: str
    reason: str | None


class Router:
    """The routes of one listener."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self.routes = tuple(routes)
        self._index = HostIndex(self.routes)
        self._settled: dict[tuple[str, str], Route] = {}

    # 0.15 µs where host and path alone decide and have come before, else one µs at most where the first candidate wins,
    # however many routes there are.
    def find(self, request: Request, client: Client) -> Route | None:
        settled = self._settled.get((request.host, request.path))
        return self._search(request, client) if settled is None else settled

    def _search(self, request: Request, client: Client) -> Route | None:
        candidates = self._index.paths(request.host).candidates(request.path)
        for place, (_, route, conditions) in enumerate(candidates):
            for holds in conditions:
                if not holds(request, client):
                    break
            else:
                if place == 0 and not conditions:
                    self._settle(request, route)
                return route
        return None

    def _settle(self, request: Request, route: Route) -> None:
        """Remember a route that nothing but host and path decide; bounded, because clients choose both."""
        if len(request.path) <= LONGEST_SETTLED:
            if len(self._settled) >= SETTLED:
                self._settled.clear()
            self._settled[request.host, request.path] = route

    def explain(self, request: Request, client: Client) -> list[Verdict]:
        """Judge the routes one by one, without the index, up to the one that wins."""
        verdicts = []
        for route in self.routes:
            verdicts.append(Verdict(route.name, _reason_against(route.match, request, client)))
            if verdicts[-1].reason is None:
                break
        return verdicts


def _reason_against(match: Match, request: Request, client: Client) -> str | None:
    for condition in match.conditions():
        if not condition.holds(request, client):
            return condition.refusal(request, client)
    return None
