"""Upgrades of real processes: what clients see while a successor takes over, and what happens where it can't."""

import asyncio
import contextlib
import os
import signal
import socket
from pathlib import Path

from kit.supervised import eventually, fetch
from kit.upgrading import Upgrading, loaded

REQUEST = b"GET %b HTTP/1.1\r\nHost: example.test\r\n\r\n"


async def answer(reader: asyncio.StreamReader) -> bytes:
    """Read one answer, its head and a short body."""
    async with asyncio.timeout(20):
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.read(100)
    return head


# Taking over


async def test_no_request_fails_while_successors_take_over() -> None:
    async with Upgrading() as proxy, loaded(f"http://127.0.0.1:{proxy.port()}/pid") as load:
        workers = set(await proxy.worker_pids())
        for _ in range(2):
            await proxy.upgrade()
            await load.more()
        assert load.failures == []
        assert len(load.pids) > 2
        assert workers.isdisjoint(await proxy.worker_pids())


async def test_the_former_process_ends_with_status_zero_after_its_last_exchange() -> None:
    async with Upgrading() as proxy:
        slow = asyncio.ensure_future(proxy.get("/slow?10"))
        await asyncio.sleep(0.3)
        await proxy.upgrade()
        assert not slow.done()
        assert proxy.process.returncode is None
        assert (await slow)[0] == 200
        assert await proxy.first_ended() == 0
        assert (await proxy.get("/pid"))[0] == 200


async def test_the_admin_goes_on_at_its_address_and_generations_count_on() -> None:
    async with Upgrading() as proxy:
        await proxy.upgrade()
        health = await proxy.admin("/healthz")
        metrics = (await fetch(proxy.admin_url + "/metrics"))[1]
        assert [worker["ready"] for worker in health["workers"]] == [True, True]
        assert "penstock_config_generation 2.0" in metrics
        assert (await fetch(proxy.admin_url + "/readyz"))[0] == 200


async def test_the_successor_has_what_is_configured_now() -> None:
    async with Upgrading(order={"word": "old"}) as proxy:
        proxy.configure(listeners={"test": "127.0.0.1:0", "more": "127.0.0.2:0"}, workers=3, order={"word": "new"})
        await proxy.upgrade()
        assert await proxy.get("/word") == (200, "new")
        assert len(await proxy.worker_pids()) == 3


async def test_with_fewer_workers_no_request_fails_and_none_waits_in_a_socket_that_nobody_serves() -> None:
    async with Upgrading(workers=3) as proxy, loaded(f"http://127.0.0.1:{proxy.port()}/pid") as load:
        proxy.configure(workers=1)
        await proxy.upgrade()
        await load.more(100)
        assert load.failures == []
        await proxy.first_ended()
        await load.more(100)
        assert load.failures == []


async def test_a_connection_that_nobody_has_accepted_yet_is_served() -> None:
    async with Upgrading(workers=1) as proxy:
        (worker,) = await proxy.worker_pids()
        os.kill(worker, signal.SIGSTOP)
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port())
        writer.write(REQUEST % b"/pid")
        await proxy.upgrade()
        assert (await answer(reader)).startswith(b"HTTP/1.1 200")
        os.kill(worker, signal.SIGCONT)
        writer.close()


async def test_an_idle_connection_may_bring_one_more_request() -> None:
    async with Upgrading() as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port())
        writer.write(REQUEST % b"/pid")
        await answer(reader)
        await proxy.upgrade()
        writer.write(REQUEST % b"/pid")
        head = await answer(reader)
        assert head.startswith(b"HTTP/1.1 200")
        assert b"connection: close" in head.lower()
        writer.close()


async def test_a_unix_socket_stays_at_its_path(tmp_path: Path) -> None:
    path = tmp_path / "s"
    async with Upgrading(listeners={"test": f"unix:{path}"}) as proxy:
        before = path.stat().st_ino
        await proxy.upgrade()
        await proxy.first_ended()
        assert path.stat().st_ino == before
        reader, writer = await asyncio.open_unix_connection(str(path))
        writer.write(REQUEST % b"/pid")
        assert (await answer(reader)).startswith(b"HTTP/1.1 200")
        writer.close()
    assert not path.exists()


async def test_the_path_of_a_listener_that_the_successor_lacks_goes(tmp_path: Path) -> None:
    path = tmp_path / "s"
    async with Upgrading(listeners={"test": "127.0.0.1:0", "gone": f"unix:{path}"}, workers=1) as proxy:
        proxy.configure(listeners={"test": "127.0.0.1:0"})
        await proxy.upgrade()
        assert not path.exists()


async def test_systemd_hears_which_process_is_the_main_one_now(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.setblocking(False)
        async with Upgrading(environment={"NOTIFY_SOCKET": str(tmp_path / "notify")}) as proxy:
            await proxy.upgrade()
            main = proxy.pid
        heard = []
        with contextlib.suppress(BlockingIOError):
            while True:
                heard.append(manager.recv(4096).decode().split("\n")[0])
    assert heard == ["READY=1", f"MAINPID={main}", "READY=1", "STOPPING=1"]


# Failing


async def failed(proxy: Upgrading) -> None:
    """Upgrade, and wait until it has failed."""
    os.kill(proxy.pid, signal.SIGUSR2)
    await proxy.said("the upgrade failed, and this process goes on")


async def test_a_faulty_configuration_leaves_everything_as_it_is() -> None:
    async with Upgrading() as proxy, loaded(f"http://127.0.0.1:{proxy.port()}/pid") as load:
        workers = await proxy.worker_pids()
        proxy.configure(order="faulty")
        await failed(proxy)
        await proxy.said("ended before it was ready: exit status 1")
        await load.more()
        assert (load.failures, await proxy.worker_pids()) == ([], workers)
        metrics = (await fetch(proxy.admin_url + "/metrics"))[1]
        assert "penstock_upgrade_failures_total 1.0" in metrics
        assert proxy.pid == proxy.process.pid


async def test_workers_that_never_get_ready_leave_everything_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "left").write_text("0")
    listeners = {"test": f"unix:{tmp_path}/s"}
    async with Upgrading(listeners=listeners, workers=1) as proxy:
        workers = await proxy.worker_pids()
        proxy.configure(worker_command=["/nowhere/python"])
        await failed(proxy)
        assert await proxy.worker_pids() == workers
        reader, writer = await asyncio.open_unix_connection(f"{tmp_path}/s")
        writer.write(REQUEST % b"/pid")
        assert (await answer(reader)).startswith(b"HTTP/1.1 200")
        writer.close()


async def test_an_address_in_use_leaves_everything_as_it_is() -> None:
    async with Upgrading() as proxy:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            proxy.configure(listeners={"test": "127.0.0.1:0", "more": address})
            await failed(proxy)
        await proxy.said(f"cannot listen on {address}: the address is in use")
        assert (await proxy.get("/pid"))[0] == 200


async def test_after_a_failed_upgrade_the_next_one_may_go_well() -> None:
    async with Upgrading() as proxy:
        proxy.configure(order="faulty")
        await failed(proxy)
        proxy.configure(order={"word": "new"})
        await proxy.upgrade()
        assert await proxy.get("/word") == (200, "new")


async def test_a_second_upgrade_is_refused_while_one_is_under_way(tmp_path: Path) -> None:
    (tmp_path / "left").write_text("0")
    async with Upgrading(workers=1, drain_timeout_s=1) as proxy:
        proxy.configure(order={"hang": str(tmp_path / "left")})
        os.kill(proxy.pid, signal.SIGUSR2)
        await eventually(lambda: hangs(tmp_path / "left"), "a successor's worker")
        os.kill(proxy.pid, signal.SIGUSR2)
        await proxy.said("an upgrade is under way already")


async def hangs(counter: Path) -> bool:
    """Tell whether a successor's worker has begun to hang (answering_worker.py)."""
    return counter.read_text() == "-1"  # noqa: ASYNC240 - a byte or two


async def test_a_stop_ends_an_upgrade_that_is_under_way(tmp_path: Path) -> None:
    (tmp_path / "left").write_text("0")
    async with Upgrading(workers=1, drain_timeout_s=1) as proxy:
        proxy.configure(order={"hang": str(tmp_path / "left")})
        os.kill(proxy.pid, signal.SIGUSR2)
        await eventually(lambda: hangs(tmp_path / "left"), "a successor's worker")
        os.kill(proxy.pid, signal.SIGTERM)
        assert await proxy.first_ended() == 0


async def test_a_process_that_is_about_to_end_has_no_successor() -> None:
    async with Upgrading() as proxy:
        slow = asyncio.ensure_future(proxy.get("/slow?1"))
        await asyncio.sleep(0.3)
        os.kill(proxy.pid, signal.SIGTERM)
        await asyncio.sleep(0.1)
        os.kill(proxy.process.pid, signal.SIGUSR2)
        await proxy.said("no upgrade: this process is about to end")
        assert (await slow)[0] == 200
