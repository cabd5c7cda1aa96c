"""The times of a stored response: until when it is fresh, may be served stale, and is worth keeping."""

from __future__ import annotations

import math
from dataclasses import dataclass

from proxy.cache.freshness import Reception, Said, lifetime
from proxy.cache.policy import Policy
from proxy.messages import Headers


@dataclass(frozen=True, slots=True)
class Times:
    """See `Stored`, whose fields these are."""

    born: float
    fresh_until: float
    keep_until: float
    must_revalidate: bool
    stale_while_revalidate_s: float
    stale_if_error_s: float


def times(
    status: int,
    headers: Headers,
    said: Said,
    reception: Reception,
    policy: Policy,
    *,
    since: float,
    ttl_s: float | None = None,
) -> Times:
    """Work out the times of a response that was born at `since`; `ttl_s` takes the place of its own lifetime.

    What neither states nor allows to guess a lifetime is validated at every use, and never served stale: it may be
    meant for one client by an origin that knows nothing of caches.
    """
    found = lifetime(status, said, headers, reception.date, policy, ttl_s)
    if found is None or said.control.no_cache:
        fresh_until, must_revalidate = -math.inf, True
    else:
        fresh_until, must_revalidate = since + found, said.must_revalidate
    while_revalidate = _leave(must_revalidate, said.control.stale_while_revalidate, policy.stale_while_revalidate_s)
    if_error = _leave(must_revalidate, said.control.stale_if_error, policy.stale_if_error_s)
    unreachable = _leave(must_revalidate, None, policy.stale_unreachable_s)
    keep_until = fresh_until + max(while_revalidate, if_error, unreachable)
    if has_validator(headers):
        keep_until = max(keep_until, fresh_until + policy.keep_s, reception.response_time + policy.keep_s)
    return Times(since, fresh_until, keep_until, must_revalidate, while_revalidate, if_error)


def has_validator(headers: Headers) -> bool:
    names = headers.names()
    return b"etag" in names or b"last-modified" in names


def _leave(must_revalidate: bool, stated: float | None, by_policy: float) -> float:
    if must_revalidate:
        return 0.0
    return by_policy if stated is None else stated
