"""One real worker in the supervisor's hands."""

import asyncio
import os
import signal

import pytest
from kit.supervised import fetch
from kit.worker import started

from proxy import worker_process
from proxy.worker_process import WorkerProcess


async def test_a_drained_worker_leaves_its_last_metrics() -> None:
    async with started() as (worker, url):
        await fetch(url + "/pid")
        worker.drain(5)
        assert await worker.ended() == "exit status 0"
        assert worker.snapshot["http_requests_total"] == [[["test", "all", "GET", "200"], 1]]


async def test_a_busy_worker_gives_the_metrics_it_gave_before(monkeypatch: pytest.MonkeyPatch) -> None:
    async with started() as (worker, url):
        await fetch(url + "/pid")
        before = await worker.take_snapshot()
        os.kill(worker.pid, signal.SIGSTOP)
        with monkeypatch.context() as patch:
            patch.setattr(worker, "ask", lambda kind: WorkerProcess.ask(worker, kind, timeout_s=0.1))
            assert await worker.take_snapshot() == before


@pytest.mark.parametrize(
    ("behaviour", "reason"), [("refuse", "the key is not where it should be"), ("crash", "exit status 3")]
)
async def test_a_worker_that_ends_early_says_why(behaviour: str, reason: str) -> None:
    async with started(behaviour) as (worker, _):
        assert await asyncio.wait_for(worker.ended(), 20) == reason
        assert not worker.was_ready


async def test_a_killed_worker_is_known_by_the_signal() -> None:
    async with started() as (worker, _):
        worker.kill()
        assert await worker.ended() == "SIGKILL"


async def test_a_worker_whose_loop_hangs_is_ended_and_tells_where(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(worker_process, "SILENCE_S", 1.2)
    async with started() as (worker, url):
        hanging = asyncio.ensure_future(fetch(url + "/hang"))
        assert await asyncio.wait_for(worker.ended(), 20) == "SIGABRT"
        hanging.cancel()  # the client tries again on its own, on a socket that nobody serves any more
    assert "on_request" in capfd.readouterr().err


async def test_a_worker_that_hangs_while_it_builds_is_ended_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_process, "SILENCE_S", 0.6)  # by which it is looked at
    monkeypatch.setattr(worker_process, "BUILD_S", 1.2)
    async with started(order={"hang": "always"}) as (worker, _):
        assert await asyncio.wait_for(worker.ended(), 20) == "SIGABRT"
        assert worker.hung
        assert not worker.was_ready
