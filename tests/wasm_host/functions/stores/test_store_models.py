"""Cache and key-value store against a dictionary whose values have a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from kit import FakeClock
from kit.clock import LATER_S
from kit.redis import RedisServer
from kit.store_model import FUNCTIONS, KEYS, STEP_S, Model, Step, steps
from kit.stores import Storing, age, got, redis_at, storing

from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.services import Soon
from wasm_host.functions.stores.settings import SqliteSettings, StoresSettings

CACHE_STEPS = steps("get", "set", "delete", "increment")
KV_STEPS = steps("get", "set", "delete", "increment", "compare_and_set", "keys", lives=(0, 100, 200, 300))
few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Clocks:
    """Both clocks, and a Redis' own."""

    def __init__(self, stack: ExitStack, server: RedisServer | None) -> None:
        self.wall = stack.enter_context(FakeClock(LATER_S, "wall_clock"))
        self._monotonic, self._server = stack.enter_context(FakeClock()), server

    async def step(self) -> None:
        self.wall.advance(STEP_S)
        self._monotonic.advance(STEP_S)
        if self._server is not None:
            await age(self._server.redis, STEP_S)


async def outcome(soon: Callable[[], Soon[object]]) -> object:
    """Return what a call answers, or why it fails."""
    try:
        return await got(soon())
    except HostcallFailed as failed:
        return failed.reason


async def try_cache(worker: Storing, model: Model, step: Step) -> None:
    cache, its, key = worker.cache(step.function), step.function, step.key
    if step.what == "get":
        assert await got(cache.get(key)) == model.get(its, key)
    elif step.what == "set":
        await got(cache.set(key, step.value, step.ttl_s))
        model.set(its, key, step.value, step.ttl_s)
    elif step.what == "delete":
        assert await got(cache.delete(key)) == model.delete(its, key)
    else:
        told = await outcome(lambda: cache.increment(key, step.by, step.ttl_s))
        assert told == model.increment(its, key, step.by, step.ttl_s)


async def try_kv(worker: Storing, model: Model, step: Step) -> None:
    kv, its, key = worker.kv(step.function), step.function, step.key
    if step.what == "get":
        assert await got(kv.get(key)) == model.get(its, key)
    elif step.what == "set":
        await got(kv.set(key, step.value, step.ttl_s))
        model.set(its, key, step.value, step.ttl_s)
    elif step.what == "delete":
        assert await got(kv.delete(key)) == model.delete(its, key)
    elif step.what == "keys":
        assert await got(kv.keys(key[:1], 100)) == model.keys(its, key[:1])
    elif step.what == "increment":
        assert await outcome(lambda: kv.increment(key, step.by)) == model.increment(its, key, step.by)
    else:
        swapped = await got(kv.compare_and_set(key, step.expected, step.value, step.ttl_s))
        assert swapped == model.compare_and_set(its, key, step.expected, step.value, step.ttl_s)


async def compare_caches(worker: Storing, model: Model) -> None:
    for function, key in product(FUNCTIONS, KEYS):
        assert await got(worker.cache(function).get(key)) == model.get(function, key)


async def compare_kvs(worker: Storing, model: Model) -> None:
    for function in FUNCTIONS:
        assert await got(worker.kv(function).keys(b"", 100)) == model.keys(function, b"")
    for function, key in product(FUNCTIONS, KEYS):
        assert await got(worker.kv(function).get(key)) == model.get(function, key)


async def play(
    at: StoresSettings,
    server: RedisServer | None,
    all_steps: list[Step],
    attempt: Callable[[Storing, Model, Step], Awaitable[None]],
    compare: Callable[[Storing, Model], Awaitable[None]],
) -> None:
    with ExitStack() as stack:
        clocks = Clocks(stack, server)
        model = Model(clocks.wall)
        async with storing(at) as worker:
            for step in all_steps:
                if step.what == "pass":
                    await clocks.step()
                else:
                    await attempt(worker, model, step)
                await compare(worker, model)


@given(CACHE_STEPS)
@few
async def test_the_memory_of_a_worker_is_such_a_dictionary(all_steps: list[Step]) -> None:
    await play(StoresSettings(), None, all_steps, try_cache, compare_caches)


@given(CACHE_STEPS)
@few
async def test_redis_with_memory_before_it_is_such_a_dictionary(server: RedisServer, all_steps: list[Step]) -> None:
    await server.flush()
    await play(StoresSettings(cache_redis=redis_at(server.url)), server, all_steps, try_cache, compare_caches)


@given(KV_STEPS)
@few
async def test_sqlite_is_such_a_dictionary(all_steps: list[Step]) -> None:
    with TemporaryDirectory() as directory:
        place = SqliteSettings(str(Path(directory) / "kv.sqlite"), busy_s=20.0)
        await play(StoresSettings(kv=place), None, all_steps, try_kv, compare_kvs)


@given(KV_STEPS)
@few
async def test_pairs_in_redis_are_such_a_dictionary(server: RedisServer, all_steps: list[Step]) -> None:
    await server.flush()
    await play(StoresSettings(kv=redis_at(server.url)), server, all_steps, try_kv, compare_kvs)
    await the_books_are_right(server)


async def the_books_are_right(server: RedisServer) -> None:
    """See that what is counted and listed is what is there."""
    for function in ("f", "ff"):
        stem = f"penstock-functions:1:kv:{{{function}}}:"
        values = await server.redis.hgetall(stem + "values")
        assert set(await server.redis.zrange(stem + "names", 0, -1)) == set(values)
        assert set(await server.redis.zrange(stem + "expiries", 0, -1)) <= set(values)
        used = int(await server.redis.get(stem + "used") or 0)
        assert used == sum(len(key) + len(value) for key, value in values.items())
