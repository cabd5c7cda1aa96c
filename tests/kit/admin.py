"""An admin on a free port of this machine, what it is told of, and somebody who calls it."""

from __future__ import annotations

import asyncio
import json
import pathlib
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from io import BytesIO
from typing import Any

from aiohttp import ClientSession, TCPConnector

from kit.desk import FakeDesk
from proxy.admin.access import Access, Token
from proxy.admin.server import Admin, AdminSpec
from proxy.function_log import FunctionLog
from proxy.metrics import Registry, Snapshot

PATIENCE_S = 30.0
READ, WRITE = "r" * 32, "w" * 32
TOKENS = Access((Token.of("graphs", READ, "read"), Token.of("ops", WRITE, "write")))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


class Known:
    """What a supervisor would know."""

    def __init__(self) -> None:
        self.reason: str | None = None
        self.outcome = "swapped"
        self.orders: list[Mapping[str, Any]] = []
        self.purged: dict[str, Any] = {"caches": {"default": {"purged": "local"}}}
        self.registry = Registry()
        self.reloads = 0
        self.reloaded: dict[str, Any] = {"outcome": "reloaded", "generation": 2, "errors": [], "changes": []}
        self.last: dict[str, Any] | None = None
        self.function_log = FunctionLog()
        self.invoked: list[tuple[str, dict[str, Any]]] = []
        self.answered: dict[str, Any] = {
            "version": "v1",
            "status": 200,
            "headers": [["Content-Type", "text/plain"]],
            "body": "aGVsbG8=",
            "duration_ms": 0.5,
        }

    def why_not_ready(self) -> str | None:
        return self.reason

    def workers(self) -> list[dict[str, Any]]:
        return [{"worker": 0, "pid": 4711, "ready": True, "uptime_s": 61.2, "loop_lag_s": 0.0021}]

    def worker_pids(self) -> list[int]:
        return []

    async def snapshot(self) -> Snapshot:
        return self.registry.snapshot()

    async def upstreams(self) -> dict[str, list[Any]]:
        return {"api": [{"worker": 0, "endpoints": []}]}

    async def caches(self) -> dict[str, list[Any]]:
        state = {"entries": 1, "bytes": 10, "limit_bytes": 100, "redis": None}
        return {"default": [{"worker": 0, **state}, {"worker": 1, **state}]}

    async def purge(self, order: Mapping[str, Any]) -> list[dict[str, Any]]:
        self.orders.append(order)
        return [{"worker": 0, **self.purged}]

    async def wasm(self) -> dict[str, list[Any]]:
        return {"auth": [{"worker": 0, "abi": "Proxy-Wasm 0.2.1"}]}

    async def swap_module(self, filter: str) -> list[dict[str, Any]]:
        return [{"worker": 0, "outcome": self.outcome, "of": filter}]

    async def functions(self) -> dict[str, list[Any]]:
        return {"hello": [{"worker": 0, "versions": ["v1"]}]}

    async def invoke(self, name: str, request: dict[str, Any]) -> dict[str, Any]:
        self.invoked.append((name, request))
        return self.answered

    async def roll_out(self, functions: Mapping[str, Any], decide: Callable[[], None]) -> None:
        await asyncio.to_thread(decide)

    async def reload(self) -> dict[str, Any]:
        self.reloads += 1
        return self.reloaded

    def reload_state(self) -> dict[str, Any]:
        return {"generation": 1, "last": self.last}

    def count_admin_request(self, outcome: str) -> None:
        self.registry.admin_requests.child(outcome).value += 1

    def counted(self, outcome: str) -> int:
        return int(self.registry.admin_requests.child(outcome).value)


def planned(text: str) -> dict[str, Any]:
    """Find what a configuration would change, if it is one line."""
    return {"errors": [] if text.count("\n") < 2 else ["penstock.yaml:2:1: too long"], "changes": []}


SPEC = AdminSpec(
    "127.0.0.1:0",
    routes=lambda: [{"name": "all"}],
    config=lambda: {"secret": "***"},
    plan=planned,
    audit_log="/dev/null",
)


def filled(path: str) -> str:
    """Return the path of an endpoint with names of what there is."""
    return path.replace("{filter}", "auth").replace("{name}", "hello").replace("{alias}", "live")


class Visitor:
    """Calls an admin; `known` is what its supervisor knows, `audit` where it writes down changes."""

    def __init__(self, admin: Admin, session: ClientSession, known: Known, desk: FakeDesk, audit: pathlib.Path) -> None:
        self.admin, self.known, self.desk, self.audit = admin, known, desk, audit
        self.url = admin.url.rstrip("/")
        self.session = session

    async def get(
        self, path: str, headers: Mapping[str, str] | None = None, method: str = "GET", data: Any = None
    ) -> tuple[int, str, str]:
        """Return status, content type and text."""
        async with self.session.request(method, self.url + path, headers=headers, data=data) as response:
            return response.status, response.headers["Content-Type"], await response.text()

    async def json(self, path: str, headers: Mapping[str, str] | None = None, **more: Any) -> tuple[int, Any]:
        status, content_type, text = await self.get(path, headers, **more)
        assert content_type.startswith("application/json")
        return status, json.loads(text)

    async def order(
        self, path: str, order: str | bytes = b"", headers: Mapping[str, str] | None = None, kind: str | None = None
    ) -> tuple[int, Any]:
        """Post; the media type is JSON unless said otherwise."""
        data = BytesIO(order.encode() if isinstance(order, str) else order)
        fields = {"Content-Type": kind or "application/json", **(headers or {})}
        return await self.json(path, fields, method="POST", data=data)

    def lines(self) -> list[dict[str, Any]]:
        """Return what is written down."""
        return [json.loads(line) for line in self.audit.read_text().splitlines()]


@asynccontextmanager
async def visiting(directory: pathlib.Path, trust: ssl.SSLContext | None = None, **spec: Any) -> AsyncIterator[Visitor]:
    """Start an admin whose audit log is in the directory; the clients trust and show what `trust` says."""
    known, desk, audit = Known(), FakeDesk(), directory / "audit.log"
    admin = Admin(replace(SPEC, **{"audit_log": str(audit), "desk": desk, **spec}), known)
    await admin.start()
    try:
        async with ClientSession(connector=TCPConnector(ssl=trust or True)) as session:
            yield Visitor(admin, session, known, desk, audit)
    finally:
        await admin.stop()


@contextmanager
def standing(spec: AdminSpec) -> Iterator[str]:
    """Serve an admin from a thread, for clients that block; yields its URL."""
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event, str]] = Future()

    async def serve() -> None:
        admin, stop = Admin(spec, Known()), asyncio.Event()
        await admin.start()
        started.set_result((asyncio.get_running_loop(), stop, admin.url.rstrip("/")))
        await stop.wait()
        await admin.stop()

    thread = threading.Thread(target=asyncio.run, args=(serve(),), name="admin")
    thread.start()
    loop, stop, url = started.result(PATIENCE_S)
    try:
        yield url
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
