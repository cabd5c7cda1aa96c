"""A proxy whose sockets are systemd's: they are there before it starts, while it restarts, and over an upgrade."""

import asyncio
import os
import shutil
import signal
import socket
import sys
from pathlib import Path

import pytest
from kit.command import penstock_run
from kit.supervised import eventually, fetch

from proxy.sockets import open_sockets
from proxy.upstream.address import Address

SHIM = """
import os, sys
for number, given in enumerate(map(int, sys.argv[1].split(",")), 3):
    os.dup2(given, number, inheritable=True)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.argv[2], sys.argv[2:])
"""
"""Does what systemd does between fork and exec."""

CONFIGURATION = """
version: 1
workers: 2
listeners: [{{name: public, address: "{address}"}}]
filters: {{hello: {{type: respond, status: 200, body: hello}}}}
routes: [{{name: all, filters: [hello]}}]
"""


def configure(directory: Path, address: str) -> None:
    (directory / "penstock.yaml").write_text(CONFIGURATION.format(address=address))


async def test_clients_that_come_before_the_start_and_between_two_runs_are_served(tmp_path: Path) -> None:
    opened = open_sockets(Address.parse("127.0.0.1:0"), 2)
    for each in opened:
        each.listen()
    port = opened[0].getsockname()[1]
    configure(tmp_path, f"127.0.0.1:{port}")
    # Far from 3, so that putting one in its place does not close another.
    far = [os.open(os.devnull, os.O_RDONLY) for _ in range(20)]
    copies = [os.dup(each.fileno()) for each in opened]
    given = {"LISTEN_FDS": "2", "LISTEN_FDNAMES": "public:public"}
    for _ in range(2):
        early = [asyncio.ensure_future(fetch(f"http://127.0.0.1:{port}/")) for _ in range(10)]
        await asyncio.sleep(0.1)
        before = [sys.executable, "-c", SHIM, ",".join(map(str, copies))]
        async with penstock_run(tmp_path, before=before, descriptors=copies, environment=given) as command:
            await command.said(rf"penstock: ready, 2 workers; public on 127\.0\.0\.1:{port}")
            assert [status for status, _ in await asyncio.gather(*early)] == [200] * 10
            await command.upgrade()
            assert (await fetch(f"http://127.0.0.1:{port}/"))[0] == 200
            assert "share" not in "\n".join(command.lines)
    for each in opened:
        each.close()
    for number in (*far, *copies):
        os.close(number)


@pytest.mark.skipif(shutil.which("systemd-socket-activate") is None, reason="systemd is not installed")
async def test_systemds_own_tool_starts_it_for_the_first_client(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    configure(tmp_path, f"127.0.0.1:{port}")
    before = ["systemd-socket-activate", "--fdname=public", f"--listen=127.0.0.1:{port}", "-E", "PYTHONPATH"]
    async with penstock_run(tmp_path, before=before) as command:
        await command.said("Listening on")
        assert await fetch(f"http://127.0.0.1:{port}/") == (200, "hello")
        await command.said("ReusePort=yes")
        await eventually(lambda: has_pid(command.pid_file), "the pid file")
        os.kill(command.pid, signal.SIGTERM)
        assert await command.process.wait() == 0


async def has_pid(path: Path) -> bool:
    return path.exists()  # noqa: ASYNC240
