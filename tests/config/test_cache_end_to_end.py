"""Caches in `penstock run`: shown and purged through the admin, in all workers and in all nodes that share a Redis."""

from __future__ import annotations

import asyncio
import json
import pathlib
from typing import Any

import aiohttp
import pytest
from click.testing import CliRunner
from kit import FakeOrigin, Wire
from kit.redis import RedisServer
from kit.running import Run, running

from config.cli import main

FOREVER_S = 3600.0
PATIENCE_S = 10.0


class Counting:
    """An origin whose answers are numbered, and good for a minute."""

    def __init__(self) -> None:
        self.count = 0

    async def script(self, wire: Wire) -> None:
        while wire.ended is None or wire.unread:
            await wire.expect_message(within_s=FOREVER_S)
            self.count += 1
            body = str(self.count).encode()
            head = b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nSurrogate-Key: news\r\nContent-Length: %d\r\n\r\n"
            await wire.send(head % len(body) + body)


def configure(directory: pathlib.Path, origin: FakeOrigin, redis: str | None = None) -> pathlib.Path:
    directory.mkdir(exist_ok=True)
    configuration = {
        "version": 1,
        "workers": 2,
        "listeners": [{"name": "public", "address": "127.0.0.1:0"}],
        "admin": {"address": "127.0.0.1:0"},
        "upstreams": {"api": {"endpoints": [origin.address]}},
        "caches": {"default": {"memory": "8MiB", "redis": redis}},
        "routes": [{"name": "all", "upstream": "api", "cache": "default"}],
    }
    (directory / "penstock.yaml").write_text(json.dumps(configuration))
    return directory


async def ask(run: Run) -> int:
    """Ask over a connection of its own, which any worker may get; returns the number of the origin's answer."""
    async with aiohttp.ClientSession() as session, session.get(run.url, headers={"Host": "a.example"}) as response:
        assert response.status == 200
        return int(await response.text())


async def filled(run: Run) -> list[int]:
    """Ask until each worker has the answer, and return the numbers that came."""
    numbers = []
    async with asyncio.timeout(PATIENCE_S):
        while not all(each["entries"] for each in (await shown(run))["workers"]):
            numbers.append(await ask(run))
    return numbers


async def shown(run: Run) -> dict[str, Any]:
    async with run.session.get(f"{run.admin}cache") as response:
        state: dict[str, Any] = (await response.json())["default"]
        return state


async def penstock_cache(run: Run, *arguments: str) -> str:
    """Call the command line, which has a loop of its own."""
    result = await asyncio.to_thread(CliRunner().invoke, main, ["cache", *arguments, "--admin", run.admin])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize(
    "what",
    [("--url", "http://a.example:80/"), ("--tag", "news"), ("--prefix", "http://a.example"), ("--all", "--hard")],
    ids=lambda what: what[0],
)
async def test_a_purge_reaches_every_worker(tmp_path: pathlib.Path, what: tuple[str, ...]) -> None:
    counting = Counting()
    async with FakeOrigin(counting.script) as origin, running(configure(tmp_path, origin)) as run:
        before = max(await filled(run))
        assert counting.count == before <= 2
        assert await penstock_cache(run, "purge", *what) == (
            "worker 0: default is purged, local\nworker 1: default is purged, local\n"
        )
        assert min([await ask(run) for _ in range(10)]) > before


async def test_what_a_client_of_one_worker_changes_is_dropped_by_all(tmp_path: pathlib.Path) -> None:
    counting = Counting()
    async with FakeOrigin(counting.script) as origin, running(configure(tmp_path, origin)) as run:
        await filled(run)
        async with run.session.post(run.url, headers={"Host": "a.example"}) as response:
            assert response.status == 200
        changed = counting.count
        async with asyncio.timeout(PATIENCE_S):
            while any(each <= changed for each in [await ask(run) for _ in range(10)]):
                pass


async def test_what_workers_hold_is_shown(tmp_path: pathlib.Path) -> None:
    async with FakeOrigin(Counting().script) as origin, running(configure(tmp_path, origin)) as run:
        await filled(run)
        state = await shown(run)
        assert (state["entries"], state["limit_bytes"]) == (2, 2 * 8 * 1024**2)
        assert [each["worker"] for each in state["workers"]] == [0, 1]
        assert "default: 2 responses, 0.0 of 16.0 MiB\n  worker 0: 1 response" in await penstock_cache(run, "show")
        async with run.session.get(f"{run.admin}metrics") as response:
            metrics = await response.text()
        assert 'penstock_cache_requests_total{cache="default",result="hit"}' in metrics


async def test_a_purge_reaches_every_node_that_shares_a_redis(tmp_path: pathlib.Path) -> None:
    counting = Counting()
    async with RedisServer() as redis, FakeOrigin(counting.script) as origin:
        one, other = (configure(tmp_path / name, origin, redis.url) for name in ("one", "other"))
        async with running(one) as here, running(other) as there:
            await filled(here)
            await filled(there)
            assert counting.count <= 4
            assert (await penstock_cache(here, "purge", "--tag", "news", "--hard")).splitlines() == [
                "worker 0: default is purged, shared",
                "worker 1: default is purged, local",
            ]
            last = counting.count
            async with asyncio.timeout(PATIENCE_S):
                while min([await ask(there) for _ in range(10)]) <= last:
                    pass
            assert "uses the shared tier" in await penstock_cache(there, "show")
