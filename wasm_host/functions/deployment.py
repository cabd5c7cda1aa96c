"""What an alias of a function points at: a version, or two by percent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import random
from typing import Literal, TypeAlias

from proxy.cookies import find_cookie
from proxy.exchange import Exchange
from wasm_host.functions.broken import BrokenFunction
from wasm_host.functions.choice import WHOLE, chosen, point_of
from wasm_host.functions.function import Function

Runnable: TypeAlias = Function | BrokenFunction
By: TypeAlias = Literal["cookie", "header", "client"]


@dataclass(frozen=True, slots=True)
class Sticky:
    """What of a request decides which version it meets; `name` is the cookie's or the header's."""

    by: By
    name: str = ""

    def key_of(self, exchange: Exchange) -> bytes | None:
        """Return the key, None where the request has none. A client is its address, whatever its port."""
        if self.by == "client":
            return exchange.client.address.encode()
        headers, name = exchange.request.headers, self.name.encode("latin-1", "replace")
        return find_cookie(headers, name) if self.by == "cookie" else headers.find(name.lower())


@dataclass(frozen=True, slots=True)
class Share:
    function: Runnable
    percent: float


class Deployment:
    """What an alias of a function points at. The shares' order is that of their versions, however they were named."""

    def __init__(
        self,
        name: str,
        alias: str,
        shares: Sequence[Share],
        sticky: Sticky | None = None,
        *,
        draw: Callable[[], float] = random,
    ) -> None:
        self.name, self.alias = name, alias
        self.shares = tuple(sorted(shares, key=lambda share: share.function.version))
        self._only = self.shares[0].function if len(self.shares) == 1 else None
        self._percents = [share.percent for share in self.shares]
        self._sticky, self._salt, self._draw = sticky, name.encode(), draw

    def function_for(self, exchange: Exchange, sticky: Sticky | None = None) -> Runnable:
        """Return the version that an exchange meets; a route's own `sticky` goes before the alias's."""
        if self._only is not None:
            return self._only
        by = sticky or self._sticky
        key = None if by is None else by.key_of(exchange)
        point = self._draw() * WHOLE if key is None else point_of(key, self._salt)
        return self.shares[chosen(self._percents, point)].function
