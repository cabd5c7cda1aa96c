"""What the origin is asked for the cache, and what is made of its answer."""

import pytest
from kit.caching import FRESH, Site, answer, cached, chunked, status_of
from kit.messages import Message

from proxy.exchange import Exchange
from proxy.filter import Answer, Filter
from proxy.messages import Response

ETAG, CHANGED = 'ETag: "1"', "Last-Modified: Tue, 14 Nov 2023 22:13:20 GMT"
STALE = "Cache-Control: max-age=0"
BODY = bytes(range(97, 123))
OTHER_304 = b'HTTP/1.1 304 Not Modified\r\nETag: "2"\r\n\r\n'
LARGE = b"x" * 3_000_000
NOT_MODIFIED = b'HTTP/1.1 304 Not Modified\r\nCache-Control: max-age=60\r\nETag: "1"\r\nX-New: 1\r\n\r\n'


def sent(message: Message, *names: str) -> list[str | None]:
    return [message.get(name) for name in names]


class Choosing(Filter):
    """Wants something of the cache, for each request or for those with X-Mine."""

    name = "choosing"

    def __init__(self, **wishes: object) -> None:
        self.wishes = wishes

    def on_request(self, exchange: Exchange) -> Answer:
        for name, value in self.wishes.items():
            setattr(exchange.cache, name, value)
        return None


# The way there.


async def test_one_clients_conditions_and_range_are_not_sent_for_what_all_will_share() -> None:
    async with cached(answer(BODY, FRESH, ETAG)) as site:
        await site.get("/", 'If-None-Match: "9"', "Range: bytes=0-1", 'If-Range: "1"', "X-Else: 1")
        names = "If-None-Match", "Range", "If-Range", "X-Else"
        assert sent(site.asked[0], *names) == [None, None, None, "1"]


async def test_what_is_stale_is_validated_by_what_it_said_of_itself() -> None:
    async with cached(answer(b"one", STALE, ETAG, CHANGED), NOT_MODIFIED) as site:
        await site.get()
        message = await site.get("/", 'If-None-Match: "9"')
        assert sent(site.asked[1], "If-None-Match", "If-Modified-Since") == ['"1"', CHANGED.partition(": ")[2]]
        assert (message.status, message.body, message.get("X-New")) == (200, b"one", "1")
        assert status_of(message) == "fwd=stale; fwd-status=304; stored; ttl=60; detail=stale"
        assert status_of(await site.get()) == "hit; ttl=60; detail=fresh"


async def test_what_is_not_keyed_and_heeded_by_origins_is_not_sent() -> None:
    async with cached(answer(b"one", FRESH)) as site:
        await site.get("/", "X-Host: evil.test", "X-Original-URL: /admin")
        assert sent(site.asked[0], "X-Host", "X-Original-URL") == [None, None]


async def test_the_query_is_sent_as_it_is_keyed() -> None:
    policy = {"key": {"ignore_query": ["utm_source"], "sort_query": True}}
    async with cached(answer(b"one", FRESH), policy=policy) as site:
        await site.get("/?b=2&utm_source=x&a=1")
        assert status_of(await site.get("/?a=1&b=2&utm_source=y")).startswith("hit")
        assert [request.target for request in site.asked] == ["/?a=1&b=2"]


async def test_filters_see_the_clients_own_request_again_after_the_fetch() -> None:
    class Looks(Filter):
        name = "looks"

        def on_upstream_request(self, exchange: Exchange) -> None:
            exchange.request.headers.set("x-added", "upstream")
            self.upstream = exchange.request.headers.get("if-none-match"), exchange.request.target

        def on_response(self, exchange: Exchange, response: Response) -> None:
            headers = exchange.request.headers
            self.after = headers.get("if-none-match"), exchange.request.target, headers.get("x-added")

    looks = Looks()
    async with cached(answer(b"one", FRESH), filters=[looks], policy={"key": {"ignore_query": "all"}}) as site:
        await site.get("/?a", 'If-None-Match: "9"')
        assert site.asked[0].get("X-Added") == "upstream"
    assert looks.upstream == (None, "/")
    assert looks.after == ('"9"', "/?a", None)


# Conditions and ranges on a cold key.


async def test_a_condition_on_a_cold_key_is_judged_by_what_came() -> None:
    async with cached(answer(BODY, FRESH, ETAG)) as site:
        same = await site.get("/", 'If-None-Match: "1"')
        assert (same.status, same.get("ETag")) == (304, '"1"')
        assert (await site.get()).body == BODY
        assert len(site.asked) == 1


@pytest.mark.parametrize("head", [answer(BODY, FRESH)[: -len(BODY)], chunked(FRESH)], ids=["length", "chunked"])
@pytest.mark.parametrize("wanted", ["bytes=2-4", "bytes=-2", "bytes=0-0,3-4", "bytes=99-"])
async def test_a_range_on_a_cold_key_is_cut_from_the_whole_that_is_stored(head: bytes, wanted: str) -> None:
    is_chunked = b"chunked" in head
    async with cached() as site:
        client = await site.ask("/", f"Range: {wanted}")
        origin = await site.origin.accept()
        await origin.expect_request()
        await origin.send(head)
        await origin.send(b"1a\r\n" + BODY + b"\r\n0\r\n\r\n" if is_chunked else BODY)
        message = await client.expect_response()
        if is_chunked or "," in wanted:  # How long it will be, or all of it, is not there yet.
            assert (message.status, message.body) == (200, BODY)
        elif wanted == "bytes=99-":
            assert (message.status, message.get("Content-Range")) == (416, "bytes */26")
        else:
            assert (message.status, message.body) == (206, BODY[2:5] if wanted == "bytes=2-4" else BODY[-2:])
        assert (await site.get()).body == BODY
        await site.settled()


async def test_a_range_of_what_cannot_be_stored_is_asked_for_again_as_it_was() -> None:
    part = b"HTTP/1.1 206 It\r\nContent-Range: bytes 0-0/3000000\r\nContent-Length: 1\r\n\r\nx"
    async with cached(answer(LARGE, FRESH), part) as site:
        message = await site.get("/", "Range: bytes=0-0")
        assert (message.status, message.body) == (206, b"x")
        assert sent(site.asked[1], "Range") == ["bytes=0-0"]
        await site.get("/", "Range: bytes=0-0")
        assert len(site.asked) == 3
        assert sent(site.asked[2], "Range") == ["bytes=0-0"]


# What is not stored.


@pytest.mark.parametrize("size", [2 * 1024 * 1024, 2 * 1024 * 1024 + 1])
async def test_what_is_over_max_object_passes(size: int) -> None:
    async with cached(answer(b"x" * size, FRESH), cache={"memory": "64MiB", "max_object": "2MiB"}) as site:
        first = await site.get()
        assert len(first.body) == size
        stored = size == 2 * 1024 * 1024
        assert ("stored" in status_of(first)) == stored
        assert stored or status_of(first).endswith("detail=too_large")
        await site.settled()
        assert site.cache.memory.count == stored


async def test_what_outgrows_max_object_on_its_way_reaches_all_who_read_it() -> None:
    async with cached() as site:
        leader, follower = await site.ask(), await site.ask()
        origin = await site.origin.accept()
        await origin.expect_request()
        await origin.send(chunked(FRESH))
        for _ in range(48):
            await origin.send(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        await origin.send(b"0\r\n\r\n")
        for client in (leader, follower):
            assert len((await client.expect_response(200)).body) == 48 * 65536
        await site.settled()
        assert site.cache.memory.count == 0


async def test_an_outgrown_body_that_nobody_reads_any_more_frees_the_origin() -> None:
    async with cached() as site:
        client = await site.ask()
        origin = await site.origin.accept()
        await origin.expect_request()
        await origin.send(chunked(FRESH))
        for _ in range(33):
            await origin.send(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        await client.expect_bytes(33 * 65536)
        client.reset()
        await origin.expect_cut()
        await site.settled()


async def test_a_truncated_body_is_cut_for_its_readers_and_never_stored() -> None:
    async with cached() as site:
        leader, follower = await site.ask(), await site.ask()
        origin = await site.origin.accept()
        await origin.send(answer(b"half", FRESH, length=8))
        await leader.expect_until(b"half")
        origin.close()
        for client in (leader, follower):
            assert (await client.expect_cut()).endswith((b"half", b""))
        await site.settled()
        assert site.cache.memory.count == 0


async def test_a_body_beyond_the_budget_passes_unstored() -> None:
    async with cached(answer(b"x" * 400_000, FRESH)) as site:
        taken = site.cache.budget.left_bytes - 50_000
        assert site.cache.budget.take(taken)
        assert len((await site.get()).body) == 400_000
        assert site.cache.memory.count == 0
        site.cache.budget.give(taken)
        await site.settled()


@pytest.mark.parametrize("fields", [["Cache-Control: no-store"], ["Vary: *", FRESH], ["Set-Cookie: a=b", FRESH]])
async def test_what_may_not_be_stored_passes_with_its_reason(fields: list[str]) -> None:
    async with cached(answer(b"mine", *fields)) as site:
        reason = status_of(await site.get()).rpartition("=")[2]
        assert reason in {"no_store", "vary_star", "set_cookie"}
        assert len(site.asked) == 1
        assert site.cache.memory.count == 0


# What comes instead of what is stored.


async def test_another_answer_takes_the_place_of_what_is_stale() -> None:
    async with cached(answer(b"one", STALE, ETAG), answer(b"two", FRESH, 'ETag: "2"')) as site:
        await site.get()
        message = await site.get()
        assert (message.body, (await site.get()).body) == (b"two", b"two")


async def test_an_uncacheable_answer_drives_out_what_is_stale() -> None:
    async with cached(answer(b"one", STALE, ETAG), answer(b"mine", "Cache-Control: private")) as site:
        await site.get()
        assert (await site.get()).body == b"mine"
        assert site.cache.memory.count == 0


async def test_a_304_with_another_tag_is_no_word_on_what_is_stored() -> None:
    async with cached(answer(b"one", STALE, ETAG), OTHER_304, answer(b"two", FRESH, 'ETag: "2"')) as site:
        await site.get()
        assert (await site.get()).body == b"two"
        assert "If-None-Match" not in site.asked[2]


async def test_a_304_may_take_back_the_leave_to_store() -> None:
    private = b'HTTP/1.1 304 Not Modified\r\nCache-Control: private\r\nETag: "1"\r\n\r\n'
    async with cached(answer(b"one", STALE, ETAG), private) as site:
        await site.get()
        assert (await site.get()).body == b"one"
        assert site.cache.memory.count == 0


async def test_a_304_for_one_user_is_no_word_for_others() -> None:
    async with cached(answer(b"one", STALE, ETAG), NOT_MODIFIED, NOT_MODIFIED) as site:
        await site.get()
        assert (await site.get("/", "Authorization: Basic YTph")).body == b"one"
        assert (await site.get()).body == b"one"
        assert len(site.asked) == 3


async def test_a_304_that_nobody_asked_for_is_passed_on() -> None:
    async with cached(NOT_MODIFIED) as site:
        assert (await site.get()).status == 304


async def test_conditional_requests_are_passed_as_they_are_while_nothing_can_be_stored() -> None:
    async with cached(answer(b"mine", "Cache-Control: private", ETAG), NOT_MODIFIED) as site:
        await site.get()
        assert (await site.get("/", 'If-None-Match: "1"')).status == 304
        assert sent(site.asked[1], "If-None-Match") == ['"1"']


# Where the origin fails.


async def down(site: Site) -> None:
    """Let nobody reach the origin."""
    site.origin.stop_listening()
    for wire in site.origin.connections:
        wire.reset()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_stale_is_served_where_the_origin_cannot_be_reached(method: str) -> None:
    async with cached(answer(b"one", "Cache-Control: max-age=10, stale-if-error=60")) as site:
        await site.get()
        site.clock.advance(11)
        await down(site)
        message = await site.get(method=method)
        assert status_of(message) == "fwd=stale; ttl=-1; detail=stale_if_error"
        assert message.get("Content-Length") == "3"
        site.clock.advance(60)
        assert (await site.get(method=method)).status == 502
        await site.settled()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_stale_is_served_instead_of_an_error(method: str) -> None:
    failure = answer(b"", status=503)
    async with cached(answer(b"one", "Cache-Control: max-age=10, stale-if-error=60"), failure) as site:
        await site.get()
        site.clock.advance(11)
        message = await site.get(method=method)
        assert (message.status, status_of(message)) == (200, "fwd=stale; fwd-status=503; ttl=-1; detail=stale_if_error")
        site.clock.advance(60)
        assert (await site.get(method=method)).status == 503
        await site.settled()


async def test_stale_is_served_instead_of_a_timeout() -> None:
    timeouts = {"timeouts": {"first_byte": "200ms"}, "retries": {"attempts": 1}}
    async with cached(answer(b"one", "Cache-Control: max-age=10, stale-if-error=60"), upstream=timeouts) as site:
        await site.get()
        site.clock.advance(11)
        site.answers.hold()
        clients = [await site.ask() for _ in range(3)]
        for client in clients:
            message = await client.expect_response(200, body=b"one")
            assert status_of(message).endswith("detail=stale_if_error")
        await site.settled()


async def test_stale_is_not_served_where_it_must_be_validated() -> None:
    said = "Cache-Control: max-age=10, must-revalidate, stale-if-error=60"
    async with cached(answer(b"one", said)) as site:
        await site.get()
        site.clock.advance(11)
        await down(site)
        assert (await site.get()).status == 502


async def test_the_route_may_allow_stale_where_nothing_answers() -> None:
    async with cached(answer(b"one", "Cache-Control: max-age=10"), policy={"stale_unreachable": "1m"}) as site:
        await site.get()
        site.clock.advance(11)
        await down(site)
        assert status_of(await site.get()).endswith("detail=unreachable")


# What filters want.


async def test_a_filter_may_keep_an_exchange_away_from_the_cache() -> None:
    async with cached(answer(b"one", FRESH), filters=[Choosing(bypass=True)]) as site:
        await site.get()
        message = await site.get()
        assert status_of(message) == "fwd=bypass; fwd-status=200; detail=filter"
        assert (len(site.asked), site.cache.memory.count) == (2, 0)


async def test_a_filter_may_keep_a_response_out() -> None:
    async with cached(answer(b"one", FRESH), filters=[Choosing(store=False)]) as site:
        await site.get()
        assert status_of(await site.get()).endswith("detail=filter")
        assert (len(site.asked), site.cache.memory.count) == (2, 0)


async def test_a_filter_may_choose_the_lifetime() -> None:
    async with cached(answer(b"one"), filters=[Choosing(ttl_s=5.0)]) as site:
        assert "ttl=5" in status_of(await site.get())
        site.clock.advance(4)
        assert status_of(await site.get()).startswith("hit")
        site.clock.advance(2)
        assert status_of(await site.get()).startswith("fwd")


async def test_a_filter_cannot_choose_to_store_what_may_not_be() -> None:
    async with cached(answer(b"mine", "Cache-Control: private"), filters=[Choosing(ttl_s=5.0)]) as site:
        await site.get()
        assert site.cache.memory.count == 0


async def test_a_filter_may_key_by_more_than_the_url() -> None:
    class Groups(Filter):
        name = "groups"

        def on_request(self, exchange: Exchange) -> Answer:
            exchange.cache.vary_on(exchange.request.headers.get("x-group", ""))
            return None

    async with cached(answer(b"a", FRESH), answer(b"b", FRESH), filters=[Groups()]) as site:
        assert [(await site.get("/", f"X-Group: {name}")).body for name in "aabba"] == [b"a", b"a", b"b", b"b", b"a"]


async def test_what_the_cache_did_is_on_the_exchange() -> None:
    class Looks(Filter):
        name = "looks"

        def on_complete(self, exchange: Exchange) -> None:
            verdict = exchange.cache_verdict
            seen.append((exchange.cache_result, verdict and verdict.reason, exchange.answered_by))

    seen: list[object] = []
    async with cached(answer(b"one", FRESH), filters=[Looks()]) as site:
        await site.get()
        await site.get()
        await site.get("/", "Content-Length: 0", method="POST")
    assert seen == [("miss", "miss", "upstream"), ("hit", "fresh", "cache"), ("bypass", "method", "upstream")]
