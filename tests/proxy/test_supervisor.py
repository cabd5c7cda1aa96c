"""The supervisor with real workers: replacement, drain, signals, and what its admin says meanwhile."""

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
from pathlib import Path

import aiohttp
import pytest
from kit.supervised import Supervised, eventually, fetch

from proxy.errors import StartError
from proxy.plan import Plan
from proxy.runtime import monotonic
from proxy.supervisor import Supervisor


def alive(pid: int) -> bool:
    """Tell whether a process runs; one that ended and that nobody has waited for does not."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


async def read_all(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(10):
        return await reader.read()


REQUEST = b"GET %b HTTP/1.1\r\nHost: example.test\r\n\r\n"


# Starting


async def test_one_line_says_that_all_are_ready_and_where() -> None:
    async with Supervised(listeners={"public": "127.0.0.1:0", "private": "127.0.0.1:0"}) as proxy:
        pattern = r"penstock: ready, 2 workers; public on 127\.0\.0\.1:\d+, private on 127\.0\.0\.1:\d+, admin on http"
        assert [bool(re.match(pattern, line)) for line in proxy.lines] == [True]


async def test_each_listener_is_served() -> None:
    async with Supervised(listeners={"public": "127.0.0.1:0", "private": "127.0.0.1:0"}, workers=1) as proxy:
        answers = [await fetch(f"http://127.0.0.1:{proxy.port(name)}/pid") for name in ("public", "private")]
        assert [status for status, _ in answers] == [200, 200]


async def test_both_workers_serve_the_same_socket() -> None:
    async with Supervised() as proxy:
        pids = {str(pid) for pid in await proxy.worker_pids()}
        answers = await asyncio.gather(*(proxy.get("/slow?0.2") for _ in range(40)))
        assert {pid for _, pid in answers} == pids


async def test_a_unix_socket_is_served_and_removed_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "proxy.sock"
    async with Supervised(listeners={"test": f"unix:{path}"}, workers=1):
        reader, writer = await asyncio.open_unix_connection(str(path))
        writer.write(REQUEST % b"/pid")
        assert (await reader.readline()) == b"HTTP/1.1 200 OK\r\n"
        writer.close()
    assert not path.exists()


async def test_workers_that_fail_at_the_start_end_the_supervisor_with_their_reason() -> None:
    proxy = Supervised(behaviour="refuse")
    await proxy.start()
    assert await proxy.ended() == 1
    last = "penstock: workers end before they are ready: the key is not where it should be"
    assert proxy.lines[-1] == last


async def test_workers_that_die_without_a_word_end_the_supervisor_with_their_status() -> None:
    proxy = Supervised(behaviour="crash", workers=1)
    await proxy.start()
    assert await proxy.ended() == 1
    assert proxy.lines[-1] == "penstock: workers end before they are ready: exit status 3"


async def test_an_address_in_use_ends_the_supervisor_with_its_name() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        proxy = Supervised(listeners={"test": address})
        await proxy.start()
        assert await proxy.ended() == 1
    assert proxy.lines == [f"penstock: cannot listen on {address}: the address is in use"]


async def test_an_admin_on_a_public_address_is_refused() -> None:
    proxy = Supervised(admin="0.0.0.0:9901")
    await proxy.start()
    assert await proxy.ended() == 1
    assert "is not a loopback address" in proxy.lines[-1]


async def test_a_command_that_does_not_exist_is_named() -> None:
    plan = Plan({"test": "127.0.0.1:0"}, ["/nowhere/python"])
    with pytest.raises(StartError, match=r"cannot start a worker: .*/nowhere/python"):
        await Supervisor(plan).run()


# Replacing


async def test_a_killed_worker_is_replaced_and_a_connection_queued_meanwhile_is_served() -> None:
    async with Supervised(workers=1) as proxy:
        (pid,) = await proxy.worker_pids()
        os.kill(pid, signal.SIGSTOP)  # from here on it accepts nothing: what comes waits in the socket's queue
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port())
        writer.write(REQUEST % b"/pid")
        await asyncio.sleep(0.1)
        os.kill(pid, signal.SIGKILL)
        async with asyncio.timeout(10):
            head = await reader.readuntil(b"\r\n\r\n")
            served_by = int(await reader.read(100))
        writer.close()
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert served_by != pid
        assert alive(served_by)


async def test_while_one_of_two_workers_is_replaced_no_request_fails() -> None:
    async with Supervised() as proxy:
        before = await proxy.worker_pids()
        os.kill(before[0], signal.SIGKILL)
        answers = [await proxy.get("/pid") for _ in range(20)]
        await eventually(lambda: replaced(proxy, before), "a replacement")
        assert {status for status, _ in answers} == {200}


async def replaced(proxy: Supervised, before: list[int]) -> bool:
    workers = (await proxy.admin("/healthz"))["workers"]
    return len(workers) == len(before) and before != [w["pid"] for w in workers] and all(w["ready"] for w in workers)


async def test_a_worker_told_to_end_finishes_what_it_has_and_is_replaced() -> None:
    async with Supervised(workers=1) as proxy:
        (pid,) = before = await proxy.worker_pids()
        slow = asyncio.ensure_future(proxy.get("/slow?0.5"))
        await asyncio.sleep(0.2)
        os.kill(pid, signal.SIGTERM)
        assert await slow == (200, str(pid))
        await eventually(lambda: replaced(proxy, before), "a replacement")
        assert (await proxy.get("/pid"))[0] == 200


async def test_a_worker_that_drains_is_replaced_before_its_last_exchange_has_ended() -> None:
    async with Supervised(workers=1) as proxy:
        before = await proxy.worker_pids()
        slow = asyncio.ensure_future(proxy.get("/slow?3"))
        await asyncio.sleep(0.2)
        os.kill(before[0], signal.SIGTERM)
        await eventually(lambda: replaced(proxy, before), "a replacement")
        assert await proxy.get("/pid") == (200, str((await proxy.worker_pids())[0]))
        assert not slow.done()
        assert await slow == (200, str(before[0]))


async def test_what_a_worker_counted_survives_its_orderly_end() -> None:
    async with Supervised(workers=1) as proxy:
        before = await proxy.worker_pids()
        for _ in range(3):
            await proxy.get("/pid")
        os.kill(before[0], signal.SIGTERM)
        await eventually(lambda: replaced(proxy, before), "a replacement")
        await proxy.get("/pid")
        metrics = (await fetch(proxy.admin_url + "/metrics"))[1]
    assert 'penstock_http_requests_total{code="200",listener="test",method="GET",route="all"} 4.0' in metrics
    assert "penstock_worker_restarts_total 1.0" in metrics


async def test_metrics_of_both_workers_are_one() -> None:
    async with Supervised() as proxy:
        answers = await asyncio.gather(*(proxy.get("/slow?0.2") for _ in range(40)))
        metrics = (await fetch(proxy.admin_url + "/metrics"))[1]
    assert len({pid for _, pid in answers}) == 2
    assert 'penstock_http_requests_total{code="200",listener="test",method="GET",route="all"} 40.0' in metrics


# Ending


async def test_sigterm_ends_at_once_what_is_idle() -> None:
    async with Supervised() as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port())
        writer.write(REQUEST % b"/pid")
        await reader.readuntil(b"\r\n\r\n")
        started = monotonic()
        proxy.process.send_signal(signal.SIGTERM)
        assert (await read_all(reader)).isdigit()
        assert await proxy.ended() == 0
        assert monotonic() - started < 2
        writer.close()


async def test_sigterm_waits_for_the_last_exchange_and_ends_as_soon_as_it_does() -> None:
    async with Supervised() as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port())
        writer.write(REQUEST % b"/slow?1")
        await asyncio.sleep(0.3)
        proxy.process.send_signal(signal.SIGTERM)
        answer = await read_all(reader)
        answered = monotonic()
        assert await proxy.ended() == 0
        assert monotonic() - answered < 1
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"connection: close" in answer.lower()
        writer.close()


async def test_while_draining_nothing_new_is_accepted_and_readyz_says_so() -> None:
    async with Supervised() as proxy:
        slow = asyncio.ensure_future(proxy.get("/slow?1"))
        await asyncio.sleep(0.3)
        proxy.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.2)
        status, text = await fetch(proxy.admin_url + "/readyz")
        assert (status, json.loads(text)["reason"]) == (503, "draining")
        with contextlib.suppress(aiohttp.ClientConnectionError):
            await proxy.get("/pid")
            raise AssertionError("a new connection was served")
        assert (await slow)[0] == 200


async def test_an_exchange_that_never_ends_is_cut_at_the_deadline() -> None:
    async with Supervised(drain_timeout_s=0.4) as proxy:
        slow = asyncio.ensure_future(proxy.get("/slow?60"))
        await asyncio.sleep(0.3)
        started = monotonic()
        proxy.process.send_signal(signal.SIGTERM)
        assert await proxy.ended() == 0
        assert monotonic() - started < 2
        with contextlib.suppress(aiohttp.ClientError):
            await slow
            raise AssertionError("the answer came whole")


async def test_a_second_signal_ends_everything_now() -> None:
    async with Supervised() as proxy:
        slow = asyncio.ensure_future(proxy.get("/slow?60"))
        await asyncio.sleep(0.3)
        proxy.process.send_signal(signal.SIGINT)
        await asyncio.sleep(0.2)
        started = monotonic()
        proxy.process.send_signal(signal.SIGINT)
        await proxy.ended()
        assert monotonic() - started < 1
        with contextlib.suppress(aiohttp.ClientError):
            await slow


async def test_workers_end_when_their_supervisor_is_killed() -> None:
    async with Supervised() as proxy:
        pids = await proxy.worker_pids()
        proxy.process.kill()
        await proxy.process.wait()
        await eventually(lambda: ended(pids), "the workers' end")


async def ended(pids: list[int]) -> bool:
    return not any(map(alive, pids))


# The rest


async def test_sigusr1_makes_every_worker_reopen_its_log(tmp_path: Path) -> None:
    log, rotated = tmp_path / "access.log", tmp_path / "access.log.1"
    async with Supervised(environment={"ACCESS_LOG": str(log)}) as proxy:
        await proxy.get("/pid")
        log.rename(rotated)
        proxy.process.send_signal(signal.SIGUSR1)
        await asyncio.sleep(0.2)
        for _ in range(10):
            await proxy.get("/slow?0")
    written = log.read_text() + rotated.read_text()
    assert written.count("/slow") == 10
    assert written.count("/pid") == 1
    assert log.read_text().count("/slow") >= 9


async def test_the_admin_shows_routes_and_configuration() -> None:
    async with Supervised(workers=1) as proxy:
        assert await proxy.admin("/routes") == [{"name": "all"}]
        assert await proxy.admin("/config") == {"secret": "***"}
        assert await proxy.admin("/upstreams") == {}
        assert (await fetch(proxy.admin_url + "/readyz"))[0] == 200
