"""What the supervisor answers the admin, of real workers."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from kit.supervised import fetch
from kit.workforce import generation, working

from proxy.answers import Answers
from proxy.listening import Listening
from proxy.metrics import Registry
from proxy.workforce import Workforce


async def reloaded() -> dict[str, object]:
    return {"outcome": "reloaded"}


async def roll_out(functions: Mapping[str, Any], decide: Callable[[], None]) -> None:
    decide()


def answers_of(workforce: Workforce, registry: Registry) -> Answers:
    return Answers(workforce, registry, asyncio.Lock(), reloaded, lambda: {"generation": 1, "last": None}, roll_out)


@asynccontextmanager
async def answering() -> AsyncIterator[tuple[Answers, Workforce, Listening]]:
    async with working(generation(1)) as (workforce, listening):
        yield answers_of(workforce, Registry()), workforce, listening


async def test_each_worker_is_told_with_its_generation() -> None:
    async with answering() as (answers, workforce, _):
        told = [(each["worker"], each["pid"], each["ready"], each["generation"]) for each in answers.workers()]
        assert told == [(worker.number, worker.pid, True, 1) for worker in workforce.serving]
        assert sorted(answers.worker_pids()) == sorted(each["pid"] for each in answers.workers())


async def test_metrics_of_all_workers_and_of_the_supervisor_are_one() -> None:
    async with answering() as (answers, _, listening):
        for _ in range(8):
            await fetch(f"http://{listening.addresses['test']}/pid")
        answers.count_admin_request("allowed")
        snapshot = await answers.snapshot()
        assert snapshot["http_requests_total"] == [(["test", "all", "GET", "200"], 8)]
        assert snapshot["admin_requests_total"] == [(["allowed"], 1)]


async def test_functions_are_told_as_each_worker_runs_them() -> None:
    async with working(generation(1, {"functions": {"hello": "one"}})) as (workforce, _):
        told = await answers_of(workforce, Registry()).functions()
        assert told == {"hello": [{"worker": number, "versions": ["one"]} for number in (0, 1)]}


async def test_a_worker_that_says_nothing_is_left_out() -> None:
    async with answering() as (answers, workforce, _):
        os.kill(workforce.serving[0].pid, signal.SIGSTOP)
        assert await answers.caches() == {}


async def test_a_workforce_that_is_not_there_yet_is_not_ready() -> None:
    workforce = Workforce(generation(1), b"", Listening(), Registry(), lambda: None)
    answers = answers_of(workforce, Registry())
    assert answers.why_not_ready() == "0 of 2 workers are ready"
    assert (answers.workers(), answers.worker_pids()) == ([], [])


async def test_reloads_are_passed_on() -> None:
    answers = answers_of(Workforce(generation(1), b"", Listening(), Registry(), lambda: None), Registry())
    assert await answers.reload() == {"outcome": "reloaded"}
    assert answers.reload_state() == {"generation": 1, "last": None}
