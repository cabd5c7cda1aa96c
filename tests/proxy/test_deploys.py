"""Another state of the edge functions on its way into real workers."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest
from kit import eventually as in_time
from kit.supervised import PATIENCE_S, Supervised, eventually, fetch
from kit.workforce import generation, working

from proxy import deploys, rollout, workforce
from proxy.administration import Administration
from proxy.deploys import Deploys
from proxy.errors import StartError
from proxy.listening import Listening
from proxy.metrics import Registry
from proxy.plan import Generation
from proxy.reload_report import Book
from proxy.replacement import Replacement
from proxy.workforce import Workforce

ONE = {"functions": {"hello": "one"}}


class Site:
    """A workforce, what deploys to it, and its clients."""

    def __init__(self, workers: Workforce, listening: Listening) -> None:
        self.workforce, self.lock, self.book = workers, asyncio.Lock(), Book(Registry())
        self.url = f"http://{listening.addresses['test']}"
        self.deploys = Deploys(
            workers,
            Replacement(workers, listening, Administration(_Nobody())),  # type: ignore[arg-type]
            self.book,
            self.lock,
        )

    async def deploy(self, word: str, decide: Callable[[], None] = lambda: None) -> None:
        await self.deploys.roll_out({"hello": word}, decide)

    async def words(self) -> set[str]:
        """Ask often enough to have asked each worker."""
        return {(await fetch(f"{self.url}/function"))[1] for _ in range(24)}


class _Nobody:
    """What an administration would ask, which these tests leave alone."""


@asynccontextmanager
async def site() -> AsyncIterator[Site]:
    async with working(generation(1, ONE)) as (workers, listening):
        yield Site(workers, listening)


async def test_after_a_deploy_no_worker_answers_from_the_former_version() -> None:
    async with site() as here:
        assert await here.words() == {"one"}
        for word in ("two", "three", "two"):
            await here.deploy(word)
            assert await here.words() == {word}


async def test_the_workers_stay_and_serve_the_next_generation() -> None:
    async with site() as here:
        before = {worker.pid for worker in here.workforce.serving}
        await here.deploy("two")
        assert {worker.pid for worker in here.workforce.serving} == before
        assert {worker.generation for worker in here.workforce.serving} == {2}
        assert here.book.state() == {"generation": 2, "last": None}


async def test_it_is_decided_on_between_the_building_and_the_swap() -> None:
    async with site() as here:
        url, loop = here.url, asyncio.get_running_loop()
        seen: list[str] = []

        def decide() -> None:
            seen.append(asyncio.run_coroutine_threadsafe(fetch(f"{url}/function"), loop).result(PATIENCE_S)[1])
            seen.extend(str(worker.prepared) for worker in here.workforce.serving)

        await here.deploy("two", decide)
        assert seen == ["one", "2", "2"]


async def test_where_the_decision_fails_nothing_changes() -> None:
    async with site() as here:

        def fail() -> None:
            raise OSError("the disk is full")

        with pytest.raises(OSError, match="the disk is full"):
            await here.deploy("two", fail)
        assert await here.words() == {"one"}
        assert here.workforce.generation.number == 1
        await here.deploy("three")
        assert await here.words() == {"three"}


async def test_what_a_worker_refuses_is_not_decided_on() -> None:
    async with site() as here:
        decided: list[str] = []
        with pytest.raises(StartError, match="function hello: bad"):
            await here.deploy("bad", lambda: decided.append("bad"))
        assert decided == []
        assert await here.words() == {"one"}


async def test_a_worker_that_starts_later_starts_with_what_was_deployed() -> None:
    async with site() as here:
        await here.deploy("two")
        first = here.workforce.serving[0]
        os.kill(first.pid, signal.SIGKILL)
        await here.workforce.until(lambda: first not in here.workforce.serving, PATIENCE_S)
        assert await here.workforce.until(lambda: len(here.workforce.serving) == 2, PATIENCE_S)
        assert await here.words() == {"two"}


async def test_a_worker_that_was_killed_meanwhile_is_followed_by_one_that_answers_as_deployed() -> None:
    async with site() as here:
        for number in range(4):
            deploy = asyncio.ensure_future(here.deploy(str(number)))
            os.kill(here.workforce.serving[number % 2].pid, signal.SIGKILL)
            await deploy
            assert await here.words() == {str(number)}
            assert await here.workforce.until(lambda: len(here.workforce.serving) == 2, PATIENCE_S)


async def test_a_worker_that_did_not_swap_has_ended_before_the_call_returns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proxy.worker_process.COMMIT_TIMEOUT_S", 0.2)
    async with site() as here:
        stopped = here.workforce.serving[1]
        await here.deploy("two", lambda: os.kill(stopped.pid, signal.SIGSTOP))
        assert not stopped.alive
        assert await here.words() == {"two"}


@asynccontextmanager
async def kept_alive(here: Site, pid: int) -> AsyncIterator[Callable[[str], Awaitable[str]]]:
    """Stay connected to one worker; gives what asks it."""
    async with AsyncExitStack() as stack:
        while True:
            ask = await stack.enter_async_context(_connected(here))
            if await ask("/pid") == str(pid):
                yield ask
                return


@asynccontextmanager
async def _connected(here: Site) -> AsyncIterator[Callable[[str], Awaitable[str]]]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as session:

        async def ask(path: str) -> str:
            async with session.get(here.url + path) as response:
                return await response.text()

        yield ask


async def test_the_last_requests_of_a_worker_that_drains_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (rollout, workforce):
        monkeypatch.setattr(module, "LAST_REQUEST_S", 0.4)
    async with site() as here:
        leaving = here.workforce.serving[0]
        async with kept_alive(here, leaving.pid) as ask:
            here.workforce.replace(leaving)
            await here.deploy("two")
            assert await ask("/function") == "two"


async def test_one_who_asked_and_left_is_served_all_the_same() -> None:
    async with site() as here:
        decided = asyncio.Event()
        loop = asyncio.get_running_loop()
        call = asyncio.ensure_future(here.deploy("two", lambda: loop.call_soon_threadsafe(decided.set) and None))
        await decided.wait()
        call.cancel()
        async with here.lock:
            assert await here.words() == {"two"}


async def test_one_plan_is_replaced_at_a_time() -> None:
    async with site() as here:
        async with here.lock:
            waiting = asyncio.ensure_future(here.deploy("two"))
            await asyncio.sleep(0.1)
            assert await here.words() == {"one"}
        await waiting
        assert await here.words() == {"two"}


async def test_deploys_at_once_run_one_after_the_other() -> None:
    async with site() as here:
        await asyncio.gather(*(here.deploy(str(number)) for number in range(5)))
        assert await here.words() == {"4"}
        assert here.workforce.generation.number == 6


async def test_many_deploys_leave_nothing_behind_in_the_supervisor() -> None:
    async with site() as here:
        before = _generations()
        for number in range(50):
            await here.deploy(str(number))
        assert _generations() <= before + 1  # The one that runs, beside the site's first.


def _generations() -> int:
    gc.collect()
    return sum(isinstance(each, Generation) for each in gc.get_objects())


async def test_what_deploys_leave_behind_is_collected_once_for_many(monkeypatch: pytest.MonkeyPatch) -> None:
    collected: list[int] = []
    monkeypatch.setattr(deploys, "COLLECT_S", 1.0)
    monkeypatch.setattr(deploys, "collect", lambda: collected.append(here.workforce.generation.number))
    async with site() as here:
        for word in ("two", "three"):
            await here.deploy(word)
        assert collected == []
        assert await in_time(lambda: collected == [3])


# With a supervisor


async def answered(proxy: Supervised) -> set[str]:
    return {(await proxy.get("/function"))[1] for _ in range(24)}


async def test_a_deploy_does_not_read_the_configuration_and_a_reload_keeps_what_was_deployed() -> None:
    async with Supervised(order={"word": "old"}) as proxy:
        proxy.configure(order={"word": "new"})
        assert await proxy.deploy("two") == 200
        assert (await proxy.get("/word"))[1] == "old"
        assert (await proxy.reload())["outcome"] == "reloaded"
        assert (await proxy.get("/word"))[1] == "new"
        assert await answered(proxy) == {"two"}


async def test_a_reload_and_deploys_at_once_all_come_to_pass() -> None:
    async with Supervised(order={"word": "old"}) as proxy:
        proxy.configure(order={"word": "new"})
        answers = await asyncio.gather(proxy.deploy("two"), proxy.reload(), proxy.deploy("three"))
        assert (answers[0], answers[1]["outcome"], answers[2]) == (200, "reloaded", 200)
        assert ((await proxy.get("/word"))[1], await answered(proxy)) == ("new", {"three"})


async def test_what_runs_is_numbered_through_deploys_and_reloads() -> None:
    async with Supervised() as proxy:
        await proxy.deploy("two")
        assert (await proxy.admin("/reload"))["generation"] == 2
        assert (await proxy.reload())["generation"] == 3


async def test_no_request_fails_while_functions_are_deployed() -> None:
    async with Supervised() as proxy:
        over = asyncio.Event()

        async def visit() -> set[int]:
            statuses = set()
            while not over.is_set():
                statuses.add((await proxy.get("/function"))[0])
            return statuses

        visits = [asyncio.ensure_future(visit()) for _ in range(2)]
        for number in range(5):
            assert await proxy.deploy(str(number)) == 200
            assert (await proxy.get("/function"))[1] == str(number)
        over.set()
        assert set().union(*await asyncio.gather(*visits)) == {200}


async def test_a_function_is_called_in_each_worker_in_turn() -> None:
    async with Supervised() as proxy:
        await eventually(lambda: _all_ready(proxy), "both workers")
        async with aiohttp.ClientSession() as session:
            found = set()
            for _ in range(4):
                async with session.post(proxy.admin_url + "/api/v1/edge/hello", data=b"x") as response:
                    assert response.headers["Penstock-Function-Version"] == "one"
                    found.add(int(await response.text()))
        assert found == set(await proxy.worker_pids())


async def _all_ready(proxy: Supervised) -> bool:
    return all(each["ready"] for each in (await proxy.admin("/healthz"))["workers"])


async def test_the_lines_of_all_workers_are_read_in_one_place() -> None:
    async with Supervised() as proxy:
        await proxy.deploy("two")

        async def told() -> list[tuple[int, str]]:
            lines = (await proxy.admin("/api/v1/edge/hello/logs"))["lines"]
            return sorted((line["worker"], line["text"]) for line in lines)

        async def all_told() -> bool:
            return await told() == [(0, "one"), (0, "two"), (1, "one"), (1, "two")]

        await eventually(all_told, "the lines of both workers")
