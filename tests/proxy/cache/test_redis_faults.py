"""Redis that is paused, killed, restarted, full, or speaks to nobody: requests go on, and the tier comes back."""

import asyncio
import logging
from contextlib import suppress

import pytest
from kit import eventually
from kit.redis import RedisServer, free_port
from kit.tiers import URL, Node, a_response, node

from proxy.messages import Headers
from proxy.runtime import monotonic

BACK_WITHIN_S = 8.0


async def fail_until_left_alone(one: Node) -> None:
    async with asyncio.timeout(5):
        while one.tier.available:
            await one.find()


async def test_a_lookup_that_is_not_answered_is_a_miss_after_its_time(server: RedisServer) -> None:
    async with node(server.url, timeout_s=0.1) as one:
        await one.store(a_response())
        server.pause()
        start = monotonic()
        found = await asyncio.gather(*(one.find() for _ in range(20)))
        assert 0.09 < monotonic() - start < 0.3
        assert all(each.stored is None for each in found)
        assert await eventually(lambda: one.failures("timeout") == 1)
        assert one.tier.available
        server.resume()


async def test_a_lookup_that_waits_behind_a_slow_one_keeps_its_own_time(server: RedisServer) -> None:
    async with node(server.url, timeout_s=0.1) as one:
        server.pause()
        first = one.tier.find(URL, Headers())
        await asyncio.sleep(0.06)
        start = monotonic()
        assert (await one.find()).stored is None
        assert 0.09 < monotonic() - start < 0.2
        assert first.done()
        server.resume()


async def test_five_timeouts_in_a_row_leave_redis_alone(server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    async with node(server.url, timeout_s=0.05) as one:
        server.pause()
        start = monotonic()
        await fail_until_left_alone(one)
        assert monotonic() - start < 1.0
        assert one.up == 0
        start = monotonic()
        for _ in range(100):
            assert (await one.find()).stored is None
        assert monotonic() - start < 0.05
        server.resume()
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "left alone: timeout" in caplog.text


async def test_it_is_used_again_once_it_answers(server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    async with node(server.url, timeout_s=0.1) as one:
        await one.store(a_response())
        server.pause()
        await fail_until_left_alone(one)
        await asyncio.sleep(0.6)
        assert not one.tier.available
        server.resume()
        assert await eventually(lambda: one.tier.available, BACK_WITHIN_S)
        assert await one.body() == b"hello"
        assert one.up == 1
    assert "left alone" in caplog.records[0].message
    assert "is back" in caplog.records[1].message
    assert len(caplog.records) == 2


async def test_no_lookup_and_no_write_is_sent_while_it_is_left_alone(server: RedisServer) -> None:
    async with node(server.url, timeout_s=0.1) as one:
        server.pause()
        await fail_until_left_alone(one)
        server.resume()
        await asyncio.sleep(0.05)  # It works off what was sent before.
        finds, sets = await server.calls("hget"), await server.calls("hset")
        await one.find()
        one.tier.put(a_response())
        assert not one.tier.available
        assert (await server.calls("hget"), await server.calls("hset")) == (finds, sets)


async def test_a_killed_server_is_left_alone_at_once(server: RedisServer) -> None:
    async with node(server.url) as one:
        await server.kill()
        start = monotonic()
        await fail_until_left_alone(one)
        assert monotonic() - start < 0.5
        assert one.failures("refused") >= 1


async def test_a_restarted_server_is_used_again_though_it_is_empty(server: RedisServer) -> None:
    async with node(server.url) as one:
        await one.store(a_response())
        await server.kill()
        await fail_until_left_alone(one)
        await server.start()
        assert await eventually(lambda: one.tier.available, BACK_WITHIN_S)
        assert await one.body() is None
        await one.store(a_response())
        assert await one.body() == b"hello"


async def test_a_server_that_comes_after_the_worker_is_used() -> None:
    server = RedisServer()
    async with node(server.url) as one:
        assert not one.tier.available
        assert one.up == 0
        async with server:
            assert await eventually(lambda: one.tier.available, BACK_WITHIN_S)
            await one.store(a_response())
            assert await one.body() == b"hello"


async def test_a_worker_does_not_wait_long_for_a_server_that_hangs(server: RedisServer) -> None:
    server.pause()
    start = monotonic()
    async with node(server.url) as one:
        assert monotonic() - start < 1.0
        assert not one.tier.available
        server.resume()
        assert await eventually(lambda: one.tier.available, BACK_WITHIN_S)


async def test_a_full_server_refuses_writes_and_still_answers_lookups(server: RedisServer) -> None:
    async with node(server.url) as one:
        await one.store(a_response())
        await server.limit_memory(2_000_000)
        for number in range(20):
            await one.store(a_response(b"x" * 500_000, key=f"{URL}/{number}"))
        assert one.failures("out_of_memory") > 0
        assert one.stores("failed") > 0
        assert one.tier.available
        assert await one.body() == b"hello"
        bodies = [await one.body(f"{URL}/{number}") for number in range(20)]
        assert set(bodies) <= {None, b"x" * 500_000}


async def test_writes_that_find_no_room_in_the_line_are_dropped(server: RedisServer) -> None:
    async with node(server.url, backlog_bytes=300_000) as one:
        server.pause()
        for number in range(20):
            one.tier.put(a_response(b"x" * 20_000, key=f"{URL}/{number}"))
        assert one.tier.describe()["backlog_bytes"] <= 300_000
        assert one.stores("dropped") >= 5
        server.resume()
        await one.written()
        one.tier.put(a_response())
        await one.written()
        assert await one.body() == b"hello"


async def test_writing_takes_no_time_from_whoever_writes(server: RedisServer) -> None:
    async with node(server.url) as one:
        server.pause()
        start = monotonic()
        for _ in range(100):
            one.tier.put(a_response(b"x" * 10_000))
        assert monotonic() - start < 0.1
        server.resume()


@pytest.mark.parametrize("harm", ["pause", "kill"])
async def test_no_lookup_fails_or_waits_longer_than_its_time_whatever_becomes_of_redis(harm: str) -> None:
    slowest = 0.0
    over = False

    async def client(one: Node) -> None:
        nonlocal slowest
        while not over:
            start = monotonic()
            await one.find()
            slowest = max(slowest, monotonic() - start)
            one.tier.put(a_response(b"x" * 1000))
            await asyncio.sleep(0.002)

    async with RedisServer() as server, node(server.url, timeout_s=0.05) as one:
        clients = [asyncio.create_task(client(one)) for _ in range(20)]
        await asyncio.sleep(0.2)
        if harm == "pause":
            server.pause()
        else:
            await server.kill()
        assert await eventually(lambda: not one.tier.available)
        if harm == "pause":
            server.resume()
        else:
            await server.start()
        assert await eventually(lambda: one.tier.available, BACK_WITHIN_S)
        over = True
        await asyncio.gather(*clients)
    assert slowest < 0.05 + 0.15


async def test_a_host_that_swallows_everything_is_left_alone() -> None:
    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while await reader.read(65536):
                pass
        writer.close()

    sink = await asyncio.start_server(swallow, "127.0.0.1", 0)
    port = sink.sockets[0].getsockname()[1]
    async with sink, node(f"redis://127.0.0.1:{port}") as one:
        assert not one.tier.available
        assert await eventually(lambda: one.failures("timeout") > 0)


async def test_a_host_that_answers_nonsense_is_left_alone() -> None:
    async def rave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            await reader.read(100)
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 10)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(rave, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, node(f"redis://127.0.0.1:{port}") as one:
        assert await eventually(lambda: one.failures("connection") > 0)
        assert not one.tier.available


async def test_a_port_where_nobody_listens_is_left_alone() -> None:
    async with node(f"redis://127.0.0.1:{free_port()}") as one:
        assert not one.tier.available
        assert one.failures("refused") >= 1
