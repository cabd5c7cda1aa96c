"""Real workers, kept in their places."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from kit.supervised import PATIENCE_S, eventually, fetch
from kit.workforce import generation, working

from proxy.emptying import has_waiting
from proxy.errors import StartError
from proxy.listening import Listening
from proxy.metrics import Registry
from proxy.workforce import Workforce


async def test_places_are_added() -> None:
    async with working(generation(1, workers=1)) as (workforce, listening):
        workforce.generation = generation(2, workers=3)
        listening.stage(workforce.generation.plan.listeners, 3).commit()
        workforce.fill()
        assert await workforce.until(lambda: len(workforce.serving) == 3, PATIENCE_S)
        assert [worker.number for worker in workforce.serving] == [0, 1, 2]


async def test_workers_without_a_place_drain() -> None:
    async with working(generation(1, workers=2)) as (workforce, listening):
        kept, leaving = workforce.serving
        workforce.generation = generation(2, workers=1)
        listening.stage(workforce.generation.plan.listeners, 1).commit().close()
        workforce.fill()
        assert await asyncio.wait_for(leaving.ended(), PATIENCE_S) == "exit status 0"
        assert workforce.serving == [kept]
        assert workforce.why_not_ready() is None


async def test_a_worker_whose_place_goes_while_it_is_being_started_drains() -> None:
    async with working(generation(1, workers=1)) as (workforce, listening):
        kept = workforce.serving
        for number, workers in ((2, 3), (3, 1)):
            workforce.generation = generation(number, workers=workers)
            listening.stage(workforce.generation.plan.listeners, workers).commit().close()
            workforce.fill()
            await asyncio.sleep(0)
        assert await workforce.until(lambda: len(workforce.living) == 3, PATIENCE_S)
        ends = [worker.ended() for worker in workforce.living if worker not in kept]
        assert await asyncio.wait_for(asyncio.gather(*ends), PATIENCE_S) == ["exit status 0"] * 2
        assert workforce.serving == kept


async def test_a_worker_that_drains_before_it_served_empties_the_queues_that_nobody_else_will(tmp_path: Path) -> None:
    stall = tmp_path / "stall"
    async with working(generation(1, {"stall": str(stall)}, workers=1)) as (workforce, listening):
        [worker] = workforce.serving
        stall.touch()
        worker.kill()
        assert await workforce.until(lambda: workforce.filling not in ([], [worker]), PATIENCE_S)
        waiting = asyncio.create_task(fetch(f"http://{listening.addresses['test']}/pid"))
        await eventually(lambda: is_queued(listening), "a connection in the queue")
        listening.close()
        workforce.stop(PATIENCE_S, idle_s=0.0, held=())
        stall.unlink()
        assert (await waiting)[0] == 200


async def is_queued(listening: Listening) -> bool:
    return has_waiting(listening.of_worker(0)["test"])


async def test_a_place_that_is_added_and_never_filled_ends_nothing() -> None:
    async with working(generation(1, workers=1)) as (workforce, listening):
        better = generation(2, workers=2)
        worse = replace(better.plan, worker_command=["/nowhere/python"])
        workforce.generation = replace(better, plan=worse)
        listening.stage(worse.listeners, 2).commit()
        workforce.fill()
        await asyncio.sleep(0.5)
        assert [worker.number for worker in workforce.serving] == [0]
        workforce.generation = better
        assert await workforce.until(lambda: len(workforce.serving) == 2, PATIENCE_S)


async def test_what_ended_workers_counted_stays() -> None:
    async with working(generation(1, workers=1)) as (workforce, listening):
        [worker] = workforce.serving
        await fetch(f"http://{listening.addresses['test']}/pid")
        os.kill(worker.pid, signal.SIGTERM)
        await asyncio.wait_for(worker.ended(), PATIENCE_S)
        assert workforce.ended["http_requests_total"] == [(["test", "all", "GET", "200"], 1)]


async def test_a_worker_starts_with_what_is_to_be_served_now() -> None:
    async with working(generation(1, {"word": "one"}, workers=1)) as (workforce, listening):
        [worker] = workforce.serving
        workforce.generation = generation(2, {"word": "two"}, workers=1)
        worker.kill()
        assert await workforce.until(lambda: workforce.serving not in ([], [worker]), PATIENCE_S)
        assert (await fetch(f"http://{listening.addresses['test']}/word"))[1] == "two"


async def test_a_worker_that_starts_during_a_reload_lets_nobody_in_before_it_serves_the_new(tmp_path: Path) -> None:
    stall = tmp_path / "stall"
    first = generation(1, {"word": "one", "stall": str(stall)}, workers=1)
    async with working(first) as (workforce, listening):
        [worker] = workforce.serving
        stall.touch()
        worker.kill()
        assert await workforce.until(lambda: workforce.filling not in ([], [worker]), PATIENCE_S)
        [successor] = workforce.filling
        assert successor.prepared == 1
        workforce.generation = generation(2, {"word": "two"}, workers=1)
        stall.unlink()
        assert await workforce.until(lambda: successor.was_ready, PATIENCE_S)
        assert successor.generation == 2
        assert (await fetch(f"http://{listening.addresses['test']}/word"))[1] == "two"


async def test_a_worker_that_cannot_build_what_came_meanwhile_says_why_and_is_followed_by_another(
    tmp_path: Path,
) -> None:
    stall = tmp_path / "stall"
    first = generation(1, {"stall": str(stall)}, workers=1)
    async with working(first) as (workforce, _):
        [worker] = workforce.serving
        stall.touch()
        worker.kill()
        assert await workforce.until(lambda: workforce.filling not in ([], [worker]), PATIENCE_S)
        [successor] = workforce.filling
        workforce.generation = generation(2, {"refuse": "always"}, workers=1)
        stall.unlink()
        assert await asyncio.wait_for(successor.ended(), PATIENCE_S) == "the key is not where it should be"
        workforce.generation = generation(3, workers=1)
        assert await workforce.until(lambda: bool(workforce.serving), PATIENCE_S)


async def test_workers_that_never_get_ready_at_the_start_end_it() -> None:
    first = generation(1)
    first = replace(first, plan=replace(first.plan, worker_command=["/nowhere/python"]))
    workforce = Workforce(first, b"", Listening(), Registry(), lambda: None)
    with pytest.raises(StartError, match="workers end before they are ready"):
        await asyncio.wait_for(workforce.keep(), PATIENCE_S)
