"""Stale responses, served with leave while they are refreshed, or where the origin fails."""

import pytest
from kit.caching import FRESH, IN_BOTH, answer, cached, status_of

from proxy.cache.origin import REFRESH_AGAIN_S
from proxy.cache.purge import Purge
from proxy.filter import Filter

ETAG = 'ETag: "1"'
STALE_LATER = "Cache-Control: max-age=10, stale-while-revalidate=60"


@IN_BOTH
async def test_a_stale_response_is_served_and_refreshed_once_behind(filters: tuple[Filter, ...]) -> None:
    async with cached(answer(b"old", STALE_LATER), answer(b"new", STALE_LATER), filters=filters) as site:
        await site.get()
        site.clock.advance(11)
        site.answers.hold()
        clients = [await site.ask() for _ in range(5)]
        for client in clients:
            message = await client.expect_response(200, body=b"old")
            assert status_of(message) == "hit; ttl=-1; detail=stale_while_revalidate"
        await site.asked_times(2)
        site.answers.release()
        await site.settled()
        assert (await site.get()).body == b"new"
        assert site.counted("refresh") == 1
        assert len(site.asked) == 2


async def test_a_refresh_says_nothing_for_the_client_that_it_was_not_made_for() -> None:
    async with cached(answer(b"old", STALE_LATER, ETAG), answer(b"new", STALE_LATER)) as site:
        await site.get()
        site.clock.advance(11)
        fields = ["Range: bytes=0-0", 'If-None-Match: "2"', "Cache-Control: no-transform", "X-Else: 1"]
        assert (await site.get("/", *fields, method="HEAD")).status == 200
        await site.settled()
        refresh = site.asked[1]
        assert (refresh.method, refresh.get("X-Else"), refresh.get("If-None-Match")) == ("GET", "1", '"1"')
        assert not {"Range", "Cache-Control"} & {name for name, _ in refresh.fields}
        assert (await site.get()).body == b"new"


async def test_a_refresh_by_304_makes_it_fresh_again() -> None:
    async with cached(answer(b"old", STALE_LATER, ETAG), b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n') as site:
        await site.get()
        site.clock.advance(11)
        await site.get()
        await site.settled()
        message = await site.get()
        assert (message.body, status_of(message)) == (b"old", "hit; ttl=10; detail=fresh")


@pytest.mark.parametrize("failure", [b"", answer(b"no", status=503)], ids=["no answer", "503"])
async def test_a_refresh_that_failed_is_not_tried_at_once_again(failure: bytes) -> None:
    async with cached(answer(b"old", STALE_LATER + ", stale-if-error=60"), failure) as site:
        await site.get()
        site.clock.advance(11)
        await site.get()
        await site.settled()
        asked = len(site.asked)
        assert asked > 1
        await site.get()
        await site.settled()
        assert len(site.asked) == asked
        site.clock.advance(REFRESH_AGAIN_S + 0.1)
        await site.get()
        await site.settled()
        assert len(site.asked) > asked


async def test_a_purge_makes_stale_what_may_then_be_validated() -> None:
    async with cached(answer(b"old", FRESH, ETAG), b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n') as site:
        await site.get()
        await site.cache.purge(Purge("prefix", "http://example.test/"), publish=False)
        message = await site.get()
        assert status_of(message) == "fwd=stale; fwd-status=304; stored; ttl=60; detail=stale"
        assert status_of(await site.get()).startswith("hit")
