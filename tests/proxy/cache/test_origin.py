"""The way of an exchange through the cache, from client to origin and back."""

import pytest
from kit import FakeOrigin, answering
from kit.caching import FRESH, IN_BOTH, answer, cached, status_of

from proxy.cache.bypass import Bypass
from proxy.cache.key import KeyRules
from proxy.cache.origin import CachedOrigin
from proxy.cache.policy import Policy
from proxy.exchange import Exchange
from proxy.filter import Answer, Filter
from proxy.messages import Response
from proxy.upstream.settings import EndpointSpec
from proxy.upstream.upstream import Upstream, WeightedOrigin

ETAG = 'ETag: "1"'


# Hits and misses.


@IN_BOTH
async def test_a_fresh_response_is_fetched_once(filters: tuple[Filter, ...]) -> None:
    async with cached(answer(b"one", FRESH), filters=filters) as site:
        first = await site.get()
        second = await site.get()
        assert (first.body, second.body) == (b"one", b"one")
        assert status_of(first) == "fwd=uri-miss; fwd-status=200; stored; ttl=60; detail=miss"
        assert status_of(second) == "hit; ttl=60; detail=fresh"
        assert len(site.asked) == 1


async def test_a_hit_tells_its_age() -> None:
    async with cached(answer(b"one", FRESH)) as site:
        await site.get()
        site.clock.advance(7)
        assert (await site.get()).get("Age") == "7"


async def test_head_is_answered_from_a_stored_get() -> None:
    async with cached(answer(b"one", FRESH)) as site:
        await site.get()
        head = await site.get(method="HEAD")
        assert (head.status, head.get("Content-Length"), head.body) == (200, "3", b"")
        assert len(site.asked) == 1


async def test_head_on_a_cold_key_goes_to_the_origin_and_stores_nothing() -> None:
    async with cached(b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 3\r\n\r\n") as site:
        head = await site.get(method="HEAD")
        assert (head.get("Content-Length"), status_of(head)) == ("3", "fwd=uri-miss; fwd-status=200; detail=head")
        assert site.cache.memory.count == 0
        site.answers.then(answer(b"one", FRESH))
        assert (await site.get()).body == b"one"


async def test_interim_answers_reach_the_one_who_leads() -> None:
    async with cached(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer(b"one", FRESH)) as site:
        client = await site.ask()
        assert (await client.expect_response(103)).get("Link") == "</a>"
        await client.expect_response(200, body=b"one")


@pytest.mark.parametrize(("status", "body"), [(404, b"none"), (301, b""), (204, b"")])
async def test_other_statuses_are_stored_by_their_rules(status: int, body: bytes) -> None:
    text = f"HTTP/1.1 {status} It\r\nCache-Control: max-age=60\r\nLocation: /there\r\n"
    length = "" if status == 204 else f"Content-Length: {len(body)}\r\n"
    async with cached((text + length + "\r\n").encode() + body) as site:
        first, second = await site.get(), await site.get()
        assert (second.start, second.body) == (first.start, body)
        assert status_of(second).startswith("hit")
        code = str(status)
        counted = {tuple(labels): value for labels, value in site.proxy.registry.http_requests.samples()}
        assert counted == {("test", "all", "GET", code): 2}


async def test_only_if_cached_has_what_is_stored_or_504() -> None:
    async with cached(answer(b"one", FRESH)) as site:
        nothing = await site.get("/", "Cache-Control: only-if-cached")
        assert (nothing.status, status_of(nothing)) == (504, "detail=only_if_cached")
        assert not site.asked
        await site.get()
        assert (await site.get("/", "Cache-Control: only-if-cached")).status == 200


async def test_only_if_cached_does_not_wait_for_anothers_fetch() -> None:
    async with cached(answer(b"one", FRESH)) as site:
        site.answers.hold()
        leader = await site.ask()
        await site.asked_times(1)
        assert (await site.get("/", "Cache-Control: only-if-cached")).status == 504
        site.answers.release()
        await leader.expect_response(200)


async def test_each_upstream_has_its_own_responses() -> None:
    """Whether weights choose it, or a filter."""

    class Chooses(Filter):
        name = "chooses"
        chosen: Upstream | None = None

        def on_request(self, exchange: Exchange) -> Answer:
            exchange.origin = self.chosen
            return None

    chooses = Chooses()
    async with (
        FakeOrigin(answering(answer(b"other", FRESH))) as origin,
        cached(answer(b"one", FRESH), filters=[chooses]) as site,
    ):
        other = Upstream("other", [EndpointSpec(origin.address)], registry=site.proxy.registry)
        assert (await site.get()).body == b"one"
        chooses.chosen = other
        assert [(await site.get()).body for _ in range(2)] == [b"other", b"other"]
        chooses.chosen = None
        assert (await site.get()).body == b"one"

        weighted = WeightedOrigin([(site.upstream, 1), (other, 1)])
        site.route.cache = CachedOrigin(site.cache, weighted, Policy(), KeyRules(), Bypass())
        assert {(await site.get()).body for _ in range(40)} == {b"one", b"other"}
        assert len(site.asked) == len(origin.connections) == 1
        other.close()


# Past the cache.


async def test_a_post_makes_invalid_what_it_changes() -> None:
    async with cached(answer(b"one", FRESH), answer(b"done", "Location: /other"), answer(b"two", FRESH)) as site:
        site.answers.then(answer(b"one", FRESH))
        await site.get()
        await site.get("/other")
        await site.get("/third")
        site.answers.then(answer(b"done", "Location: /other"), answer(b"two", FRESH))
        posted = await site.get("/", "Content-Length: 0", method="POST")
        assert status_of(posted) == "fwd=method; fwd-status=200; detail=method"
        assert (await site.get()).body == b"two"
        assert (await site.get("/other")).body == b"two"
        assert (await site.get("/third")).body == b"one"


async def test_a_post_that_failed_makes_nothing_invalid() -> None:
    async with cached(answer(b"one", FRESH), answer(b"no", status=500)) as site:
        await site.get()
        await site.get("/", "Content-Length: 0", method="POST")
        assert (await site.get()).body == b"one"


async def test_an_unknown_method_makes_invalid_too() -> None:
    async with cached(
        answer(b"one", FRESH), answer(b"done"), answer(b"two", FRESH), route={"allow_methods": ["FROB"]}
    ) as site:
        await site.get()
        await site.get(method="FROB")
        assert (await site.get()).body == b"two"


async def test_what_invalidates_during_a_fetch_takes_what_comes_of_it() -> None:
    async with cached(answer(b"old", FRESH)) as site:
        site.answers.hold()
        reader = await site.ask()
        await site.asked_times(1)
        site.cache.invalidate("http://example.test/")
        site.answers.release()
        await reader.expect_response(200, body=b"old")
        site.answers.then(answer(b"new", FRESH))
        assert (await site.get()).body == b"new"


async def test_nothing_is_left_of_a_filter_that_fails_on_the_way_to_the_origin() -> None:
    class Fails(Filter):
        name = "fails"

        def on_upstream_request(self, exchange: Exchange) -> None:
            raise ValueError

    async with cached(answer(b"one", FRESH), filters=[Fails()]) as site:
        assert (await site.get()).status == 500
        await site.settled()


async def test_nothing_is_left_of_a_filter_that_fails_on_the_way_back() -> None:
    class Fails(Filter):
        name = "fails"

        def on_upstream_response(self, exchange: Exchange, response: Response) -> None:
            raise ValueError

    async with cached(answer(b"one", FRESH), filters=[Fails()]) as site:
        clients = [await site.ask() for _ in range(3)]
        for client in clients:
            await client.expect_response(500)
        await site.settled()
