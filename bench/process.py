"""A server under measurement: started, watched and ended, with all its threads and children."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

PROC = Path("/proc")
KIB = 1024
NS_PER_TICK = 1_000_000_000 // os.sysconf("SC_CLK_TCK")


class BenchError(Exception):
    """The benchmark cannot go on, and its text says why."""


@dataclass(frozen=True)
class Cores:
    """Which cores the measured server has to itself, and which its origin and the load generator share."""

    server: frozenset[int]
    others: frozenset[int]


def share_cores() -> Cores:
    """Give the server the last core alone where there are two: then it, not its neighbours, is what saturates."""
    available = sorted(os.sched_getaffinity(0))
    if len(available) < 2:
        return Cores(frozenset(available), frozenset(available))
    return Cores(frozenset(available[-1:]), frozenset(available[:-1]))


@contextmanager
def on_cores(cores: frozenset[int] | None) -> Iterator[None]:
    """Let what is started inside run on these cores only; children inherit the affinity."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class Process:
    """A server that listens at `address` ("host:port"); its output goes to `<directory>/<name>.log`."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        directory: Path,
        port: int,
        cores: frozenset[int] | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.name = name
        self.port = port
        self.address = f"127.0.0.1:{port}"
        self._log = directory / f"{name}.log"
        with self._log.open("wb") as log, on_cores(cores):
            self._popen = subprocess.Popen(
                [str(word) for word in command],
                cwd=directory,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    def wait_until_listening(self, timeout_s: float = 15.0) -> None:
        end = time.monotonic() + timeout_s
        while not _accepts(self.port):
            if self._popen.poll() is not None:
                raise BenchError(f"{self.name} ended at once with status {self._popen.returncode}:\n{self.log_tail()}")
            if time.monotonic() > end:
                raise BenchError(f"{self.name} does not listen on {self.address}:\n{self.log_tail()}")
            time.sleep(0.05)

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def log_tail(self, lines: int = 15) -> str:
        return "\n".join(self.log().splitlines()[-lines:])

    def family(self) -> list[int]:
        """Return the process and everything under it."""
        return descendants(self.pid, parents())

    def cpu_ns(self) -> int:
        """Return the CPU time used so far by every living thread of the family, in nanoseconds."""
        return sum(cpu_ns(pid) for pid in self.family())

    def peak_bytes(self) -> int:
        return sum(memory_bytes(pid, "VmHWM") for pid in self.family())

    def resident_bytes(self) -> int:
        return sum(memory_bytes(pid, "VmRSS") for pid in self.family())

    def reset_peak(self) -> None:
        """Start VmHWM afresh (proc(5), clear_refs: 5); where that is not allowed the peak is since the start."""
        for pid in self.family():
            try:
                (PROC / str(pid) / "clear_refs").write_text("5")
            except OSError:
                return

    def stop(self, timeout_s: float = 5.0) -> None:
        """End the process gently, then whatever is left of its own session for certain."""
        if self._popen.poll() is None:
            self._popen.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(timeout_s)
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def free_port() -> int:
    """Return a port of the loopback that nobody listens on now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def _accepts(port: int) -> bool:
    with socket.socket() as sock:
        sock.settimeout(1)
        return sock.connect_ex(("127.0.0.1", port)) == 0


def parents() -> dict[int, int]:
    """Return every process's parent, by pid."""
    found = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                found[int(entry.name)] = parent_in_stat((entry / "stat").read_text())
            except OSError:
                continue
    return found


def parent_in_stat(stat: str) -> int:
    """Read the parent's pid from /proc/<pid>/stat; the command's name may itself hold spaces and parentheses."""
    return int(stat.rpartition(")")[2].split()[1])


def descendants(root: int, parent_of: dict[int, int]) -> list[int]:
    """Return the root and everything below it, parents first."""
    family = [root]
    for pid in family:
        family.extend(child for child, parent in parent_of.items() if parent == pid)
    return family


def cpu_ns(pid: int) -> int:
    """Return a process's CPU time in nanoseconds: exact from schedstat, else from ticks of 10 ms."""
    try:
        threads = [
            int((thread / "schedstat").read_text().split()[0]) for thread in (PROC / str(pid) / "task").iterdir()
        ]
        if any(threads):
            return sum(threads)
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) * NS_PER_TICK


def memory_bytes(pid: int, field: str) -> int:
    """Read VmRSS or VmHWM of a process; 0 where it is gone."""
    try:
        status = (PROC / str(pid) / "status").read_text()
    except OSError:
        return 0
    for line in status.splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * KIB
    return 0
