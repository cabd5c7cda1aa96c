"""Redis that is killed, paused, filled, restarted, flushed or slow while clients ask: not one request fails for it.

Before the breaker opens a lookup costs at most its time limit; once it is open none is sent until a probe succeeds.
"""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest
from kit import FakeOrigin, Proxy, eventually, get
from kit.cache_load import Echoing, Load, body_of, caching
from kit.redis import RedisServer, backends
from kit.redis_gate import Gate

from proxy.cache.redis import RedisTier
from proxy.cache.redis_scripts import FIND
from proxy.runtime import monotonic

# A connection that is given up at the very moment when it is made is left to the collector by asyncio.open_connection.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <(socket.socket|function (_SelectorTransport|StreamWriter).__del__)"
    ":pytest.PytestUnraisableExceptionWarning"
)

TIMEOUT_S = 0.2
NOISE_S = 0.1
"""What a busy machine adds to one request."""
SHARED = 40
BACK_WITHIN_S = 8.0


@dataclass
class Scene:
    """A node under load whose Redis stands behind a gate; what `load` asks for under /shared is in Redis already."""

    server: RedisServer
    gate: Gate
    node: Proxy
    load: Load
    began_at: float

    @property
    def tier(self) -> RedisTier:
        shared = self.node.graph.caches["default"].shared
        assert shared is not None
        return shared

    def check(self, since: float, until: float) -> None:
        """See that nothing failed, and that a hundredth at most took longer than usual by more than the time limit."""
        assert not self.load.failed, self.load.failed[:3]
        usual_s = self.load.slowest_s(self.began_at, since)
        assert self.load.slowest_s(since, until) <= usual_s + TIMEOUT_S + NOISE_S


@asynccontextmanager
async def under_load(backend: str, *, large: bool = False) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(RedisServer(backend))
        origin = await stack.enter_async_context(FakeOrigin(Echoing()))
        async with Proxy(caching(origin.address, server.url)) as other:
            client = await other.connect()
            for number in range(SHARED):
                await client.send(get(f"/shared/{number}"))
                await client.expect_response(200, body=body_of(f"/shared/{number}"))
            await asyncio.sleep(0.1)
        # As a worker does: the collector would walk the heap of the whole test run, a quarter of a second.
        gc.collect()
        gc.freeze()
        stack.callback(gc.unfreeze)
        gate = await stack.enter_async_context(Gate(server))
        node = await stack.enter_async_context(Proxy(caching(origin.address, gate.url, TIMEOUT_S)))
        async with Load(node, shared=SHARED, large=large) as load:
            scene = Scene(server, gate, node, load, monotonic())
            await asyncio.sleep(0.7)
            yield scene
        assert not load.failed, load.failed[:3]


Harm = Callable[[Scene], Awaitable[None]]


async def pause(scene: Scene) -> None:
    scene.server.pause()


async def resume(scene: Scene) -> None:
    scene.server.resume()


async def kill(scene: Scene) -> None:
    await scene.server.kill()


async def start(scene: Scene) -> None:
    await scene.server.start()


async def silence(scene: Scene) -> None:
    scene.gate.silence()


async def speak(scene: Scene) -> None:
    scene.gate.speak()


async def slow_down(scene: Scene) -> None:
    scene.gate.delay_s = 2 * TIMEOUT_S


async def speed_up(scene: Scene) -> None:
    scene.gate.delay_s = 0.0


async def shut(scene: Scene) -> None:
    await scene.gate.shut()


async def reopen(scene: Scene) -> None:
    await scene.gate.reopen()


OUTAGES: Mapping[str, tuple[Harm, Harm]] = {
    "paused": (pause, resume),
    "killed": (kill, start),
    "silent": (silence, speak),
    "slow": (slow_down, speed_up),
    "unreachable": (shut, reopen),
}


@pytest.mark.parametrize("outage", OUTAGES)
@pytest.mark.parametrize("backend", backends())
async def test_no_request_fails_or_waits_long_while_redis_is(backend: str, outage: str) -> None:
    harm, heal = OUTAGES[outage]
    async with under_load(backend) as scene:
        begun = monotonic()
        await harm(scene)
        assert await eventually(lambda: not scene.tier.available), "the breaker never opened"
        opened = monotonic()
        lookups = scene.gate.count(FIND.sha)
        await asyncio.sleep(0.5)
        assert not scene.tier.available
        assert scene.gate.count(FIND.sha) == lookups
        await heal(scene)
        assert await eventually(lambda: scene.tier.available, BACK_WITHIN_S), "it never came back"
        back = monotonic()
        assert await eventually(lambda: scene.gate.count(FIND.sha) > lookups), "it is not used"
        await asyncio.sleep(0.2)
        scene.check(begun, max(opened, begun + 0.4))
        scene.check(opened, back)


@pytest.mark.parametrize("backend", backends())
async def test_once_the_breaker_is_open_requests_take_no_longer_than_usual(backend: str) -> None:
    async with under_load(backend) as scene:
        harmed = monotonic()
        scene.server.pause()
        assert await eventually(lambda: not scene.tier.available)
        opened = monotonic()
        await asyncio.sleep(1.0)
        assert scene.load.slowest_s(opened, monotonic()) <= scene.load.slowest_s(scene.began_at, harmed) + NOISE_S
        scene.server.resume()


async def test_no_request_fails_while_redis_is_restarted_and_empty() -> None:
    async with under_load("redis") as scene:
        begun = monotonic()
        await scene.server.restart()
        await asyncio.sleep(1.0)
        assert await eventually(lambda: scene.tier.available, BACK_WITHIN_S)
        scene.check(begun, monotonic())


@pytest.mark.parametrize("backend", backends())
async def test_no_request_fails_while_redis_is_flushed_again_and_again(backend: str) -> None:
    async with under_load(backend) as scene:
        begun = monotonic()
        for _ in range(5):
            await scene.server.flush()
            await asyncio.sleep(0.15)
        assert scene.tier.available
        scene.check(begun, monotonic())


async def test_no_request_fails_while_redis_is_full() -> None:
    async with under_load("redis") as scene:
        begun = monotonic()
        await scene.server.limit_memory(0)
        await asyncio.sleep(1.0)
        refused = scene.node.registry.cache_backend_failures.child("default", "out_of_memory").value
        assert refused > 0
        assert scene.tier.available
        scene.check(begun, monotonic())


async def test_no_request_fails_while_scripts_are_forgotten() -> None:
    async with under_load("redis") as scene:
        begun = monotonic()
        for _ in range(5):
            await scene.server.redis.script_flush()
            await asyncio.sleep(0.15)
        assert scene.tier.available
        scene.check(begun, monotonic())


async def test_a_redis_that_is_somewhat_slow_is_used_and_costs_no_more_than_it_takes() -> None:
    async with under_load("redis") as scene:
        begun = monotonic()
        scene.gate.delay_s = TIMEOUT_S / 4
        await asyncio.sleep(1.0)
        assert scene.tier.available
        scene.check(begun, monotonic())


@pytest.mark.slow
@pytest.mark.parametrize("backend", backends())
async def test_no_request_fails_in_a_minute_of_one_outage_after_another(backend: str) -> None:
    async with under_load(backend, large=True) as scene:
        until = monotonic() + 60
        while monotonic() < until:
            for harm, heal in OUTAGES.values():
                await harm(scene)
                assert await eventually(lambda: not scene.tier.available)
                await asyncio.sleep(1.0)
                await heal(scene)
                assert await eventually(lambda: scene.tier.available, BACK_WITHIN_S)
                await asyncio.sleep(0.5)
