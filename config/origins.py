"""What answers a route's exchanges where no filter does: an upstream, several by weight, a function, or nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from config.schema import Route
from proxy.cache.origin import Choosing
from proxy.errors import NoRoute
from proxy.exchange import Exchange
from proxy.messages import Response
from proxy.upstream.upstream import Upstream, WeightedOrigin

if TYPE_CHECKING:
    from config.function_origins import AnyFunctionOrigin
    from config.functions import EdgeFunctions


class Nobody:
    """The origin of a route without upstream: reached only where no filter answered."""

    plain = True

    async def fetch(self, exchange: Exchange) -> Response:
        raise NoRoute("no filter answered, and the route has no upstream", reason="no_upstream")


AnyOrigin: TypeAlias = "Nobody | Upstream | WeightedOrigin | AnyFunctionOrigin"


def origin_of(route: Route, upstreams: Mapping[str, Upstream], functions: EdgeFunctions | None) -> AnyOrigin:
    if route.function is not None and functions is not None:
        return functions.origin(route)
    if not route.upstream:
        return Nobody()
    weighted = [(upstreams[each.name], each.weight) for each in route.upstream if each.weight]
    return weighted[0][0] if len(weighted) == 1 else WeightedOrigin(weighted)


class CachedFunction:
    """A function as a cache knows it: by a name that no upstream has; without one it is whichever the path names."""

    def __init__(self, name: str | None, origin: AnyFunctionOrigin) -> None:
        self.name, self.fetch = f"function:{name or '*'}", origin.fetch

    def choose(self) -> CachedFunction:
        return self


def cacheable(route: Route, origin: AnyOrigin) -> Choosing | None:
    """Return what a cache may stand before, None where nothing is to be cached."""
    if isinstance(origin, Nobody):
        return None
    if isinstance(origin, Upstream | WeightedOrigin):
        return origin
    return CachedFunction(None if route.function is None else route.function.name, origin)
