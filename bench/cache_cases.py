"""What is timed of the cache in process: what a hit costs to decide on, and to answer at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bench.timing import Case
from bench.works import SMALL_ANSWER, VISITOR
from proxy.cache.asked import asked
from proxy.cache.cache import Cache
from proxy.cache.instant import Instant
from proxy.cache.key import KeyRules, keyed
from proxy.cache.policy import Policy
from proxy.cache.rfc9111 import reuse, store
from proxy.cache.stored import Stored
from proxy.messages import Headers, Request, Response
from proxy.metrics import Registry
from proxy.runtime import wall_clock

MOST_US_A_DECISION: Final = 3.0

MEMORY_BYTES: Final = 64 * 1024**2
POLICY: Final = Policy()
RULES: Final = KeyRules()
UPSTREAM: Final = "origin"

FRESH: Final = Headers.of(
    [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Cache-Control", "public, max-age=86400, stale-while-revalidate=60"),
        ("ETag", '"6f1c2b9a7d3e4f50"'),
        ("Last-Modified", "Sat, 01 Jan 2000 00:00:00 GMT"),
    ]
)
PLAIN: Final = [b"Accept: */*"]
BROWSER: Final = [f"{name}: {value}".encode() for name, value in VISITOR if name not in ("Host", "Connection")]
CONDITIONAL: Final = [*BROWSER, b'If-None-Match: "6f1c2b9a7d3e4f50"']


def cases() -> list[Case]:
    return [
        Case("decide on a hit: a small request", deciding(PLAIN), limit_us=MOST_US_A_DECISION),
        Case("decide on a hit: a browser's request", deciding(BROWSER), limit_us=MOST_US_A_DECISION),
        Case("decide on a hit: a browser's that has a copy", deciding(CONDITIONAL), limit_us=MOST_US_A_DECISION),
        Case("make a request's key", lambda: keyed(REQUEST, UPSTREAM, RULES)),
        Case("an instant hit: key, look-up, decision, Age and Cache-Status", instant_hit()),
        Case("decide on a response, and make what is stored of it", stored),
    ]


def request(lines: list[bytes]) -> Request:
    return Request("GET", "/fresh/small", authority="shop.example", host="shop.example", headers=Headers(lines))


REQUEST: Final = request(PLAIN)


def stored() -> Stored:
    """Make what is stored of a response that stays fresh for a day."""
    now = wall_clock()
    key, url = keyed(REQUEST, UPSTREAM, RULES)
    response = Response(200, FRESH)
    said = asked(REQUEST, POLICY)
    made = store(REQUEST, said, response, POLICY, key=key, url=url, request_time=now, response_time=now)
    if not isinstance(made, Stored):
        raise TypeError(f"not stored: {made.reason}")
    made.body = SMALL_ANSWER
    return made


def deciding(lines: list[bytes]) -> Callable[[], None]:
    """Return a call that reads a request, its headers as new, and decides that a stored response answers it."""
    asking, kept, now = request(lines), stored(), wall_clock()

    def call() -> None:
        asking.headers = Headers(lines)
        if reuse(kept, asked(asking, POLICY), POLICY, now).action != "serve":
            raise RuntimeError("a fresh response was not served")

    return call


def instant_hit() -> Callable[[], None]:
    cache = Cache(
        "bench", memory_bytes=MEMORY_BYTES, max_object_bytes=MEMORY_BYTES // 8, redis=None, registry=Registry()
    )
    instant = Instant(cache, POLICY, RULES, UPSTREAM)
    cache.promote(stored())

    def call() -> None:
        if instant.find(REQUEST) is None:
            raise RuntimeError("no instant hit")

    return call
