"""Which worker calls a function, and what becomes known of it."""

from __future__ import annotations

import base64

import pytest
from kit.worker import started
from kit.workforce import generation, working

from proxy.invocations import Invocations

HELLO = {"functions": {"hello": "one"}}


def request(method: str = "GET", uri: str = "/") -> dict[str, str]:
    return {"method": method, "uri": uri}


async def test_each_worker_has_its_turn() -> None:
    async with working(generation(1, HELLO)) as (workforce, _):
        invocations = Invocations(lambda: workforce.serving)
        answers = [await invocations.invoke("hello", request()) for _ in range(4)]
        pids = [int(base64.b64decode(answer["body"])) for answer in answers]
        assert pids == 2 * [worker.pid for worker in workforce.serving]


async def test_a_function_that_is_not_there_is_refused_with_its_reason() -> None:
    async with started(order=HELLO) as (worker, _):
        answer = await Invocations(lambda: [worker]).invoke("gone", request())
        refused = {"status": 503, "reason": "function_missing", "text": "there is no function gone"}
        assert answer == {"refused": refused}


async def test_without_a_worker_nothing_is_called() -> None:
    answer = await Invocations(lambda: []).invoke("hello", request())
    assert answer["refused"]["status"] == 503


async def test_a_call_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proxy.invocations.TIMEOUT_S", 0.1)
    async with started(order=HELLO) as (worker, _):
        answer = await Invocations(lambda: [worker]).invoke("hello", request("sleep", "/20"))
        assert (answer["refused"]["status"], answer["refused"]["reason"]) == (504, "no_answer")


async def test_a_call_whose_worker_dies_is_not_made_again() -> None:
    async with started(order=HELLO) as (worker, _):
        answer = await Invocations(lambda: [worker]).invoke("hello", request("die"))
        assert answer["refused"]["reason"] == "no_answer"
