"""May a stored response answer a request (RFC 9111 §4), fresh or stale (§4.2.4, RFC 5861)?"""

from __future__ import annotations

import math
from typing import Final

from proxy.cache.asked import Asked
from proxy.cache.policy import Policy
from proxy.cache.stored import Stored
from proxy.cache.verdict import Verdict

FRESH: Final = Verdict("serve", "fresh", "RFC 9111 §4.2")
_CLIENT_MAX_STALE: Final = Verdict("serve", "client_max_stale", "RFC 9111 §5.2.1.2")
_WHILE_REVALIDATE: Final = Verdict("serve_stale", "stale_while_revalidate", "RFC 5861 §3")
_STALE: Final = Verdict("validate", "stale", "RFC 9111 §4.2.4")
_EVERY_USE: Final = Verdict("validate", "every_use", "RFC 9111 §4.3")
_CLIENT_NO_CACHE: Final = Verdict("validate", "client_no_cache", "RFC 9111 §5.2.1.4")
_CLIENT_MAX_AGE: Final = Verdict("validate", "client_max_age", "RFC 9111 §5.2.1.1")
_CLIENT_MIN_FRESH: Final = Verdict("validate", "client_min_fresh", "RFC 9111 §5.2.1.3")
_NOTHING: Final = Verdict("fetch", "miss", "RFC 9111 §4")
_ONLY_IF_CACHED: Final = Verdict("forbidden", "only_if_cached", "RFC 9111 §5.2.1.7")

_STALE_IF_ERROR: Final = Verdict("serve_stale", "stale_if_error", "RFC 5861 §4")
_UNREACHABLE: Final = Verdict("serve_stale", "unreachable", "RFC 9111 §4.2.4")
_STILL_FRESH: Final = Verdict("serve_stale", "still_fresh", "RFC 9111 §4.2")
_MUST_REVALIDATE: Final = Verdict("refuse", "must_revalidate", "RFC 9111 §5.2.2.2")
_NOT_AN_ERROR: Final = Verdict("refuse", "not_an_error", "RFC 5861 §4")
_TOO_STALE: Final = Verdict("refuse", "too_stale", "RFC 9111 §4.2.4")

_ERRORS: Final = frozenset({500, 502, 503, 504})
"""RFC 5861 §4."""

SERVE: Final = ("serve", "serve_stale")
"""The actions with which a stored response answers at once."""


def reuse(stored: Stored, asked: Asked, policy: Policy, now: float) -> Verdict:
    """Decide on a request that selects `stored`: "serve", "serve_stale" and validate behind, "validate", "forbidden".

    The route's cap is held to here too: another route, or this one before a reload, may have stored the response.
    """
    fresh_until = min(stored.fresh_until, stored.born + policy.max_ttl_s)
    if asked.plain and now < fresh_until:
        return FRESH
    verdict = _by_request(stored, asked, now, fresh_until) or _by_age(stored, asked, now, fresh_until)
    if verdict.action == "validate" and asked.directives.only_if_cached:
        return _ONLY_IF_CACHED
    return verdict


def _by_request(stored: Stored, asked: Asked, now: float, fresh_until: float) -> Verdict | None:
    """Return what the request's own directives settle (§5.2.1)."""
    directives = asked.directives
    if directives.no_cache:
        return _CLIENT_NO_CACHE
    if directives.max_age is not None and now - stored.born > directives.max_age:
        return _CLIENT_MAX_AGE
    if directives.min_fresh is not None and fresh_until - now < directives.min_fresh:
        return _CLIENT_MIN_FRESH
    stale_s = now - fresh_until
    if directives.max_stale is not None and 0 <= stale_s <= directives.max_stale and not stored.must_revalidate:
        return _CLIENT_MAX_STALE
    return None


def _by_age(stored: Stored, asked: Asked, now: float, fresh_until: float) -> Verdict:
    if now < fresh_until:
        return FRESH
    if fresh_until == -math.inf:
        return _EVERY_USE
    directives = asked.directives
    wants_it_fresh = directives.max_age is not None and directives.max_stale is None  # §5.2.1.1
    may_be_stale = not stored.must_revalidate and not wants_it_fresh
    if may_be_stale and now < fresh_until + stored.stale_while_revalidate_s:
        return _WHILE_REVALIDATE
    return _STALE


def reuse_nothing(asked: Asked) -> Verdict:
    """Decide on a request that selects no stored response: "fetch" or "forbidden"."""
    return _ONLY_IF_CACHED if asked.directives.only_if_cached else _NOTHING


def stale_on_error(stored: Stored, asked: Asked, policy: Policy, now: float, *, status: int | None) -> Verdict:
    """Decide whether to "serve_stale" or "refuse" where the origin answered `status`, or nothing: None.

    What the client would rather have does not count: it can only have this or the error (RFC 5861 §4).
    """
    if stored.must_revalidate:
        return _MUST_REVALIDATE
    if status is not None and status not in _ERRORS:
        return _NOT_AN_ERROR
    stale_s = now - min(stored.fresh_until, stored.born + policy.max_ttl_s)
    if stale_s < 0:  # The client wanted it validated, no more.
        return _STILL_FRESH
    if stale_s < max(stored.stale_if_error_s, asked.directives.stale_if_error or 0):
        return _STALE_IF_ERROR
    if status is None and stale_s < policy.stale_unreachable_s:
        return _UNREACHABLE
    return _TOO_STALE
