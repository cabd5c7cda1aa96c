"""The part of WASI that filters get: a log, clocks, randomness, their environment, and no for the rest.

Toolchains link much of WASI preview 1 that a filter never calls, so every name is there, under the module names of
preview 1 and of its predecessor. Nothing blocks, and no call does more work than its caps allow.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from struct import Struct
from typing import Final

from proxy.errors import GuestTrap
from proxy.runtime import monotonic, wall_clock
from wasm_host.calls import Running
from wasm_host.memory import Memory
from wasm_host.signature import HostFunction, Signature

MODULES: Final = ("wasi_snapshot_preview1", "wasi_unstable")

SUCCESS: Final = 0
EBADF: Final = 8
EFAULT: Final = 21
EINVAL: Final = 28
ENOENT: Final = 44
ENOSYS: Final = 52
ENOTSUP: Final = 58

MOST_RANDOM_BYTES: Final = 64 * 1024
"""Envoy's cap, too."""
MOST_PIECES: Final = 1024
"""Of one write; Linux calls it IOV_MAX."""
MOST_WRITTEN_BYTES: Final = 8192
"""The rest of a longer write is taken for written."""

_INFO: Final = 2
_ERROR: Final = 4
_LEVELS: Final = {1: _INFO, 2: _ERROR}
"""Standard output and standard error, as wasm_host/log_lines.py numbers levels."""

_STATE: Final = Struct("<BxHxxxxQQ").pack(2, 0, 64, 0)
"""fdstat of both: a character device, which libraries write to by the line; the right to write, none to inherit."""

_CLOCKS: Final = {0: wall_clock, 1: monotonic}
_RESOLUTION_NS: Final = 1000

Log = Callable[[int, bytes], None]


class Exited(GuestTrap):
    """The guest called proc_exit; `code` 0 out of `_start` is how a program ends."""

    reason = "exited"

    def __init__(self, code: int) -> None:
        super().__init__(f"it exited with code {code}")
        self.code = code


def wasi_functions(running: Running, log: Log, environment: Mapping[str, str]) -> list[HostFunction]:
    """Return all functions; `running.guest` must have a `memory`, `log` takes a level and a line."""
    functions = _Wasi(running, log, environment).functions()
    assert functions.keys() <= _SIGNATURES.keys()
    return [
        HostFunction(module, name, signature, functions.get(name, _refusal(name)), on_wild_pointer=EFAULT)
        for module in MODULES
        for name, signature in _SIGNATURES.items()
    ]


def _refusal(name: str) -> Callable[..., int]:
    answer = _REFUSED.get(name, EBADF if name.startswith("fd_") else ENOTSUP)

    def refuse(*_: int) -> int:
        return answer

    return refuse


class _Wasi:
    """The functions that do something."""

    def __init__(self, running: Running, log: Log, environment: Mapping[str, str]) -> None:
        self._running, self._log = running, log
        self._environment = [f"{name}={value}".encode() + b"\0" for name, value in environment.items()]

    def functions(self) -> dict[str, Callable[..., int | None]]:
        return {
            "args_get": _nothing,
            "args_sizes_get": self.args_sizes_get,
            "clock_res_get": self.clock_res_get,
            "clock_time_get": self.clock_time_get,
            "environ_get": self.environ_get,
            "environ_sizes_get": self.environ_sizes_get,
            "fd_fdstat_get": self.fd_fdstat_get,
            "fd_write": self.fd_write,
            "poll_oneoff": self.poll_oneoff,
            "proc_exit": self.proc_exit,
            "random_get": self.random_get,
        }

    @property
    def _memory(self) -> Memory:
        memory: Memory = self._running.guest.memory
        return memory

    def args_sizes_get(self, count_at: int, size_at: int) -> int:
        self._memory.write_u32(count_at, 0)
        self._memory.write_u32(size_at, 0)
        return SUCCESS

    def environ_sizes_get(self, count_at: int, size_at: int) -> int:
        self._memory.write_u32(count_at, len(self._environment))
        self._memory.write_u32(size_at, sum(map(len, self._environment)))
        return SUCCESS

    def environ_get(self, pointers_at: int, at: int) -> int:
        for number, variable in enumerate(self._environment):
            self._memory.write_u32(pointers_at + 4 * number, at)
            self._memory.write(at, variable)
            at += len(variable)
        return SUCCESS

    def clock_res_get(self, clock: int, at: int) -> int:
        if clock not in _CLOCKS:
            return ENOTSUP
        self._memory.write_u64(at, _RESOLUTION_NS)
        return SUCCESS

    def clock_time_get(self, clock: int, _precision: int, at: int) -> int:
        if clock not in _CLOCKS:
            return ENOTSUP
        self._memory.write_u64(at, int(_CLOCKS[clock]() * 1e9))
        return SUCCESS

    def random_get(self, at: int, size: int) -> int:
        if size > MOST_RANDOM_BYTES:
            return EINVAL
        self._memory.write(at, os.urandom(size))
        return SUCCESS

    def fd_fdstat_get(self, descriptor: int, at: int) -> int:
        if descriptor not in _LEVELS:
            return EBADF
        self._memory.write(at, _STATE)
        return SUCCESS

    def fd_write(self, descriptor: int, pieces_at: int, count: int, written_at: int) -> int:
        """Log what is written, a line each."""
        level = _LEVELS.get(descriptor)
        if level is None:
            return EBADF
        if count > MOST_PIECES:
            return EINVAL
        text, size = self._gathered(pieces_at, count)
        for line in text.split(b"\n"):
            if line:
                self._log(level, line)
        self._memory.write_u32(written_at, size & 0xFFFFFFFF)
        return SUCCESS

    def _gathered(self, pieces_at: int, count: int) -> tuple[bytes, int]:
        """Return the beginning of what the pieces hold, and how much that is in all."""
        memory, text, size = self._memory, b"", 0
        for at, length in _PIECE.iter_unpack(memory.read(pieces_at, _PIECE.size * count)):
            memory.reach(at + length)
            text += memory.read(at, min(length, MOST_WRITTEN_BYTES - len(text)))
            size += length
        return text, size

    def poll_oneoff(self, _subscriptions: int, _events: int, _count: int, events_at: int) -> int:
        """Say that nothing has happened: Go's runtime ends itself at any other answer."""
        self._memory.write_u32(events_at, 0)
        return SUCCESS

    def proc_exit(self, code: int) -> None:
        raise Exited(code)


_PIECE: Final = Struct("<II")


def _nothing(*_: int) -> int:
    return SUCCESS


_REFUSED: Final = {
    # As Envoy has them: libraries give up on other answers.
    "fd_close": SUCCESS,
    "fd_seek": SUCCESS,
    "fd_read": ENOSYS,
    "fd_prestat_dir_name": ENOSYS,
    "fd_fdstat_set_flags": ENOSYS,
    "path_open": ENOENT,
    "sched_yield": SUCCESS,
}
"""Answers other than EBADF to what takes a descriptor, and ENOTSUP to all else."""

_SIGNATURES: Final = {
    name: Signature(parameters, "" if name == "proc_exit" else "i")
    for name, parameters in {
        "args_get": "ii",
        "args_sizes_get": "ii",
        "clock_res_get": "ii",
        "clock_time_get": "iIi",
        "environ_get": "ii",
        "environ_sizes_get": "ii",
        "fd_advise": "iIIi",
        "fd_allocate": "iII",
        "fd_close": "i",
        "fd_datasync": "i",
        "fd_fdstat_get": "ii",
        "fd_fdstat_set_flags": "ii",
        "fd_fdstat_set_rights": "iII",
        "fd_filestat_get": "ii",
        "fd_filestat_set_size": "iI",
        "fd_filestat_set_times": "iIIi",
        "fd_pread": "iiiIi",
        "fd_prestat_dir_name": "iii",
        "fd_prestat_get": "ii",
        "fd_pwrite": "iiiIi",
        "fd_read": "iiii",
        "fd_readdir": "iiiIi",
        "fd_renumber": "ii",
        "fd_seek": "iIii",
        "fd_sync": "i",
        "fd_tell": "ii",
        "fd_write": "iiii",
        "path_create_directory": "iii",
        "path_filestat_get": "iiiii",
        "path_filestat_set_times": "iiiiIIi",
        "path_link": "iiiiiii",
        "path_open": "iiiiiIIii",
        "path_readlink": "iiiiii",
        "path_remove_directory": "iii",
        "path_rename": "iiiiii",
        "path_symlink": "iiiii",
        "path_unlink_file": "iii",
        "poll_oneoff": "iiii",
        "proc_exit": "i",
        "proc_raise": "i",
        "random_get": "ii",
        "sched_yield": "",
        "sock_accept": "iii",
        "sock_recv": "iiiiii",
        "sock_send": "iiiii",
        "sock_shutdown": "ii",
    }.items()
}
