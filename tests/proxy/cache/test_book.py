"""What the cache did, entered and said."""

from typing import Any

import pytest
from kit.exchanges import make_exchange
from kit.received import NOW, kept

from proxy.cache.asked import ANYBODY
from proxy.cache.book import Book
from proxy.cache.key import Key
from proxy.cache.verdict import Verdict
from proxy.cache.visit import Visit
from proxy.metrics import Registry

FRESH = Verdict("serve", "fresh", "RFC 9111 §4.2")
STALE = Verdict("serve_stale", "stale_if_error", "RFC 5861 §4")
WHY = Verdict("fetch", "miss", "RFC 9111 §4")
STORED = kept("Cache-Control: max-age=60")


class Case:
    def __init__(self, forward: Any = "uri-miss", *, behind: bool = False) -> None:
        self.registry = Registry()
        self.book = Book("default", self.registry)
        origin: Any = None
        self.visit = Visit(make_exchange(), origin, ANYBODY, Key("key", "url"))
        self.visit.forward, self.visit.why, self.visit.behind = forward, WHY, behind

    @property
    def entered(self) -> dict[str, float]:
        """Return the results that were counted."""
        return {labels[1]: value for labels, value in self.registry.cache_requests.samples() if value}  # type: ignore[misc]

    @property
    def said(self) -> tuple[str, str, str, str]:
        """Return what the exchange learned: who answered and why, the cache's result and its reason."""
        exchange = self.visit.exchange
        verdict = exchange.cache_verdict
        return exchange.answered_by, exchange.reason, exchange.cache_result, verdict.reason if verdict else ""


def test_a_hit() -> None:
    case = Case()
    assert case.book.hit(case.visit, FRESH, STORED, NOW) == b"Cache-Status: penstock; hit; ttl=60; detail=fresh"
    assert case.entered == {"hit": 1}
    assert case.said == ("cache", "fresh", "hit", "fresh")


def test_a_stale_hit() -> None:
    case = Case()
    line = case.book.hit(case.visit, STALE, STORED, NOW + 70)
    assert line == b"Cache-Status: penstock; hit; ttl=-10; detail=stale_if_error"
    assert case.entered == {"stale": 1}


@pytest.mark.parametrize(("status", "said"), [(None, b""), (503, b"; fwd-status=503")])
def test_a_stale_answer_instead_of_a_failure(status: int | None, said: bytes) -> None:
    case = Case("stale")
    line = case.book.stale(case.visit, STALE, STORED, NOW + 70, status)
    assert line == b"Cache-Status: penstock; fwd=stale%b; ttl=-10; detail=stale_if_error" % said
    assert case.said == ("cache", "stale_if_error", "stale", "stale_if_error")


def test_a_validation() -> None:
    case = Case("stale")
    line = case.book.revalidated(case.visit, STORED, NOW)
    assert line == b"Cache-Status: penstock; fwd=stale; fwd-status=304; stored; ttl=60; detail=miss"
    assert case.entered == {"revalidated": 1}
    assert case.said[0] == "upstream"


@pytest.mark.parametrize(
    ("forward", "result"), [("uri-miss", "miss"), ("vary-miss", "miss"), ("stale", "expired"), ("request", "requested")]
)
def test_a_response_that_is_stored(forward: str, result: str) -> None:
    case = Case(forward)
    line = case.book.stored(case.visit, 200, STORED, NOW)
    assert line == b"Cache-Status: penstock; fwd=%b; fwd-status=200; stored; ttl=60; detail=miss" % forward.encode()
    assert case.entered == {result: 1}


def test_anothers_response() -> None:
    case = Case()
    line = case.book.shared(case.visit, STORED, NOW)
    assert line == b"Cache-Status: penstock; fwd=uri-miss; collapsed; ttl=60; detail=miss"
    assert case.entered == {"collapsed": 1}
    assert case.registry.cache_collapsed.child("default").value == 1
    assert case.said[:3] == ("cache", "collapsed", "collapsed")


@pytest.mark.parametrize(
    ("forward", "result"), [("uri-miss", "pass"), ("bypass", "bypass"), ("method", "bypass"), ("stale", "pass")]
)
def test_a_response_that_the_cache_has_no_part_in(forward: str, result: str) -> None:
    case = Case(forward)
    line = case.book.passed(case.visit, 404, Verdict("pass", "private", ""))
    assert line == b"Cache-Status: penstock; fwd=%b; fwd-status=404; detail=private" % forward.encode()
    assert case.entered == {result: 1}
    assert case.said == ("upstream", "", result, "private")


def test_a_refusal() -> None:
    case = Case()
    line = case.book.refused(case.visit, Verdict("forbidden", "only_if_cached", ""))
    assert line == b"Cache-Status: penstock; detail=only_if_cached"
    assert case.said == ("cache", "only_if_cached", "refused", "only_if_cached")


def test_what_is_done_behind_is_a_refresh_whatever_comes_of_it() -> None:
    for behind in (True, False):
        case = Case("stale", behind=behind)
        case.book.stored(case.visit, 200, STORED, NOW)
        assert set(case.entered) == {"refresh" if behind else "expired"}
