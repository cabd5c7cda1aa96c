"""A module swapped in every worker, from the admin to the filters and back."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest
from kit.supervised import Supervised, eventually

from proxy.errors import ControlError
from proxy.swap import Outcome, Swaps
from proxy.worker_process import WorkerProcess


class Worker:
    """Answers what it was told to, and says when it was asked and when it had answered."""

    def __init__(self, number: int, answer: Outcome | ControlError, said: list[str]) -> None:
        self.number, self._answer, self._said = number, answer, said

    async def ask(self, kind: str, body: dict[str, str], *, timeout_s: float) -> Outcome:
        self._said.append(f"{self.number} asked for {kind} {body['filter']}")
        await asyncio.sleep(0)
        self._said.append(f"{self.number} answers")
        if isinstance(self._answer, ControlError):
            raise self._answer
        return self._answer


def workers(said: list[str], *answers: Outcome | ControlError) -> list[WorkerProcess]:
    return [cast(WorkerProcess, Worker(number, answer, said)) for number, answer in enumerate(answers)]


def swaps(workers: list[WorkerProcess]) -> Swaps:
    return Swaps(lambda: workers, asyncio.Lock())


SWAPPED = {"outcome": "swapped"}


async def test_workers_are_asked_in_turn() -> None:
    said: list[str] = []
    outcomes = await swaps(workers(said, SWAPPED, SWAPPED)).swap("auth")
    assert outcomes == [{"worker": 0, "outcome": "swapped"}, {"worker": 1, "outcome": "swapped"}]
    assert said == ["0 asked for reload_wasm auth", "0 answers", "1 asked for reload_wasm auth", "1 answers"]


async def test_what_one_refuses_the_others_are_not_asked_to_take() -> None:
    said: list[str] = []
    refused = {"outcome": "refused", "reason": "bad"}
    outcomes = await swaps(workers(said, SWAPPED, refused, SWAPPED, SWAPPED)).swap("auth")
    assert [each["outcome"] for each in outcomes] == ["swapped", "refused", "not_asked", "not_asked"]
    assert outcomes[1]["reason"] == "bad"
    assert "2 answers" not in said


async def test_a_worker_that_says_nothing_is_unknown() -> None:
    [outcome] = await swaps(workers([], ControlError("no answer"))).swap("auth")
    assert outcome == {"worker": 0, "outcome": "unknown", "reason": "no answer"}


async def test_two_swaps_do_not_mix() -> None:
    said: list[str] = []
    both = swaps(workers(said, SWAPPED, SWAPPED))
    await asyncio.gather(both.swap("auth"), both.swap("ab"))
    assert [line.rpartition(" ")[2] for line in said if "asked" in line] == ["auth", "auth", "ab", "ab"]


# With a supervisor and two workers, processes all three


class ModuleFile:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.holds("one")

    def holds(self, word: str) -> None:
        self.path.write_text(word)


@pytest.fixture
def module(tmp_path: Path) -> ModuleFile:
    return ModuleFile(tmp_path / "module")


@pytest.fixture
async def proxy(module: ModuleFile) -> AsyncIterator[Supervised]:
    async with Supervised(environment={"MODULE": str(module.path)}) as proxy:
        yield proxy


async def swap(proxy: Supervised, filter: str = "answer") -> tuple[int, Any]:
    url = f"{proxy.admin_url}/wasm/{filter}/reload"
    async with aiohttp.ClientSession() as session, session.post(url) as response:
        return response.status, json.loads(await response.text())


async def running(proxy: Supervised) -> list[tuple[int, str]]:
    return [(each["worker"], each["module"]) for each in (await proxy.admin("/wasm"))["answer"]]


async def test_every_worker_takes_the_new_module(proxy: Supervised, module: ModuleFile) -> None:
    assert await running(proxy) == [(0, "one"), (1, "one")]
    module.holds("two")
    status, body = await swap(proxy)
    assert (status, [each["outcome"] for each in body["workers"]]) == (200, ["swapped", "swapped"])
    assert await running(proxy) == [(0, "two"), (1, "two")]


async def test_a_module_that_is_refused_runs_nowhere(proxy: Supervised, module: ModuleFile) -> None:
    module.holds("bad")
    status, body = await swap(proxy)
    assert (status, body["workers"]) == (
        422,
        [{"worker": 0, "outcome": "refused", "reason": "bad"}, {"worker": 1, "outcome": "not_asked"}],
    )
    assert await running(proxy) == [(0, "one"), (1, "one")]


async def test_a_filter_that_is_not_there_is_404(proxy: Supervised) -> None:
    assert (await swap(proxy, "anser"))[0] == 404


async def test_modules_reopen_their_logs_with_the_worker(module: ModuleFile) -> None:
    reopened = module.path.with_suffix(".reopened")

    async def asked() -> bool:
        return reopened.exists()

    async with Supervised(environment={"MODULE": str(module.path)}) as proxy:
        proxy.process.send_signal(signal.SIGUSR1)
        await eventually(asked, "the modules to be asked")


async def test_modules_are_closed_at_the_end(module: ModuleFile) -> None:
    async with Supervised(environment={"MODULE": str(module.path)}):
        pass
    assert module.path.with_suffix(".closed").exists()


async def test_a_module_that_does_not_start_keeps_the_worker_from_getting_ready(module: ModuleFile) -> None:
    module.holds("bad")
    proxy = Supervised(environment={"MODULE": str(module.path)}, workers=1)
    await proxy.start()
    assert await proxy.ended() == 1
    assert any("filter answer: bad" in line for line in proxy.lines)


async def test_without_modules_there_is_nothing_to_show() -> None:
    async with Supervised(workers=1) as proxy:
        assert await proxy.admin("/wasm") == {}
