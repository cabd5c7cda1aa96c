"""A worker, by what it tells its supervisor and its clients."""

import asyncio
import os

import pytest
from kit.supervised import fetch
from kit.worker import started

from proxy.errors import ControlError


async def test_a_worker_says_when_it_is_ready_and_answers() -> None:
    async with started() as (worker, url):
        assert worker.ready
        assert await worker.ask("ping") == "pong"
        assert await fetch(url + "/pid") == (200, str(worker.pid))


async def test_a_worker_beats() -> None:
    async with started() as (worker, _):
        await asyncio.sleep(1.2)
        snapshot = await worker.take_snapshot()
        _, (_, *buckets) = snapshot["event_loop_lag_seconds"][0]
        assert 1 <= sum(buckets) <= 3


async def test_an_unknown_command_is_refused() -> None:
    async with started() as (worker, _):
        with pytest.raises(ControlError, match="unknown message type 'dance'"):
            await worker.ask("dance")


async def test_a_worker_keeps_no_socket_for_its_own_children() -> None:
    async with started() as (worker, _):
        inheritable = [
            fd for fd in os.listdir(f"/proc/{worker.pid}/fd") if int(fd) > 2 and not closes_on_exec(worker.pid, fd)
        ]
        assert inheritable == []


def closes_on_exec(pid: int, fd: str) -> bool:
    with open(f"/proc/{pid}/fdinfo/{fd}") as info:
        flags = next(line for line in info if line.startswith("flags:"))
    return bool(int(flags.split()[1], 8) & os.O_CLOEXEC)
