import asyncio
from collections.abc import Sequence

from kit import eventually, soon

from proxy.cache.redis_batch import Batches
from proxy.cache.redis_client import Reply
from proxy.cache.redis_scripts import Command
from proxy.errors import CacheStoreError


class Note:
    """A job that notes what it is told."""

    def __init__(self, *words: str, weight: int = 1, wanted: bool = True) -> None:
        self.commands: Sequence[Command] = [(word,) for word in words]
        self.weight, self.wanted = weight, wanted
        self.told: list[Reply] | None = None

    def settle(self, replies: list[Reply]) -> None:
        self.told = replies

    def fail(self, error: CacheStoreError) -> None:
        self.told = [error.reason]


class Backend:
    """Answers each batch when it is told to, with the commands themselves."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.go = asyncio.Event()
        self.error: CacheStoreError | None = None

    async def send(self, commands: Sequence[Command]) -> list[Reply]:
        self.batches.append([str(word) for (word,) in commands])
        await self.go.wait()
        if self.error is not None:
            raise self.error
        return [word for (word,) in commands]


async def test_jobs_of_one_turn_are_one_batch_and_each_gets_its_replies() -> None:
    backend = Backend()
    backend.go.set()
    batches = Batches("test", backend.send, most=10)
    jobs = [Note("a"), Note("b", "c"), Note("d")]
    for job in jobs:
        batches.add(job)
    assert await eventually(lambda: batches.held == 0)
    assert backend.batches == [["a", "b", "c", "d"]]
    assert [job.told for job in jobs] == [["a"], ["b", "c"], ["d"]]


async def test_jobs_that_come_while_one_is_under_way_are_the_next_batch() -> None:
    backend = Backend()
    batches = Batches("test", backend.send, most=10)
    batches.add(Note("a"))
    await soon()
    batches.add(Note("b"))
    batches.add(Note("c"))
    await soon()
    assert backend.batches == [["a"]]
    backend.go.set()
    assert await eventually(lambda: batches.held == 0)
    assert backend.batches == [["a"], ["b", "c"]]


async def test_a_batch_is_bounded_but_takes_at_least_one_job() -> None:
    backend = Backend()
    backend.go.set()
    batches = Batches("test", backend.send, most=10)
    for weight in (5, 5, 1, 50, 1):
        batches.add(Note(str(weight), weight=weight))
    assert await eventually(lambda: batches.held == 0)
    assert backend.batches == [["5", "5"], ["1"], ["50"], ["1"]]


async def test_a_job_that_nobody_wants_any_more_is_not_sent() -> None:
    backend = Backend()
    backend.go.set()
    batches = Batches("test", backend.send, most=10)
    batches.add(Note("a", wanted=False))
    batches.add(Note("b"))
    assert await eventually(lambda: batches.held == 0)
    assert backend.batches == [["b"]]


async def test_a_failed_batch_fails_its_jobs_and_the_next_is_sent() -> None:
    backend = Backend()
    backend.go.set()
    backend.error = CacheStoreError("no", reason="timeout")
    batches = Batches("test", backend.send, most=1)
    jobs = [Note("a"), Note("b")]
    for job in jobs:
        batches.add(job)
    assert await eventually(lambda: batches.held == 0)
    assert [job.told for job in jobs] == [["timeout"], ["timeout"]]
    assert backend.batches == [["a"], ["b"]]


async def test_abandoning_fails_what_was_not_sent() -> None:
    backend = Backend()
    batches = Batches("test", backend.send, most=1)
    jobs = [Note("a"), Note("b")]
    for job in jobs:
        batches.add(job)
    await soon()
    batches.abandon(CacheStoreError("no", reason="refused"))
    assert [job.told for job in jobs] == [None, ["refused"]]
    backend.go.set()
    assert await eventually(lambda: batches.held == 0)
    assert jobs[0].told == ["a"]


async def test_closing_fails_what_is_under_way_too() -> None:
    backend = Backend()
    batches = Batches("test", backend.send, most=1)
    jobs = [Note("a"), Note("b")]
    for job in jobs:
        batches.add(job)
    await soon()
    await batches.close(CacheStoreError("no", reason="connection"))
    assert [job.told for job in jobs] == [["connection"], ["connection"]]
    assert batches.held == 0


async def test_a_listener_that_raises_keeps_no_other_from_its_replies() -> None:
    class Faulty(Note):
        def settle(self, replies: list[Reply]) -> None:
            raise RuntimeError("from the exchange")

    backend = Backend()
    backend.go.set()
    batches = Batches("test", backend.send, most=10)
    good = Note("b")
    batches.add(Faulty("a"))
    batches.add(good)
    assert await eventually(lambda: batches.held == 0)
    assert good.told == ["b"]


async def test_a_listener_may_add_the_next_job() -> None:
    class Chained(Note):
        def settle(self, replies: list[Reply]) -> None:
            batches.add(last)

    backend = Backend()
    backend.go.set()
    batches = Batches("test", backend.send, most=10)
    last = Note("b")
    batches.add(Chained("a"))
    assert await eventually(lambda: last.told == ["b"])
    await soon()
    assert batches.held == 0
