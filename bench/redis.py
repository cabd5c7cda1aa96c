"""A Redis server for a measurement: nothing kept on disk."""

from __future__ import annotations

from pathlib import Path

from bench.peers.peer import find_command
from bench.process import Process, free_port


def find_redis() -> Path:
    return find_command("redis-server", "Debian: apt install redis-server")


def start_redis(directory: Path, cores: frozenset[int] | None = None) -> Process:
    port = free_port()
    keep_nothing = ["--save", "", "--appendonly", "no"]
    command: list[str | Path] = [find_redis(), "--bind", "127.0.0.1", "--port", str(port), *keep_nothing]
    process = Process("redis", command, directory, port, cores)
    process.wait_until_listening()
    return process
