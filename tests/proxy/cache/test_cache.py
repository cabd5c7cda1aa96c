"""One worker's cache: its memory, its purges, its life."""

from collections.abc import Iterator
from typing import Any

import pytest
from kit import FakeClock, eventually
from kit.received import NOW, URL, kept

from proxy.cache import cache as module
from proxy.cache.bypass import Bypass
from proxy.cache.cache import FILLING_SHARE, Cache
from proxy.cache.key import KeyRules
from proxy.cache.memory import LARGEST_SHARE
from proxy.cache.origin import CachedOrigin
from proxy.cache.policy import Policy
from proxy.cache.purge import Purge, PurgeKind
from proxy.cache.stored import Stored
from proxy.messages import Headers
from proxy.metrics import Registry
from proxy.upstream.upstream import Upstream

MIB = 1024 * 1024
NOBODY = Headers()
KEY = kept("Cache-Control: max-age=60").key


@pytest.fixture
def clock() -> Iterator[FakeClock]:
    with FakeClock(NOW, "wall_clock") as clock:
        yield clock


@pytest.fixture
def cache(clock: FakeClock) -> Cache:
    return made()


def made(**sizes: int) -> Cache:
    limits = {"memory_bytes": MIB, "max_object_bytes": MIB} | sizes
    return Cache("default", redis=None, registry=Registry(), **limits)


def fresh(*lines: str, **facts: Any) -> Stored:
    stored = kept("Cache-Control: max-age=60, stale-while-revalidate=60, stale-if-error=60", *lines)
    stored.body = b"one"
    for name, value in facts.items():
        setattr(stored, name, value)
    return stored


async def purge(cache: Cache, kind: PurgeKind, value: str = "", *, hard: bool = False) -> None:
    assert await cache.purge(Purge(kind, value, hard), publish=True) == {"purged": "local"}


def test_what_is_put_is_found() -> None:
    cache = made()
    stored = fresh()
    cache.put(stored)
    assert cache.find(KEY, NOBODY) is stored
    assert cache.find("another", NOBODY) is None


def test_what_is_put_is_prepared_for_instant_hits(cache: Cache) -> None:
    stored = fresh()
    cache.put(stored)
    assert stored.head


def test_a_response_is_no_larger_than_its_tier_takes() -> None:
    assert made(max_object_bytes=1000).max_object_bytes == 1000
    assert made().max_object_bytes == MIB // LARGEST_SHARE
    assert made().budget.left_bytes == MIB // FILLING_SHARE


@pytest.mark.parametrize(
    ("kind", "value"), [("url", URL), ("tag", "news"), ("prefix", "http://example.com/"), ("all", "")]
)
async def test_a_soft_purge_makes_stale(cache: Cache, clock: FakeClock, kind: PurgeKind, value: str) -> None:
    cache.put(fresh("Surrogate-Key: news"))
    await purge(cache, kind, value)
    clock.advance(1)
    found = cache.find(KEY, NOBODY)
    assert found is not None
    assert found.fresh_until == clock.now


@pytest.mark.parametrize(
    ("kind", "value"), [("url", URL), ("tag", "news"), ("prefix", "http://example.com/"), ("all", "")]
)
async def test_a_hard_purge_removes(cache: Cache, kind: PurgeKind, value: str) -> None:
    cache.put(fresh("Surrogate-Key: news"))
    await purge(cache, kind, value, hard=True)
    assert cache.find(KEY, NOBODY) is None
    assert cache.memory.count == 0


@pytest.mark.parametrize(("kind", "value"), [("url", URL + "/more"), ("tag", "olds"), ("prefix", "https://")])
async def test_what_a_purge_does_not_name_stays_as_it_is(cache: Cache, kind: PurgeKind, value: str) -> None:
    cache.put(fresh("Surrogate-Key: news"))
    await purge(cache, kind, value, hard=True)
    found = cache.find(KEY, NOBODY)
    assert found is not None
    assert (found.fresh_until, found.checked) == (NOW + 60, cache.purges.version)


async def test_a_purge_names_a_url_as_routes_spell_it(cache: Cache) -> None:
    rules = KeyRules(ignore_query=frozenset({"utm_source"}), sort_query=True)
    route = CachedOrigin(cache, Upstream("api", [], registry=Registry()), Policy(), rules, Bypass())
    cache.put(fresh(url="http://example.com/page?a=1&b=2", key="k"))
    await purge(cache, "url", "http://example.com/page?b=2&utm_source=x&a=1", hard=True)
    assert cache.find("k", NOBODY) is None
    assert set(cache.users) == {route}


def test_a_route_that_is_gone_has_no_say_in_how_urls_are_spelt(cache: Cache) -> None:
    route = CachedOrigin(cache, Upstream("api", [], registry=Registry()), Policy(), KeyRules(), Bypass())
    assert set(cache.users) == {route}
    del route
    assert set(cache.users) == set()


async def test_of_two_caches_of_a_name_each_adds_what_it_holds(cache: Cache) -> None:
    successor = Cache("default", memory_bytes=MIB, max_object_bytes=MIB, redis=None, registry=cache._registry)
    for each in (cache, successor):
        each.put(fresh())
        await each.start()
    entries = cache._registry.cache_entries.child("default")
    assert entries.value == 2
    await cache.close()
    assert entries.value == 1
    await successor.close()


async def test_what_was_asked_for_before_a_purge_is_not_stored_after_it(cache: Cache) -> None:
    older, newer = fresh(), fresh()
    await purge(cache, "all")
    newer.checked = cache.purges.version
    assert not cache.survives(older)
    assert cache.survives(newer)
    cache.put(newer)
    cache.put(older)
    assert cache.find(KEY, NOBODY) is newer


def test_a_request_that_changes_something_drops_it_and_tells_other_workers(cache: Cache) -> None:
    told: list[str] = []
    cache.on_invalidated = told.append
    cache.put(fresh())
    cache.invalidate(URL)
    assert cache.find(KEY, NOBODY) is None
    assert told == [URL]


def test_what_another_worker_tells_is_not_told_again(cache: Cache) -> None:
    told: list[str] = []
    cache.on_invalidated = told.append
    cache.put(fresh())
    cache.forget(URL)
    assert cache.find(KEY, NOBODY) is None
    assert told == []


def test_nothing_is_served_without_validation_where_purges_may_have_been_missed(cache: Cache) -> None:
    cache.put(fresh())
    cache._lose()
    found = cache.find(KEY, NOBODY)
    assert found is not None
    assert found.fresh_until == NOW
    assert (found.must_revalidate, found.stale_while_revalidate_s, found.stale_if_error_s) == (True, 0.0, 0.0)


async def test_it_lets_go_of_what_is_past_keeping(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TEND_S", 0.01)
    cache.put(fresh(keep_until=NOW - 1))
    cache.put(fresh(key="other"))
    await cache.start()
    assert await eventually(lambda: cache.memory.count == 1)
    assert cache.find("other", NOBODY) is not None
    await cache.close()


async def test_it_says_how_much_it_holds(cache: Cache) -> None:
    cache.put(fresh())
    await cache.start()
    registry = cache._registry
    assert registry.cache_entries.child("default").value == 1
    assert registry.cache_size.child("default").value == cache.memory.size_bytes > 0
    described = {"entries": 1, "bytes": cache.memory.size_bytes, "limit_bytes": MIB, "redis": None}
    assert cache.describe() == described
    await cache.close()


def test_it_counts_what_became_of_responses(cache: Cache) -> None:
    cache.put(fresh())
    cache.put(fresh(body=b"x" * MIB))
    cache._lose()
    cache.put(fresh())
    stores = cache._registry.cache_stores
    assert [stores.child("default", "memory", each).value for each in ("stored", "too_large", "purged")] == [1, 1, 1]


def test_a_lookup_now_and_then_is_timed(cache: Cache) -> None:
    for _ in range(module.TIMED_OF):
        cache.find(KEY, NOBODY)
    assert sum(cache._lookup.counts) == 1
