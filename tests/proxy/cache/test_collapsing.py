"""One fetch for all who ask at once: who leads, who follows, and what becomes of them when either fails."""

import pytest
from kit import eventually, get
from kit.caching import FRESH, IN_BOTH, answer, cached, chunked, status_of
from kit.wire import Wire

from proxy.cache.origin import ELECTIONS
from proxy.cache.purge import Purge
from proxy.filter import Filter

ETAG = 'ETag: "1"'


async def test_a_thousand_requests_for_one_cold_key_are_one_to_the_origin() -> None:
    async with cached(answer(b"one", FRESH)) as site:
        site.answers.hold()
        clients = [await site.proxy.connect() for _ in range(1000)]
        for client in clients:
            client.transport.write(get())  # type: ignore[attr-defined]
        assert await eventually(lambda: site.proxy.in_flight == 1000)
        site.answers.release()
        for client in clients:
            await client.expect_response(200, body=b"one")
        assert len(site.asked) == 1
        assert site.counted("collapsed") == 999
        await site.settled()


@IN_BOTH
async def test_followers_read_along_a_body_that_is_still_coming(filters: tuple[Filter, ...]) -> None:
    async with cached(filters=filters) as site:
        leader, follower = await site.ask(), await site.ask()
        origin = await site.origin.accept()
        await origin.expect_request()
        await origin.send(chunked(FRESH) + b"3\r\none\r\n")
        for client in (leader, follower):
            assert b"3\r\none\r\n" in await client.expect_until(b"one\r\n")
        late = await site.ask()
        await late.expect_until(b"one\r\n")
        await origin.send(b"3\r\ntwo\r\n0\r\n\r\n")
        for client in (leader, follower, late):
            await client.expect_until(b"two\r\n0\r\n\r\n")
        assert (await site.get()).body == b"onetwo"
        await site.settled()


async def test_a_slow_reader_does_not_hold_up_another() -> None:
    body = b"x" * 1_500_000
    async with cached(answer(body, FRESH)) as site:
        slow = await site.proxy.connect(small=True)
        slow.stop_reading()
        await slow.send(get())
        fast = await site.ask()
        assert (await fast.expect_response(200)).body == body
        assert await eventually(lambda: site.cache.memory.count == 1)
        slow.go_on_reading()
        assert (await slow.expect_response(200)).body == body
        assert len(site.asked) == 1


async def test_a_leader_that_leaves_before_the_head_is_followed_by_another() -> None:
    async with cached(answer(b"one", FRESH)) as site:
        site.answers.hold()
        leader = await site.ask()
        await site.asked_times(1)
        followers = [await site.ask() for _ in range(3)]
        leader.close()
        await site.asked_times(2)
        site.answers.release()
        for client in followers:
            await client.expect_response(200, body=b"one")
        assert len(site.asked) == 2
        await site.settled()


@pytest.mark.parametrize("leave", [Wire.close, Wire.reset], ids=["closes", "resets"])
async def test_a_leader_that_leaves_in_mid_body_does_not_end_the_fill(leave: object) -> None:
    async with cached() as site:
        leader, follower = await site.ask(), await site.ask()
        origin = await site.origin.accept()
        await origin.send(answer(b"one", FRESH, length=6))
        await leader.expect_until(b"one")
        leave(leader)  # type: ignore[operator]
        await origin.send(b"two")
        await follower.expect_response(200, body=b"onetwo")
        assert (await site.get()).body == b"onetwo"
        await site.settled()


async def test_a_fill_goes_on_when_nobody_reads_it_any_more() -> None:
    async with cached() as site:
        leader = await site.ask()
        origin = await site.origin.accept()
        await origin.send(answer(b"one", FRESH, length=6))
        await leader.expect_until(b"one")
        leader.reset()
        assert await eventually(lambda: not site.proxy.in_flight)
        await origin.send(b"two")
        assert await eventually(lambda: site.cache.memory.count == 1)
        assert (await site.get()).body == b"onetwo"
        await site.settled()


async def test_a_follower_that_leaves_is_not_missed() -> None:
    async with cached(answer(b"one", FRESH)) as site:
        site.answers.hold()
        leader = await site.ask()
        await site.asked_times(1)
        follower = await site.ask()
        follower.reset()
        assert await eventually(lambda: site.proxy.in_flight == 1)
        site.answers.release()
        await leader.expect_response(200, body=b"one")
        await site.settled()


async def test_who_waited_for_failed_leaders_is_given_their_failure() -> None:
    async with cached(b"", upstream={"retries": {"attempts": 1}}) as site:
        site.answers.hold()
        clients = [await site.ask() for _ in range(20)]
        await site.asked_times(1)
        site.answers.release()
        for client in clients:
            await client.expect_response(502)
        assert len(site.asked) == ELECTIONS
        await site.settled()


async def test_what_is_one_clients_alone_is_fetched_by_each() -> None:
    async with cached(answer(b"mine", "Cache-Control: private")) as site:
        site.answers.hold()
        clients = [await site.ask() for _ in range(5)]
        await site.asked_times(1)
        site.answers.release()
        for client in clients:
            message = await client.expect_response(200)
            assert status_of(message).endswith("detail=private")
        assert len(site.asked) == 5
        assert site.counted("pass") == 5
        await site.settled()


async def test_nobody_waits_for_what_proved_uncacheable() -> None:
    async with cached(answer(b"mine", "Cache-Control: private")) as site:
        await site.get()
        site.answers.hold()
        clients = [await site.ask() for _ in range(5)]
        await site.asked_times(6)
        site.answers.release()
        for client in clients:
            await client.expect_response(200)


async def test_what_proved_uncacheable_is_stored_once_it_is_cacheable() -> None:
    async with cached(answer(b"mine", "Cache-Control: private"), answer(b"ours", FRESH)) as site:
        await site.get()
        await site.get()
        assert (await site.get()).body == b"ours"
        assert len(site.asked) == 2


@pytest.mark.parametrize("fields", [[ETAG], [ETAG, "Cache-Control: no-cache"]], ids=["no lifetime", "no-cache"])
async def test_what_each_has_to_validate_is_not_shared_with_those_who_wait(fields: list[str]) -> None:
    async with cached(answer(b"mine", *fields)) as site:
        site.answers.hold()
        clients = [await site.ask() for _ in range(3)]
        await site.asked_times(1)
        site.answers.release()
        for client in clients:
            await client.expect_response(200, body=b"mine")
        assert len(site.asked) == 3
        assert site.counted("collapsed") == 0
        await site.settled()


async def test_a_request_that_wants_nothing_stored_is_waited_for_by_nobody() -> None:
    async with cached(answer(b"one", FRESH)) as site:
        site.answers.hold()
        secretive = await site.ask("/", "Cache-Control: no-store")
        await site.asked_times(1)
        leader, follower = await site.ask(), await site.ask()
        await site.asked_times(2)
        site.answers.release()
        for client in (secretive, leader, follower):
            await client.expect_response(200, body=b"one")
        assert site.counted("collapsed") == 1
        await site.settled()


async def test_those_who_wait_for_another_variant_fetch_their_own() -> None:
    async with cached(
        answer(b"un", FRESH, "Vary: Accept-Language"), answer(b"one", FRESH, "Vary: Accept-Language")
    ) as site:
        site.answers.hold()
        french = await site.ask("/", "Accept-Language: fr")
        await site.asked_times(1)
        english = [await site.ask("/", "Accept-Language: en") for _ in range(5)]
        site.answers.release()
        await french.expect_response(200, body=b"un")
        for client in english:
            await client.expect_response(200, body=b"one")
        assert len(site.asked) == 2
        assert (await site.get("/", "Accept-Language: fr")).body == b"un"
        miss = await site.get("/", "Accept-Language: de")
        assert status_of(miss).startswith("fwd=vary-miss")
        await site.settled()


async def test_requests_with_authorization_wait_for_their_own_kind() -> None:
    async with cached(answer(b"mine", FRESH)) as site:
        site.answers.hold()
        one = await site.ask("/", "Authorization: Basic YTpi")
        await site.asked_times(1)
        other = await site.ask()
        await site.asked_times(2)
        site.answers.release()
        assert status_of(await one.expect_response(200)).endswith("detail=authorization")
        assert "stored" in status_of(await other.expect_response(200))
        await site.settled()


async def test_a_purge_during_a_fetch_takes_what_comes_of_it() -> None:
    async with cached(answer(b"old", FRESH), answer(b"new", FRESH)) as site:
        site.answers.hold()
        before = await site.ask()
        await site.asked_times(1)
        await site.cache.purge(Purge("url", "http://example.test/", hard=True), publish=False)
        after = await site.ask()
        site.answers.release()
        await before.expect_response(200, body=b"old")
        await after.expect_response(200, body=b"new")
        assert (await site.get()).body == b"new"
        assert len(site.asked) == 2
        await site.settled()


async def test_a_purge_during_a_fill_lets_one_fetch_anew_for_all() -> None:
    async with cached() as site:
        before = await site.ask()
        origin = await site.origin.accept()
        await origin.send(answer(b"old", FRESH, length=6))
        await before.expect_until(b"old")
        await site.cache.purge(Purge("all", hard=True), publish=False)
        after = [await site.ask() for _ in range(5)]
        another = await site.origin.accept()
        await another.expect_request()
        await another.send(answer(b"newnew", FRESH))
        for client in after:
            await client.expect_response(200, body=b"newnew")
        await origin.send(b"old")
        await before.expect_until(b"old")
        assert (await site.get()).body == b"newnew"
        assert len(site.origin.connections) == 2
        await site.settled()


async def test_a_late_client_that_wants_it_validated_does_not_share_an_old_fill() -> None:
    async with cached() as site:
        before = await site.ask()
        origin = await site.origin.accept()
        await origin.send(answer(b"old", FRESH, length=6))
        await before.expect_until(b"old")
        late = await site.ask("/", "Cache-Control: no-cache")
        another = await site.origin.accept()
        await another.send(answer(b"newest", FRESH))
        await late.expect_response(200, body=b"newest")
        await origin.send(b"est")
        await before.expect_until(b"est")
        await site.settled()
