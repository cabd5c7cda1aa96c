"""A worker, by what it tells its supervisor and its clients."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from kit.supervised import fetch
from kit.worker import COMMAND, started

from proxy.errors import ControlError
from proxy.sockets import bound_address, open_socket
from proxy.upstream.address import Address
from proxy.worker_process import WorkerProcess


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


async def test_a_worker_swaps_to_what_it_is_told_on_a_socket_that_it_is_given() -> None:
    with open_socket(Address.parse("127.0.0.1:0")) as second:
        async with started() as (worker, url):
            listeners = {**worker.listeners, "second": second}
            await worker.prepare(order(2, word="new", listeners=["test", "second"]), listeners)
            assert await fetch(url + "/word") == (200, "")
            await worker.commit(2, listeners.values())
            assert await fetch(url + "/word") == (200, "new")
            assert await fetch(f"http://{bound_address(second)}/word") == (200, "new")


async def test_an_order_that_cannot_be_built_is_refused_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "builds").write_text("0")
    async with started() as (worker, url):
        with pytest.raises(ControlError, match=r"^the key is not where it should be$"):
            await worker.prepare(order(2, word="new", refuse=str(tmp_path / "builds")), worker.listeners)
        with pytest.raises(ControlError, match="generation 2 is not prepared"):
            await worker.commit(2, worker.listeners.values())
        assert await fetch(url + "/word") == (200, "")


async def test_an_order_that_is_discarded_comes_to_nothing() -> None:
    async with started() as (worker, url):
        await worker.prepare(order(2, word="new"), worker.listeners)
        await worker.ask("discard", {"generation": 2})
        with pytest.raises(ControlError, match="generation 2 is not prepared"):
            await worker.commit(2, worker.listeners.values())
        assert await fetch(url + "/word") == (200, "")


async def test_what_is_prepared_goes_before_another_is_built() -> None:
    async with started() as (worker, _):
        await worker.prepare(order(2, word="new"), worker.listeners)
        with pytest.raises(ControlError, match="the key is not where it should be"):
            await worker.prepare(order(3, refuse="always"), worker.listeners)
        with pytest.raises(ControlError, match="generation 2 is not prepared"):
            await worker.commit(2, worker.listeners.values())


async def test_a_worker_that_never_gets_an_order_can_be_ended() -> None:
    with open_socket(Address.parse("127.0.0.1:0")) as opened:
        worker = await WorkerProcess.start(0, [*COMMAND, "serve"], {"test": opened}, lambda: None)
        worker.tell("drain", {"within_s": 5, "idle_s": 0, "closing": []})
        assert await asyncio.wait_for(worker.ended(), 20) == "exit status 0"


def order(generation: int, **contents: Any) -> dict[str, Any]:
    return {"generation": generation, "order": contents, "ticket_key": ""}


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
