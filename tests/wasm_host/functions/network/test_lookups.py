"""Names that take long to be looked up hold a few threads, never all."""

import asyncio

import pytest

from proxy.upstream.resolver import Addresses
from wasm_host.functions.network.lookups import MOST_WAITING, Lookups


class SlowDns:
    """Answers when told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer = asyncio.Event()

    async def __call__(self, host: str, port: int) -> Addresses:
        self.asked.append(host)
        await self.answer.wait()
        return ((host, port),)


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_no_more_are_asked_at_once_than_allowed() -> None:
    dns = SlowDns()
    lookups = Lookups(dns, 2)
    asking = [asyncio.create_task(lookups(name, 1)) for name in "abc"]
    await turns()
    assert dns.asked == ["a", "b"]
    dns.answer.set()
    assert await asyncio.gather(*asking) == [((name, 1),) for name in "abc"]


async def test_one_function_leaves_room_for_another() -> None:
    dns = SlowDns()
    worker = Lookups(dns, 3)
    one, other = Lookups(worker, 2), Lookups(worker, 2)
    asking = [
        asyncio.create_task(lookups(name, 1)) for lookups, name in ((one, "a"), (one, "b"), (one, "c"), (other, "d"))
    ]
    await turns()
    assert dns.asked == ["a", "b", "d"]
    dns.answer.set()
    await asyncio.gather(*asking)


async def test_a_queue_that_is_full_is_an_os_error() -> None:
    dns = SlowDns()
    lookups = Lookups(dns, 1)
    asking = [asyncio.create_task(lookups("a", 1)) for _ in range(MOST_WAITING)]
    await turns()
    with pytest.raises(OSError, match="too many names"):
        await lookups("b", 1)
    dns.answer.set()
    await asyncio.gather(*asking)
    assert await lookups("b", 1) == (("b", 1),)
