"""`penstock upgrade`, as its user meets it."""

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from kit.supervised import eventually
from kit.upgrading import Upgrading

from config.cli import main


def upgrade(path: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["upgrade", "--pid-file", str(path), *options])


async def test_it_tells_which_process_has_taken_over() -> None:
    async with Upgrading(workers=1) as proxy:
        former = proxy.pid
        result = await asyncio.to_thread(upgrade, proxy.pid_file)
        successor = proxy.pid
        expected = f"process {successor} has taken over; process {former} ends with its last exchange\n"
        assert (result.exit_code, result.output) == (0, expected)
        assert successor != former
        assert (await proxy.get("/pid"))[0] == 200


async def test_it_tells_that_an_upgrade_failed() -> None:
    async with Upgrading(workers=1) as proxy:
        proxy.configure(order="faulty")
        result = await asyncio.to_thread(upgrade, proxy.pid_file)
        expected = f"the upgrade failed, and process {proxy.pid} goes on; its log says why\n"
        assert (result.exit_code, result.output) == (1, expected)


async def test_it_does_not_wait_for_ever(tmp_path: Path) -> None:
    (tmp_path / "left").write_text("0")
    async with Upgrading(workers=1, drain_timeout_s=1) as proxy:
        proxy.configure(order={"hang": str(tmp_path / "left")})
        result = await asyncio.to_thread(upgrade, proxy.pid_file, "--timeout", "0.2")
        assert (result.exit_code, result.output) == (1, f"process {proxy.pid} is not done yet; its log says why\n")


async def test_it_tells_that_the_process_ended_meanwhile(tmp_path: Path) -> None:
    (tmp_path / "left").write_text("0")
    async with Upgrading(workers=1, drain_timeout_s=1) as proxy:
        proxy.configure(order={"hang": str(tmp_path / "left")})
        pid = proxy.pid
        asked = asyncio.create_task(asyncio.to_thread(upgrade, proxy.pid_file))

        async def hangs() -> bool:
            return (tmp_path / "left").read_text() == "-1"

        await eventually(hangs, "the successor's worker")
        os.kill(pid, signal.SIGTERM)
        result = await asked
        assert (result.exit_code, result.output) == (1, f"process {pid} has ended; its log says why\n")


def test_a_process_that_would_not_survive_the_signal_gets_none(tmp_path: Path) -> None:
    path = tmp_path / "penstock.pid"
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        path.write_text(f"{other.pid}\n")
        result = upgrade(path)
        assert other.poll() is None
        other.communicate(b"\n")
        assert other.returncode == 0
    expected = f"process {other.pid} is not there, or is no Penstock that can be upgraded\n"
    assert (result.exit_code, result.output) == (1, expected)


def test_a_second_one_at_the_same_time_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "penstock.pid"
    path.write_text(f"{os.getpid()}\n")
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        result = upgrade(path)
    assert (result.exit_code, result.output) == (1, "another `penstock upgrade` is under way\n")


@pytest.mark.parametrize(("text", "reason"), [(None, "No such file or directory"), ("x", "invalid literal for int")])
def test_a_pid_file_without_a_pid_is_named(tmp_path: Path, text: str | None, reason: str) -> None:
    path = tmp_path / "penstock.pid"
    if text is not None:
        path.write_text(text)
    result = upgrade(path)
    assert result.exit_code == 1
    assert result.output.startswith(f"{path}: {reason}")
