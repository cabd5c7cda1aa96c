"""The required and optimal cases that Penstock does not pass, each with the reason why that is meant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bench.cache_suite.case import Case

COOKIE: Final = (
    "A response that sets a cookie is stored only if it says `public` or has a lifetime for shared caches, or all "
    "would get one client's session. Stored, and this case passed, on a route with `set_cookie: store`."
)
PARTIAL: Final = (
    "A 206 is not stored (RFC 9111 §3.3 leaves it open): ranges are served from whole responses, and a fetch on behalf "
    "of all asks for the whole."
)

WHY: Final[dict[str, str]] = {
    "headers-store-Set-Cookie": COOKIE,
    "other-set-cookie": COOKIE,
    "headers-store-Transfer-Encoding": (
        "The origin names a transfer coding that does not exist, so nobody can say where its body ends "
        "(RFC 9112 §6.3): 502, whatever a cache would have stored."
    ),
    "method-POST": (
        "A response to POST is not stored: a later GET could have it only where Content-Location names the very URL "
        "(RFC 9110 §9.3.3), and before all a POST invalidates what is stored of it (RFC 9111 §4.4)."
    ),
    "vary-normalise-lang-select": (
        "A stored response would answer for a language by its Content-Language, as if the cache knew how the origin "
        "chooses. Requests match by their fields, equal but for what means the same (RFC 9111 §4.1)."
    ),
    "conditional-lm-fresh-no-lm": (
        "The stored response has no Last-Modified and its Date is later than If-Modified-Since: RFC 9111 §4.3.2 has a "
        "304 for an earlier Date only, so this client gets the whole."
    ),
    "partial-store-partial-reuse-partial": PARTIAL,
    "partial-store-partial-reuse-partial-byterange": PARTIAL,
    "partial-store-partial-reuse-partial-absent": PARTIAL,
    "partial-store-partial-reuse-partial-suffix": PARTIAL,
    "partial-store-partial-complete": PARTIAL,
}


def unexplained(cases: Iterable[Case]) -> list[Case]:
    return [case for case in cases if case.failed and case.id not in WHY]
