"""Rate limits of one worker, and of all."""

from kit import FakeClock
from kit.redis import RedisServer
from kit.stores import got, redis_at, storing

from wasm_host.functions.stores.settings import StoresSettings


async def takes(limits: object, times: int, *, key: bytes = b"key", window_s: int = 1000) -> int:
    """Take so many times, of three; return how often there was room."""
    return sum([await got(limits.take(key, 3, window_s)) for _ in range(times)])  # type: ignore[attr-defined]


async def test_one_worker_counts_for_itself() -> None:
    async with storing(StoresSettings()) as one, storing(StoresSettings()) as other:
        assert await takes(one.rate_limits(), 5) == 3
        assert await takes(other.rate_limits(), 5) == 3
        assert await takes(one.rate_limits("another"), 5) == 3


async def test_a_window_of_one_worker_is_over_in_its_time() -> None:
    with FakeClock() as clock:
        async with storing(StoresSettings()) as worker:
            await takes(worker.rate_limits(), 3)
            clock.advance(999)
            assert await takes(worker.rate_limits(), 1) == 0
            clock.advance(1)
            assert await takes(worker.rate_limits(), 5) == 3


async def test_workers_count_together_in_redis(server: RedisServer) -> None:
    settings = StoresSettings(cache_redis=redis_at(server.url))
    async with storing(settings) as one, storing(settings) as other:
        assert await takes(one.rate_limits(), 2) == 2
        assert await takes(other.rate_limits(), 2) == 1
        assert await takes(one.rate_limits(), 1) == 0


async def test_keys_lengths_and_functions_have_windows_of_their_own_in_redis(server: RedisServer) -> None:
    async with storing(StoresSettings(kv=redis_at(server.url))) as worker:
        await takes(worker.rate_limits(), 3)
        assert await takes(worker.rate_limits(), 5, key=b"other") == 3
        assert await takes(worker.rate_limits(), 5, window_s=2000) == 3
        assert await takes(worker.rate_limits("another"), 5) == 3
        assert await takes(worker.rate_limits(), 1) == 0


async def test_a_window_in_redis_begins_with_the_first_take(server: RedisServer) -> None:
    async with storing(StoresSettings(cache_redis=redis_at(server.url))) as worker:
        await takes(worker.rate_limits(), 1)
        (name,) = await server.redis.keys()
        await server.redis.pexpire(name, 500_000)
        await takes(worker.rate_limits(), 4)
        assert 400_000 < await server.redis.pttl(name) <= 500_000


async def test_while_redis_is_away_a_worker_counts_for_itself(server: RedisServer) -> None:
    async with storing(StoresSettings(cache_redis=redis_at(server.url))) as worker:
        await server.kill()
        assert await takes(worker.rate_limits(), 5) == 3
        assert worker.failures("rate_limits", "away") >= 1
