"""One configuration's way into real workers."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest
from kit.supervised import PATIENCE_S, fetch
from kit.workforce import generation, working

from proxy import rollout, worker_process
from proxy.errors import StartError
from proxy.listening import Listening
from proxy.metrics import Registry
from proxy.plan import Generation
from proxy.rollout import Rollout, bring_up_to_date, outlast_leavers
from proxy.runtime import monotonic
from proxy.workforce import Workforce


async def words(listening: Listening) -> set[str]:
    url = f"http://{listening.addresses['test']}/word"
    return {(await fetch(url))[1] for _ in range(24)}


async def rolled_out(workforce: Workforce, listening: Listening, wanted: Generation) -> None:
    rollout = Rollout(wanted, workforce, listening.of_worker)
    await rollout.prepare()
    workforce.generation = wanted
    await rollout.commit()


@pytest.fixture
def first_build(tmp_path: Path) -> str:
    """Return the counter of an order whose first build makes trouble, and no other."""
    path = tmp_path / "builds"
    path.write_text("0")
    return str(path)


async def test_what_is_prepared_is_not_served_yet() -> None:
    async with working(generation(1, {"word": "one"})) as (workforce, listening):
        await Rollout(generation(2, {"word": "two"}), workforce, listening.of_worker).prepare()
        assert await words(listening) == {"one"}


async def test_what_is_committed_is_served_by_all() -> None:
    async with working(generation(1, {"word": "one"})) as (workforce, listening):
        await rolled_out(workforce, listening, generation(2, {"word": "two"}))
        assert await words(listening) == {"two"}
        assert workforce.out_of_date() == []


async def test_what_is_discarded_can_be_committed_no_more() -> None:
    async with working(generation(1, {"word": "one"})) as (workforce, listening):
        rollout = Rollout(generation(2, {"word": "two"}), workforce, listening.of_worker)
        await rollout.prepare()
        pids = {worker.pid for worker in workforce.serving}
        rollout.discard()
        await rollout.commit()
        await workforce.until(lambda: pids.isdisjoint(worker.pid for worker in workforce.serving), PATIENCE_S)
        assert await words(listening) == {"one"}


async def test_a_worker_that_fails_to_swap_is_followed_by_one_that_starts_with_the_new() -> None:
    async with working(generation(1, {"word": "one"})) as (workforce, listening):
        wanted = generation(2, {"word": "two"})
        rollout = Rollout(wanted, workforce, listening.of_worker)
        await rollout.prepare()
        first, second = workforce.serving
        first.tell("discard", {"generation": 2})
        workforce.generation = wanted
        await rollout.commit()
        assert await workforce.until(lambda: len({*workforce.serving} - {first}) == 2, PATIENCE_S)
        assert second in workforce.serving
        assert await words(listening) == {"two"}


async def test_a_worker_that_hangs_is_a_refusal_and_ends_for_its_silence(
    first_build: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with working(generation(1, {"word": "one"})) as (workforce, listening):
        monkeypatch.setattr(worker_process, "SILENCE_S", 1.2)
        hanging = Rollout(generation(2, {"hang": first_build}), workforce, listening.of_worker)
        with pytest.raises(StartError, match="a loop hangs"):
            await hanging.prepare()
        hanging.discard()
        monkeypatch.undo()
        assert await workforce.until(lambda: len(workforce.serving) == 2, PATIENCE_S)
        assert await words(listening) == {"one"}


async def test_a_worker_that_does_not_answer_in_time_is_a_refusal(
    first_build: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with working(generation(1, {"word": "one"})) as (workforce, listening):
        monkeypatch.setattr(worker_process, "PREPARE_TIMEOUT_S", 0.3)
        hanging = Rollout(generation(2, {"hang": first_build}), workforce, listening.of_worker)
        with pytest.raises(StartError, match="no answer to 'prepare'"):
            await hanging.prepare()


async def test_what_ends_every_worker_that_builds_it_is_refused_before_it_ends_all_at_once() -> None:
    async with working(generation(1, {"word": "one"})) as (workforce, listening):
        deadly = Rollout(generation(2, {"die": "always"}), workforce, listening.of_worker)
        with pytest.raises(StartError, match="it ends the workers that build it: exit status 3"):
            await deadly.prepare()
        assert len(workforce.serving) >= 1


async def test_where_no_worker_gets_ready_in_time_nothing_is_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollout, "SOMEONE_READY_S", 0.1)
    async with working(generation(1, workers=1)) as (workforce, listening):
        worker = workforce.serving[0]
        os.kill(worker.pid, signal.SIGKILL)
        await worker.ended()
        with pytest.raises(StartError, match="no worker is ready to try it"):
            await Rollout(generation(2), workforce, listening.of_worker).prepare()


async def test_a_worker_that_starts_builds_it_too() -> None:
    async with working(generation(1, {"word": "one"})) as (workforce, listening):
        killed = workforce.serving[0]
        killed.kill()
        rollout = Rollout(generation(2, {"word": "two"}), workforce, listening.of_worker)
        await rollout.prepare()
        assert [worker.prepared for worker in workforce.serving if worker is not killed] == [2, 2]


async def test_a_worker_that_takes_too_long_to_start_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stall = tmp_path / "stall"
    async with working(generation(1, {"word": "one", "stall": str(stall)})) as (workforce, listening):
        stall.touch()
        monkeypatch.setattr(rollout, "START_S", 0.1)
        workforce.serving[0].kill()
        await rolled_out(workforce, listening, generation(2, {"word": "two"}))
        assert len(workforce.serving) == 1
        stall.unlink()
        assert await workforce.until(lambda: len(workforce.serving) == 2, PATIENCE_S)
        assert workforce.out_of_date() == []


async def test_a_worker_that_drains_meanwhile_refuses_nothing() -> None:
    async with working(generation(1, {"word": "one"})) as (workforce, listening):
        os.kill(workforce.serving[0].pid, signal.SIGTERM)
        await rolled_out(workforce, listening, generation(2, {"word": "two"}))


async def test_the_end_of_all_ends_a_reload() -> None:
    async with working(generation(1)) as (workforce, listening):
        workforce.stop(5.0, idle_s=0.0, held=())
        with pytest.raises(StartError, match="about to end"):
            await Rollout(generation(2), workforce, listening.of_worker).prepare()


async def test_a_worker_that_is_out_of_date_is_brought_up_to_date() -> None:
    async with working(generation(1, {"word": "one"})) as (workforce, listening):
        workforce.generation = generation(2, {"word": "two"})
        assert len(workforce.out_of_date()) == 2
        await bring_up_to_date(workforce)
        assert workforce.out_of_date() == []
        assert await words(listening) == {"two"}


async def test_a_worker_that_cannot_be_brought_up_to_date_is_replaced(first_build: str) -> None:
    async with working(generation(1, {"word": "one"}, workers=1)) as (workforce, listening):
        workforce.generation = generation(2, {"word": "two", "refuse": first_build}, workers=1)
        [before] = workforce.serving
        await bring_up_to_date(workforce)
        assert await workforce.until(lambda: [*workforce.serving] not in ([], [before]), PATIENCE_S)
        assert await words(listening) == {"two"}
        assert await asyncio.wait_for(before.ended(), PATIENCE_S) == "exit status 0"


async def test_where_nobody_leaves_nobody_is_waited_for() -> None:
    async with working(generation(1)) as (workforce, _):
        async with asyncio.timeout(rollout.LATE_S):
            await outlast_leavers(workforce)


async def test_the_last_requests_to_a_predecessor_s_workers_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollout, "LAST_REQUEST_S", 0.1)
    monkeypatch.setattr(rollout, "LATE_S", 0.1)
    workforce = Workforce(generation(1), b"", Listening(), Registry(), lambda: None)
    workforce.succeeded_at = succeeded_at = monotonic()
    await outlast_leavers(workforce)
    assert monotonic() >= succeeded_at + 0.2
