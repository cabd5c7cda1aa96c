"""Which requests never meet the cache."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from proxy.cache.policy import Policy
from proxy.cache.verdict import Verdict
from proxy.cookies import find_cookie
from proxy.exchange import Exchange

_BODY: Final = Verdict("bypass", "request_body", "RFC 9110 §9.3.1")
_UPGRADE: Final = Verdict("bypass", "upgrade", "RFC 9110 §7.8")
_METHOD: Final = Verdict("bypass", "method", "RFC 9111 §3")
_FILTER: Final = Verdict("bypass", "filter", "")
_FIELD: Final = Verdict("bypass", "header", "")
_COOKIE: Final = Verdict("bypass", "cookie", "")


@dataclass(frozen=True, slots=True)
class Bypass:
    """A route's own reasons: lower-case names of request fields, and names of cookies."""

    headers: tuple[bytes, ...] = ()
    cookies: tuple[bytes, ...] = ()

    def why(self, exchange: Exchange, policy: Policy) -> Verdict | None:
        """Return why the cache has no part in an exchange, None where it has."""
        request = exchange.request
        if request.method not in policy.methods:
            return _METHOD
        if request.body:
            return _BODY
        if request.upgrade is not None:
            return _UPGRADE
        if exchange.chosen_cache is not None and exchange.chosen_cache.bypass:
            return _FILTER
        if self.headers and not set(self.headers).isdisjoint(request.headers.names()):
            return _FIELD
        if self.cookies and any(find_cookie(request.headers, name) is not None for name in self.cookies):
            return _COOKIE
        return None
