"""A whole Penstock whose functions are hostile: who attacks it, what it keeps on record, and who is served beside."""

from __future__ import annotations

import asyncio
import io
import json
import os
import pathlib
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from kit.running import PATIENCE_S, Run

AUDIT_LOG = "functions.jsonl"
ADMIN_LOG = "admin.jsonl"
ANEW = {"Connection": "close"}


class Siege:
    """A run of a directory, in whose configuration `write` has put the parts that every siege has."""

    def __init__(self, run: Run, directory: pathlib.Path) -> None:
        self.run, self.directory = run, directory
        self.session = run.session

    async def deploy(self, name: str, wasm: bytes, **metadata: Any) -> tuple[int, dict[str, Any]]:
        """Deploy as a client that keeps to the rules."""
        form = aiohttp.FormData()
        form.add_field("function", json.dumps({"name": name, **metadata}), content_type="application/json")
        form.add_field("wasm", io.BytesIO(wasm), filename="a.wasm", content_type="application/wasm")
        return await self.asked("POST", "api/v1/edge/deploy", data=form)

    async def whole(self) -> None:
        """Wait until there are two workers, and both are ready."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                if (await self.asked("GET", "readyz"))[0] == 200 and len(self.run.workers()) == 2:
                    return
                await asyncio.sleep(0.05)

    async def asked(self, method: str, path: str, **how: Any) -> tuple[int, dict[str, Any]]:
        """Ask the admin; returns status and JSON."""
        if isinstance(how.get("data"), bytes):
            how["data"] = io.BytesIO(how["data"])
        async with self.session.request(method, self.run.admin + path, **how) as answer:
            return answer.status, await answer.json()

    async def call(self, name: str, body: bytes = b"") -> tuple[int, bytes]:
        """Send a function a body, by the route that takes names from the path, and to whichever worker takes it."""
        async with self.session.post(f"{self.run.url}fn/{name}", data=body, headers=ANEW) as answer:
            return answer.status, await answer.read()

    async def plain(self) -> tuple[int, str]:
        """Ask a route that no function has a part in, on a new connection."""
        async with self.session.get(f"{self.run.url}plain", headers=ANEW) as answer:
            return answer.status, await answer.text()

    @asynccontextmanager
    async def undisturbed(self) -> AsyncIterator[None]:
        """Hold that plain requests are answered beside what the block does, and that no worker falls."""
        before, done = self.run.workers(), asyncio.Event()

        async def keep_asking() -> int:
            count = 0
            while not (done.is_set() and count):
                assert await self.plain() == (200, "served")
                count += 1
                await asyncio.sleep(0)
            return count

        asking = asyncio.create_task(keep_asking())
        try:
            yield
        finally:
            done.set()
            async with asyncio.timeout(PATIENCE_S):
                await asking
        assert self.run.workers() == before

    async def counted(self, family: str, **labels: str) -> float:
        """Return the sum of a family's samples in /metrics that have these labels."""
        async with self.session.get(f"{self.run.admin}metrics") as answer:
            text = await answer.text()
        wanted = [f'{name}="{value}"' for name, value in labels.items()]
        samples = re.findall(rf"^penstock_{family}\{{(.*)\}} (\S+)$", text, re.MULTILINE)
        return sum(float(value) for found, value in samples if all(each in found for each in wanted))

    async def ended(self, function: str, reason: str, count: float) -> None:
        """Wait until so many guests have ended for a reason."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                if await self.counted("wasm_traps_total", filter=function, reason=reason) >= count:
                    return
                await asyncio.sleep(0.02)

    async def audited(self, log: str = AUDIT_LOG, **wanted: Any) -> dict[str, Any]:
        """Wait for an entry of an audit log that has these words, and return the last of them."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for entry in reversed(self.entries(log)):
                    if wanted.items() <= entry.items():
                        return entry
                await asyncio.sleep(0.02)

    def entries(self, log: str = AUDIT_LOG) -> list[dict[str, Any]]:
        file = self.directory / log
        lines = file.read_text().splitlines(keepends=True) if file.exists() else []
        return [json.loads(line) for line in lines if line.endswith("\n")]


def write(directory: pathlib.Path, functions: Mapping[str, Any], *routes: Mapping[str, Any]) -> None:
    """Write a configuration: functions by their names in the path, a route beside them, and both audit logs."""
    data = {
        "version": 1,
        "workers": 2,
        "listeners": [{"name": "public", "address": "127.0.0.1:0"}],
        "admin": {"address": "127.0.0.1:0", "audit_log": ADMIN_LOG},
        "functions": {"store": "functions", "audit_log": AUDIT_LOG, **functions},
        "filters": {"served": {"type": "respond", "body": "served"}},
        "routes": [
            {"name": "plain", "match": {"path": {"exact": "/plain"}}, "filters": ["served"]},
            *routes,
            {"name": "fn", "match": {"path": {"prefix": "/fn"}}, "function": {"from_path": True}},
        ],
    }
    (directory / "penstock.yaml").write_text(json.dumps(data))


def resident_bytes(pid: int) -> int:
    """Return how much memory a process holds (proc_pid_statm(5))."""
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
