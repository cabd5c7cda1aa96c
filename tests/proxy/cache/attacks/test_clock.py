"""A wall clock that is set back or forward makes nothing fresh for longer, and no purge undone."""

import asyncio

import pytest
from kit import eventually
from kit.caching import FRESH, Site, answer, cached, status_of

from proxy.cache.cache import TEND_S
from proxy.cache.purge import Purge

HOUR_S = 3600.0


async def set_back(site: Site) -> None:
    """Set the clock back between two looks of the cache at it."""
    await asyncio.sleep(1.2 * TEND_S)
    version = site.cache.purges.version
    site.clock.advance(-HOUR_S)
    assert await eventually(lambda: site.cache.purges.version > version, 3.0)


async def test_after_the_clock_was_set_back_everything_is_validated() -> None:
    async with cached(answer(b"page", FRESH, 'ETag: "1"')) as site:
        await site.get()
        await set_back(site)
        assert status_of(await site.get()).startswith("fwd=stale")
        assert status_of(await site.get()).startswith("hit; ttl=60")


@pytest.mark.parametrize("hard", [False, True])
async def test_what_was_purged_stays_so_though_the_clock_is_set_back(hard: bool) -> None:
    async with cached(answer(b"page", "Cache-Control: max-age=86400")) as site:
        await site.get()
        site.clock.advance(2 * HOUR_S)
        await site.cache.purge(Purge("all", "", hard), publish=False)
        await set_back(site)
        await site.get()
        assert len(site.asked) == 2


async def test_what_was_not_waited_for_is_again_after_the_clock_was_set_back() -> None:
    async with cached(answer(b"page", "Cache-Control: no-store")) as site:
        await site.get()
        await set_back(site)
        site.answers.hold()
        clients = [await site.ask() for _ in range(5)]
        await site.asked_times(2)
        site.answers.release()
        for client in clients:
            await client.expect_response(200)


async def test_after_the_clock_was_set_forward_what_was_fresh_is_validated() -> None:
    async with cached(answer(b"page", FRESH, 'ETag: "1"')) as site:
        await site.get()
        site.clock.advance(HOUR_S)
        assert status_of(await site.get()).startswith("fwd=stale")
