"""What a function takes that nobody calls: memory of the worker, and time at its start."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.check import ask
from bench.functions.admin import Admin, stamped
from bench.functions.first_call import deployed_site
from bench.functions.site import GREETING, HELLO_FILE, Site, expect_body
from bench.peers.peer import Server
from bench.process import Cores, memory_bytes
from proxy.runtime import monotonic


@dataclass(frozen=True)
class Idle:
    """The worker's resident memory, and how long it took until it listened, with one function and with all."""

    functions: int
    alone_bytes: int
    all_bytes: int
    alone_start_s: float
    all_start_s: float

    @property
    def each_bytes(self) -> float:
        return (self.all_bytes - self.alone_bytes) / (self.functions - 1)


def measure(directory: Path, functions: int, cores: Cores) -> Idle:
    """Deploy functions, each of a module of its own, and start the worker with one of them and with all."""
    site, hello = deployed_site(directory, cores), HELLO_FILE.read_bytes()
    with site.running() as server:
        asyncio.run(deploy(server, {"hello": hello}))
    alone_start_s, alone_bytes = started(site)
    others = {f"hello-{number}": stamped(hello, number) for number in range(1, functions)}
    compile_alike(site.directory / "penstock" / "wasm", hello, others.values())
    with site.running() as server:
        asyncio.run(deploy(server, others))
    all_start_s, all_bytes = started(site)
    return Idle(functions, alone_bytes, all_bytes, alone_start_s, all_start_s)


async def deploy(server: Server, modules: Mapping[str, bytes]) -> None:
    async with Admin(server.admin_port) as admin:
        for name, wasm in modules.items():
            await admin.deploy({"name": name}, wasm)


def compile_alike(cache: Path, wasm: bytes, others: Iterable[bytes]) -> None:
    """Keep what one module was compiled to for others that differ in a custom section only: it is the same code."""
    digest = hashlib.sha256(wasm).hexdigest()
    (compiled,) = cache.glob(f"{digest}-*")
    for other in others:
        shutil.copy2(compiled, cache / compiled.name.replace(digest, hashlib.sha256(other).hexdigest()))


def started(site: Site) -> tuple[float, int]:
    """Start it; returns the seconds until it answers, and the worker's resident memory."""
    begun = monotonic()
    with site.running() as server:
        body = ask(server, "/hello")[2]
        taken_s = monotonic() - begun
        expect_body("/hello", body, GREETING)
        return taken_s, worker_bytes(server)


def worker_bytes(server: Server) -> int:
    """Return the resident memory of the largest process but for the supervisor."""
    return max(memory_bytes(pid, "VmRSS") for pid in server.family() if pid != server.pid)
