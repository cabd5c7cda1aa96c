"""Reloads with a supervisor and workers, processes all: what they change, and when they change nothing."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from kit.supervised import Supervised, eventually, fetch

ONE = {"word": "one"}
TWO = {"word": "two"}


async def words(proxy: Supervised) -> set[str]:
    """Ask often enough to have asked each worker."""
    return {(await proxy.get("/word"))[1] for _ in range(24)}


async def metric(proxy: Supervised, sample: str) -> float:
    text = (await fetch(proxy.admin_url + "/metrics"))[1]
    [value] = [line.split()[-1] for line in text.splitlines() if line.startswith(f"penstock_{sample} ")]
    return float(value)


async def workers(proxy: Supervised) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await proxy.admin("/healthz"))["workers"]
    return found


async def all_ready(proxy: Supervised, numbers: Iterable[int], generation: int) -> bool:
    expected = [(number, True, generation) for number in numbers]
    return [(each["worker"], each["ready"], each["generation"]) for each in await workers(proxy)] == expected


def after(builds: int, path: Path) -> str:
    """Return the counter of builds that go well before trouble comes."""
    path.write_text(str(builds))
    return str(path)


@contextlib.asynccontextmanager
async def kept_alive(proxy: Supervised) -> Any:
    """One connection over which each request goes."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as session:

        async def ask(path: str) -> str:
            async with session.get(f"http://127.0.0.1:{proxy.port()}{path}") as response:
                return await response.text()

        yield ask


# What a reload changes


async def test_a_reload_changes_what_every_worker_answers() -> None:
    async with Supervised(order=ONE) as proxy:
        assert await words(proxy) == {"one"}
        proxy.configure(order=TWO)
        report = await proxy.reload()
        assert (report["outcome"], report["generation"], report["errors"]) == ("reloaded", 2, [])
        assert await words(proxy) == {"two"}


async def test_the_workers_stay_and_serve_the_next_generation() -> None:
    async with Supervised(order=ONE) as proxy:
        pids = await proxy.worker_pids()
        proxy.configure(order=TWO)
        await proxy.reload()
        assert await proxy.worker_pids() == pids
        assert [each["generation"] for each in await workers(proxy)] == [2, 2]


async def test_a_connection_outlives_a_reload_and_meets_the_new_configuration() -> None:
    async with Supervised(order=ONE) as proxy, kept_alive(proxy) as ask:
        pid = await ask("/pid")
        proxy.configure(order=TWO)
        await proxy.reload()
        assert (await ask("/word"), await ask("/pid")) == ("two", pid)


async def test_what_is_under_way_ends_as_it_began() -> None:
    async with Supervised(order=ONE) as proxy:
        slow = asyncio.ensure_future(proxy.get("/slow?1"))
        await asyncio.sleep(0.2)
        proxy.configure(order=TWO)
        assert (await proxy.reload())["outcome"] == "reloaded"
        assert (await slow)[0] == 200


async def test_a_listener_is_added() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    async with Supervised() as proxy:
        proxy.configure(listeners={"test": "127.0.0.1:0", "more": address})
        await proxy.reload()
        assert (await fetch(f"http://{address}/pid"))[0] == 200
        assert (await proxy.get("/pid"))[0] == 200


async def test_a_listener_is_removed() -> None:
    async with Supervised(listeners={"test": "127.0.0.1:0", "more": "127.0.0.1:0"}) as proxy:
        proxy.configure(listeners={"test": "127.0.0.1:0"})
        await proxy.reload()
        await eventually(lambda: nobody_listens(proxy.port("more")), "the listener's end")
        assert (await proxy.get("/pid"))[0] == 200


async def nobody_listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return True
    writer.close()
    return False


async def test_workers_are_added_and_removed() -> None:
    async with Supervised(workers=2) as proxy:
        proxy.configure(workers=3)
        await proxy.reload()
        await eventually(lambda: all_ready(proxy, range(3), 2), "three workers")
        proxy.configure(workers=1)
        await proxy.reload()
        await eventually(lambda: all_ready(proxy, range(1), 3), "one worker")
        assert {status for status, _ in [await proxy.get("/pid") for _ in range(20)]} == {200}


async def test_the_admin_moves_and_answers_the_call_that_moves_it(tmp_path: Path) -> None:
    path = tmp_path / "admin.sock"
    async with Supervised() as proxy:
        proxy.configure(admin=f"unix:{path}")
        assert (await proxy.reload())["outcome"] == "reloaded"
        async with (
            aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(path))) as session,
            session.get("http://localhost/readyz") as response,
        ):
            assert response.status == 200
        await eventually(lambda: nobody_listens(int(proxy.admin_url.rpartition(":")[2])), "the old admin's end")


async def test_the_admin_shows_what_runs_now() -> None:
    async with Supervised(order=ONE) as proxy:
        proxy.configure(order=TWO)
        await proxy.reload()
        assert (await proxy.admin("/config")) == {"secret": "***", "word": "two"}


async def test_metrics_tell_of_the_start_and_of_reloads() -> None:
    async with Supervised() as proxy:
        started = await metric(proxy, "config_last_reload_success_timestamp_seconds")
        assert await metric(proxy, "config_last_reload_successful") == 1
        assert await metric(proxy, 'config_reloads_total{outcome="reloaded"}') == 0
        await proxy.reload()
        assert await metric(proxy, "config_generation") == 2
        assert await metric(proxy, 'config_reloads_total{outcome="reloaded"}') == 1
        assert await metric(proxy, "config_last_reload_success_timestamp_seconds") >= started


# What changes nothing


async def test_a_faulty_configuration_changes_nothing_and_says_each_fault() -> None:
    async with Supervised(order=ONE) as proxy:
        proxy.configure(order="faulty")
        report = await proxy.reload()
        assert report["outcome"] == "refused"
        assert report["errors"] == ["file:1:1: one fault", "file:2:1: another fault"]
        assert await words(proxy) == {"one"}
        assert await metric(proxy, "config_last_reload_successful") == 0
        assert await metric(proxy, "config_generation") == 1
    assert [line for line in proxy.lines if "not reloaded: file:" in line] != []


async def test_a_fault_of_our_own_changes_nothing_and_spoils_no_later_reload() -> None:
    async with Supervised(order=ONE) as proxy:
        proxy.configure(order="broken")
        assert (await proxy.reload())["errors"] == ["RecursionError: too deep"]
        proxy.configure(order=TWO)
        assert (await proxy.reload())["outcome"] == "reloaded"


async def test_what_one_worker_refuses_no_worker_serves(tmp_path: Path) -> None:
    async with Supervised(order=ONE) as proxy:
        pids = await proxy.worker_pids()
        proxy.configure(order={**TWO, "refuse": after(1, tmp_path / "builds")})
        report = await proxy.reload()
        assert (report["outcome"], report["errors"]) == ("refused", ["the key is not where it should be"])
        assert await words(proxy) == {"one"}
        assert await proxy.worker_pids() == pids


async def test_a_reload_after_a_refused_one_is_taken(tmp_path: Path) -> None:
    async with Supervised(order=ONE) as proxy:
        proxy.configure(order={**TWO, "refuse": after(1, tmp_path / "builds")})
        assert (await proxy.reload())["outcome"] == "refused"
        assert (await proxy.reload())["outcome"] == "reloaded"
        assert await words(proxy) == {"two"}
        assert await metric(proxy, "config_last_reload_successful") == 1


async def test_an_address_in_use_is_refused_and_the_other_new_listener_closed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.create_server(("127.0.0.1", 0)) as other:
        in_use, free = (f"127.0.0.1:{each.getsockname()[1]}" for each in (taken, other))
        other.close()
        async with Supervised() as proxy:
            proxy.configure(listeners={"test": "127.0.0.1:0", "free": free, "taken": in_use})
            report = await proxy.reload()
            assert report["errors"] == [f"cannot listen on {in_use}: the address is in use"]
            assert await nobody_listens(int(free.rpartition(":")[2]))
            assert (await proxy.get("/pid"))[0] == 200


@pytest.mark.parametrize("trouble", ["refuse", "faulty"])
async def test_a_connection_outlives_a_refused_reload(trouble: str, tmp_path: Path) -> None:
    async with Supervised(order=ONE) as proxy, kept_alive(proxy) as ask:
        pid = await ask("/pid")
        proxy.configure(order="faulty" if trouble == "faulty" else {"refuse": after(0, tmp_path / "builds")})
        assert (await proxy.reload())["outcome"] == "refused"
        assert (await ask("/word"), await ask("/pid")) == ("one", pid)


# Workers that end meanwhile


async def test_a_worker_that_dies_while_it_builds_spoils_nothing(tmp_path: Path) -> None:
    async with Supervised(order=ONE) as proxy:
        proxy.configure(order={**TWO, "die": after(0, tmp_path / "builds")})
        assert (await proxy.reload())["outcome"] == "reloaded"
        await eventually(lambda: all_ready(proxy, range(2), 2), "a successor that serves the new configuration")
        assert await words(proxy) == {"two"}


async def test_a_reload_while_no_worker_is_ready_is_tried_by_the_next_one() -> None:
    async with Supervised(order=ONE, workers=1) as proxy:
        os.kill((await proxy.worker_pids())[0], signal.SIGKILL)
        proxy.configure(order=TWO)
        assert (await proxy.reload())["outcome"] == "reloaded"
        assert await words(proxy) == {"two"}


async def test_workers_killed_during_many_reloads_all_come_to_serve_the_last() -> None:
    async with Supervised(order={"word": "0"}) as proxy:
        for number in range(1, 6):
            proxy.configure(order={"word": str(number)})
            reload = asyncio.ensure_future(proxy.reload())
            os.kill((await proxy.worker_pids())[number % 2], signal.SIGKILL)
            assert (await reload)["outcome"] == "reloaded"
            await eventually(lambda: both_there(proxy), "both workers")
        await eventually(lambda: all_ready(proxy, range(2), 6), "workers that serve the last configuration")
        assert await words(proxy) == {"5"}


async def both_there(proxy: Supervised) -> bool:
    return [each["ready"] for each in await workers(proxy)] == [True, True]


# Who asks


async def test_reloads_at_once_run_one_after_the_other_and_join() -> None:
    async with Supervised(order=ONE) as proxy:
        proxy.configure(order=TWO)
        reports = await asyncio.gather(*(proxy.reload() for _ in range(5)))
        assert {each["outcome"] for each in reports} == {"reloaded"}
        assert await metric(proxy, 'config_reloads_total{outcome="reloaded"}') < 5
        assert await words(proxy) == {"two"}


async def test_sighup_reloads() -> None:
    async with Supervised(order=ONE) as proxy:
        proxy.configure(order=TWO)
        proxy.process.send_signal(signal.SIGHUP)
        await proxy.said("reloaded: generation 2")
        assert await words(proxy) == {"two"}


async def test_a_watched_file_that_changes_is_reloaded() -> None:
    async with Supervised(order=ONE, watched=True) as proxy:
        proxy.configure(order=TWO)
        await proxy.said("reloaded: generation 2")
        assert await words(proxy) == {"two"}


async def test_sigterm_during_a_reload_ends_the_proxy() -> None:
    async with Supervised(order=ONE) as proxy:
        proxy.configure(order=TWO)
        proxy.process.send_signal(signal.SIGHUP)
        proxy.process.send_signal(signal.SIGTERM)
        assert await proxy.ended() == 0
