"""A supervisor in a process of its own, with real workers, for tests that send signals and kill."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Self

import aiohttp

from proxy.runtime import monotonic

KIT = Path(__file__).parent
PATIENCE_S = 20.0

_MAIN = """
import json, pathlib, sys
sys.path.append(KIT)
from desk import FakeDesk
from proxy.admin.server import AdminSpec
from proxy.errors import StartError
from proxy.pid_file import PidFile
from proxy.plan import Plan
from proxy.supervisor import supervise

def load():
    given = json.loads(file.read_text())
    if given["order"] == "faulty":
        raise StartError("file:1:1: one fault\\nfile:2:1: another fault")
    if given["order"] == "broken":
        raise RecursionError("too deep")
    shown = {"secret": "***", **{key: value for key, value in given["order"].items() if key == "word"}}
    given["order"]["functions"] = desk.state
    pages = {"config": lambda: shown, "plan": lambda text: {}, "desk": desk}
    admin = AdminSpec(given.pop("admin"), routes=lambda: [{"name": "all"}], **pages) if given["admin"] else None
    watched = (str(file),) if given.pop("watched") else ()
    with_functions = lambda order, functions: {**order, "functions": functions}
    return Plan(**given, admin=admin, watched=watched, with_functions=with_functions)

desk = FakeDesk()
file = pathlib.Path(sys.argv[1])
sys.exit(supervise(load(), load, PidFile(file.with_suffix(".pid"))))
""".replace("KIT", repr(str(KIT)))


class Supervised:
    """`addresses` are where the listeners are, by name, `admin_url` the admin, once it is ready."""

    def __init__(
        self,
        *,
        listeners: Mapping[str, str] | None = None,
        workers: int = 2,
        behaviour: str = "serve",
        admin: str | None = "127.0.0.1:0",
        drain_timeout_s: float = 30.0,
        order: Mapping[str, Any] | None = None,
        watched: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._given: dict[str, Any] = {
            "listeners": dict(listeners or {"test": "127.0.0.1:0"}),
            "worker_command": [sys.executable, "-P", str(KIT / "answering_worker.py"), behaviour],
            "workers": workers,
            "admin": admin,
            "drain_timeout_s": drain_timeout_s,
            "order": order or {},
            "watched": watched,
        }
        self._directory = tempfile.TemporaryDirectory()
        self._environment = {**os.environ, **(environment or {})}
        self.lines: list[str] = []
        self.addresses: dict[str, str] = {}
        self.admin_url = ""

    def configure(self, **given: Any) -> None:
        """Change what a reload will find; `order` is for the workers (answering_worker.py), `faulty` or `broken`."""
        self._given.update(given)
        order = self._given["order"]
        if not isinstance(order, str):
            order = {"listeners": list(self._given["listeners"]), **order}
        written = self._file.with_suffix(".new")
        written.write_text(json.dumps({**self._given, "order": order}))
        written.rename(self._file)

    @property
    def _file(self) -> Path:
        return Path(self._directory.name, "given.json")

    async def start(self) -> None:
        self.configure()
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            _MAIN,
            str(self._file),
            env=self._environment,
            stderr=asyncio.subprocess.PIPE,
        )
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stderr is not None
        while line := await self.process.stderr.readline():
            self.lines.append(line.decode().rstrip())

    async def said(self, pattern: str) -> re.Match[str]:
        """Wait for a line on standard error."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for line in self.lines:
                    if found := re.search(pattern, line):
                        return found
                assert not self._reading.done(), f"ended without {pattern!r}: {self.lines}"
                await asyncio.sleep(0.01)

    async def __aenter__(self) -> Self:
        await self.start()
        try:
            line = (await self.said("penstock: ready")).string
        except BaseException:
            await self.__aexit__()
            raise
        self.addresses = dict(re.findall(r"(\w+) on ([^,\s]+)", line))
        self.admin_url = self.addresses.pop("admin", "").rstrip("/")
        return self

    async def __aexit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        await self.ended()

    async def ended(self) -> int:
        """Wait for the supervisor's own end; returns its exit status."""
        async with asyncio.timeout(PATIENCE_S):
            status = await self.process.wait()
            await self._reading
        self._directory.cleanup()
        return status

    @property
    def pid_file(self) -> Path:
        return self._file.with_suffix(".pid")

    def port(self, listener: str = "test") -> int:
        return int(self.addresses[listener].rpartition(":")[2])

    async def get(self, path: str, **options: Any) -> tuple[int, str]:
        """Ask the first listener over a connection of its own; returns status and body."""
        return await fetch(f"http://127.0.0.1:{self.port()}{path}", **options)

    async def admin(self, path: str) -> Any:
        """Return an admin page's JSON."""
        return json.loads((await fetch(self.admin_url + path))[1])

    async def reload(self) -> Any:
        """Reload as the admin does; returns its answer."""
        async with aiohttp.ClientSession() as session, session.post(self.admin_url + "/reload") as response:
            return json.loads(await response.text())

    async def deploy(self, word: str, name: str = "hello") -> int:
        """Give a function another word; returns the status."""
        told = {"name": name, "word": word}
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.admin_url + "/api/v1/edge/deploy", json=told) as response,
        ):
            return response.status

    async def worker_pids(self) -> list[int]:
        return [worker["pid"] for worker in (await self.admin("/healthz"))["workers"]]


async def fetch(url: str, **options: Any) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url, **options) as response:
        return response.status, await response.text()


async def eventually(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait until an async condition holds."""
    deadline = monotonic() + PATIENCE_S
    while not await condition():
        assert monotonic() < deadline, f"waited {PATIENCE_S} s for {what}"
        await asyncio.sleep(0.02)
