"""The command `penstock upgrade`: have the version that is installed now take the place of the one that runs."""

from __future__ import annotations

import fcntl
import os
import pathlib
import signal
import sys
import time
from typing import Final, NoReturn

import click

LOOK_S: Final = 0.05


@click.command()
@click.option(
    "--pid-file",
    "path",
    type=click.Path(path_type=pathlib.Path),
    required=True,
    help="What `penstock run --pid-file` was given.",
)
@click.option("--timeout", type=float, default=180.0, show_default=True, metavar="SECONDS", help="How long to wait.")
def upgrade(path: pathlib.Path, timeout: float) -> None:
    """Let a new process take over the sockets of the one that runs, and wait until it has.

    The new one is started by the same command, from whatever is installed there now, and reads the configuration
    anew. If it does not get ready, the one that runs goes on.
    """
    try:
        with path.open() as file:
            _lock(file.fileno())
            _upgrade(path, int(file.read()), _state(path), timeout)
    except (OSError, ValueError) as error:
        _end(f"{path}: {getattr(error, 'strerror', None) or error}")


def _lock(descriptor: int) -> None:
    """Let nobody else upgrade the process whose file this is: a file that changes tells what came of one upgrade."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _end("another `penstock upgrade` is under way")


def _upgrade(path: pathlib.Path, pid: int, before: tuple[int, int] | None, timeout_s: float) -> None:
    """Ask for an upgrade, and wait for the pid file to be written anew, by the new process or by the same."""
    if not _heeds(pid, signal.SIGUSR2):
        _end(f"process {pid} is not there, or is no Penstock that can be upgraded")
    os.kill(pid, signal.SIGUSR2)
    deadline = time.monotonic() + timeout_s
    while (now := _state(path)) == before and _runs(pid) and time.monotonic() < deadline:
        time.sleep(LOOK_S)
    if now == before:
        _end(f"process {pid} {'is not done yet' if _runs(pid) else 'has ended'}; its log says why")
    if now is None:
        _end(f"process {pid} has ended; its log says why")
    successor = int(path.read_text())
    if successor == pid:
        _end(f"the upgrade failed, and process {pid} goes on; its log says why")
    click.echo(f"process {successor} has taken over; process {pid} ends with its last exchange")


def _state(path: pathlib.Path) -> tuple[int, int] | None:
    """Return what differs each time that the file is written."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return stat.st_ino, stat.st_mtime_ns


def _runs(pid: int) -> bool:
    """Tell whether a process is there; one that has ended and that nobody has waited for is not."""
    return _status(pid).get("State", "Z")[0] != "Z"


def _heeds(pid: int, wanted: signal.Signals) -> bool:
    """Tell whether a process has a handler for a signal, which would end any other that has got the pid since."""
    return bool(int(_status(pid).get("SigCgt", "0"), 16) >> (wanted - 1) & 1)


def _status(pid: int) -> dict[str, str]:
    """Return /proc/PID/status (proc(5)), empty where there is no such process."""
    try:
        lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _end(why: str) -> NoReturn:
    click.echo(why, err=True)
    sys.exit(1)
