"""How long a response is fresh, how old it is, and how long it is worth keeping (RFC 9111 §4.2)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from proxy.cache.dates import parse_date
from proxy.cache.directives import CacheControl, cache_control
from proxy.cache.fields import age
from proxy.cache.policy import Policy
from proxy.cache.targeted import targeted_control
from proxy.messages import Headers

HEURISTICALLY_CACHEABLE: Final = frozenset({200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501})
"""RFC 9110 §15.1."""


@dataclass(frozen=True, slots=True)
class Said:
    """The directives that count for a response; `targeted` tells that they stand in CDN-Cache-Control.

    That one takes the place of Cache-Control and of Expires (RFC 9213 §2.2).
    """

    control: CacheControl
    targeted: bool

    @property
    def for_shared(self) -> bool:
        """Whether there is a lifetime that is meant for shared caches."""
        return self.control.s_maxage is not None or (self.targeted and self.control.max_age is not None)

    @property
    def must_revalidate(self) -> bool:
        """Whether it must not be served stale: s-maxage implies proxy-revalidate (RFC 9111 §5.2.2.10)."""
        control = self.control
        return control.must_revalidate or control.proxy_revalidate or control.no_cache or control.s_maxage is not None


def said(headers: Headers) -> Said:
    targeted = targeted_control(headers.values(b"cdn-cache-control"))
    if targeted is not None:
        return Said(targeted, True)
    return Said(cache_control(headers.values(b"cache-control")), False)


@dataclass(frozen=True, slots=True)
class Reception:
    """When a response was asked for and came, and its Date.

    That is the time of receipt where it has no valid one, is not `dated` (RFC 9110 §6.6.1).
    """

    request_time: float
    response_time: float
    date: int
    dated: bool

    @classmethod
    def of(cls, headers: Headers, request_time: float, response_time: float) -> Reception:
        date = _date(headers, b"date", response_time)
        if date is None:
            return cls(request_time, response_time, math.floor(response_time), dated=False)
        return cls(request_time, response_time, date, dated=True)


def born(headers: Headers, reception: Reception) -> float:
    """Return when the response's age was zero (RFC 9111 §4.2.3); `headers` are those that came.

    Dates are whole seconds, and so is what is compared with them: a fraction would age every response by half a second.
    """
    apparent_age = math.floor(reception.response_time) - reception.date
    response_delay = max(0.0, reception.response_time - reception.request_time)
    return reception.response_time - max(apparent_age, age(headers.values(b"age")) + response_delay)


def explicit_lifetime(said: Said, headers: Headers, date: int) -> float | None:
    """Return what the origin states: s-maxage, else max-age, else Expires (§4.2.1); invalid is zero, thus stale."""
    if said.control.s_maxage is not None:
        return said.control.s_maxage
    if said.control.max_age is not None:
        return said.control.max_age
    if said.targeted or b"expires" not in headers.names():
        return None
    expires = _date(headers, b"expires", date)
    return 0.0 if expires is None else expires - date


def heuristic_lifetime(status: int, said: Said, headers: Headers, date: int, policy: Policy) -> float | None:
    """Return the guess from Last-Modified (§4.2.2), for statuses that may be guessed at, and where `public` is said."""
    if status not in HEURISTICALLY_CACHEABLE and not said.control.public:
        return None
    last_modified = _date(headers, b"last-modified", date)
    if last_modified is None:
        return None
    return min(max(0, date - last_modified) * policy.heuristic_fraction, policy.heuristic_max_s)


def default_lifetime(status: int, said: Said, policy: Policy) -> float | None:
    """Return the route's own choice; it holds for what may be guessed at, and for statuses that the route names."""
    named = policy.statuses is not None and status in policy.statuses
    if not policy.default_ttl_s or not (named or said.control.public or status in HEURISTICALLY_CACHEABLE):
        return None
    return policy.default_ttl_s


def lifetime(
    status: int, said: Said, headers: Headers, date: int, policy: Policy, ttl_s: float | None = None
) -> float | None:
    """Return the first of `ttl_s` and the three in seconds, at most the route's cap; None where nothing gives one."""
    found = explicit_lifetime(said, headers, date) if ttl_s is None else ttl_s
    if found is None:
        found = heuristic_lifetime(status, said, headers, date, policy)
    if found is None:
        found = default_lifetime(status, said, policy)
    return None if found is None else min(found, policy.max_ttl_s)


def _date(headers: Headers, lower_name: bytes, now: float) -> int | None:
    value = headers.find(lower_name)
    return None if value is None else parse_date(value, now)
