"""What requests make invalid is gathered, told at once, and heeded by the others."""

from __future__ import annotations

import asyncio

import pytest

from proxy import invalidations
from proxy.cache.cache import Cache
from proxy.cache.purge import Purge
from proxy.invalidations import GATHER_S, Invalid, Invalidations
from proxy.metrics import Registry


def cache(name: str) -> Cache:
    return Cache(name, memory_bytes=1024**2, max_object_bytes=1024, redis=None, registry=Registry())


class Noted(Invalidations):
    """Those of two caches; `told` is what the supervisor hears."""

    def __init__(self) -> None:
        self.caches = {name: cache(name) for name in ("a", "b")}
        self.told: list[Invalid] = []
        super().__init__(self.told.append)
        self.take_over(self.caches)

    def note(self, name: str, url: str) -> None:
        self.caches[name].invalidate(url)


async def test_what_comes_together_is_told_together_and_once() -> None:
    noted = Noted()
    for name, url in (("a", "http://x/2"), ("b", "http://x/1"), ("a", "http://x/1"), ("a", "http://x/2")):
        noted.note(name, url)
    assert noted.told == []
    await asyncio.sleep(3 * GATHER_S)
    assert noted.told == [{"a": ["http://x/1", "http://x/2"], "b": ["http://x/1"]}]


async def test_what_comes_later_is_told_later() -> None:
    noted = Noted()
    for number in range(2):
        noted.note("a", f"http://x/{number}")
        await asyncio.sleep(3 * GATHER_S)
    assert noted.told == [{"a": ["http://x/0"]}, {"a": ["http://x/1"]}]


async def test_many_are_told_without_delay_and_the_rest_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invalidations, "MOST_URLS", 3)
    noted = Noted()
    for number in range(4):
        noted.note("a", f"http://x/{number}")
    assert noted.told == [{"a": ["http://x/0", "http://x/1", "http://x/2"]}]
    noted.flush()
    await asyncio.sleep(3 * GATHER_S)
    assert noted.told[1:] == [{"a": ["http://x/3"]}]


async def test_what_others_tell_is_dropped_and_not_told_again() -> None:
    noted = Noted()
    noted.heed({"a": ["http://x/1"]})
    assert noted.caches["a"].purges.verdict("http://x/1", (), 0) == "hard"
    assert noted.caches["b"].purges.verdict("http://x/1", (), 0) is None
    await asyncio.sleep(3 * GATHER_S)
    assert noted.told == []


async def test_a_purge_is_not_told_this_way() -> None:
    noted = Noted()
    await noted.caches["a"].purge(Purge("url", "http://x/1", hard=True), publish=False)
    noted.flush()
    assert noted.told == []


async def test_what_a_request_of_the_graph_before_makes_invalid_is_invalid_in_the_cache_of_now() -> None:
    noted = Noted()
    before, now = noted.caches["a"], cache("a")
    noted.take_over({"a": now})
    before.invalidate("http://x/1")
    assert now.purges.verdict("http://x/1", (), 0) == "hard"
    noted.flush()
    assert noted.told == [{"a": ["http://x/1"]}]


async def test_what_a_worker_that_is_ahead_tells_of_its_own_caches_is_passed_over() -> None:
    noted = Noted()
    noted.heed({"unheard of": ["http://x/1"], "b": ["http://x/2"]})
    assert noted.caches["b"].purges.verdict("http://x/2", (), 0) == "hard"
