"""What a route wants of its cache, where the responses leave it open or are to be overruled."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Policy:
    """The route's choices; durations in seconds.

    `default_ttl_s` is the freshness of responses that say nothing and have no heuristic one; `max_ttl_s` caps all.
    `heuristic_fraction` of the time since Last-Modified counts as fresh, up to `heuristic_max_s` (RFC 9111 §4.2.2).
    `statuses` are those that may be stored, None for all that the RFC allows. The `stale_…` are leave to serve stale
    where a response says nothing itself; `stale_unreachable_s` is for an origin that gives no answer (§4.2.4). A stale
    response that can be validated is kept for `keep_s`. `client_directives` tells whether Cache-Control of requests
    counts. What proves uncacheable is not waited for during `hit_for_miss_s`. A response with Set-Cookie is stored
    only if it says `public` or has a lifetime for shared caches, unless `set_cookie` is `store`.
    """

    default_ttl_s: float = 0.0
    max_ttl_s: float = math.inf
    heuristic_fraction: float = 0.1
    heuristic_max_s: float = 86_400.0
    methods: frozenset[str] = frozenset({"GET", "HEAD"})
    statuses: frozenset[int] | None = None
    stale_while_revalidate_s: float = 0.0
    stale_if_error_s: float = 0.0
    stale_unreachable_s: float = 0.0
    keep_s: float = 3_600.0
    client_directives: bool = True
    set_cookie: Literal["careful", "store"] = "careful"
    hit_for_miss_s: float = 10.0
