"""What the kernel tells of a server's sockets: whose connections they are, and how many wait to be accepted."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.process import PROC, BenchError

ESTABLISHED: Final = 0x01
LISTEN: Final = 0x0A
STOPPING_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Socket:
    """A line of /proc/net/tcp (proc(5)); of one that listens, `waiting` is the length of its accept queue."""

    port: int
    peer_port: int
    state: int
    waiting: int
    inode: int


def parse(table: str) -> list[Socket]:
    """Read /proc/net/tcp."""
    return [_socket(line.split()) for line in table.splitlines()[1:]]


def _socket(fields: Sequence[str]) -> Socket:
    local, remote, state, queues, inode = fields[1], fields[2], fields[3], fields[4], fields[9]
    return Socket(_port(local), _port(remote), int(state, 16), int(queues.partition(":")[2], 16), int(inode))


def _port(address: str) -> int:
    return int(address.partition(":")[2], 16)


def sockets() -> list[Socket]:
    return parse((PROC / "net/tcp").read_text())


def waiting(ports: Iterable[int], table: Iterable[Socket]) -> int:
    """Return how many connections wait to be accepted at these ports."""
    wanted = set(ports)
    return sum(each.waiting for each in table if each.state == LISTEN and each.port in wanted)


def held(inodes: set[int], ports: Iterable[int], table: Iterable[Socket]) -> frozenset[int]:
    """Return the clients' ports of the connections to these ports that the owner of the inodes has accepted."""
    wanted = set(ports)
    return frozenset(
        each.peer_port for each in table if each.state != LISTEN and each.port in wanted and each.inode in inodes
    )


def socket_inodes(pid: int) -> set[int]:
    """Return the inodes of a process's sockets; none where it is gone."""
    found = set()
    with suppress(OSError):
        for descriptor in (PROC / str(pid) / "fd").iterdir():
            with suppress(OSError):
                if match := re.fullmatch(r"socket:\[(\d+)\]", os.readlink(descriptor)):
                    found.add(int(match[1]))
    return found


def stop(pid: int) -> None:
    """Stop a process in its tracks, and return once all its threads stand still; raises BenchError."""
    os.kill(pid, signal.SIGSTOP)
    deadline = time.monotonic() + STOPPING_S
    while not all(_state(thread) in "TtXZ" for thread in (PROC / str(pid) / "task").iterdir()):
        if time.monotonic() > deadline:
            raise BenchError(f"process {pid} does not stop")
        time.sleep(0.001)


def _state(thread: Path) -> str:
    try:
        return (thread / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "X"


def go_on(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)
