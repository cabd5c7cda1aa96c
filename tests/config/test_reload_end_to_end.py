"""Reloads of a whole Penstock: two workers, the admin, and the commands that speak to it."""

from __future__ import annotations

import asyncio
import json
import os
import pathlib
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result
from kit import FakeOrigin, answering
from kit.guests import marking, refusing
from kit.running import PATIENCE_S, Run, running

from config.cli import main

MINE = """\
from proxy.filter import Filter
class Mine(Filter):
    def on_response(self, exchange, response):
        response.headers.set("x-mine", "one")
"""
STORABLE = b"HTTP/1.1 200 OK\r\nCache-Control: max-age=600\r\nContent-Length: 2\r\n\r\nok"


class Site:
    """A directory with a configuration in front of an origin."""

    def __init__(self, directory: pathlib.Path, origin: str) -> None:
        self.directory = directory
        self.file = directory / "penstock.yaml"
        (directory / "reloaded_filter.py").write_text(MINE)
        (directory / "own.wasm").write_bytes(marking("one"))
        self.data: dict[str, Any] = {
            "version": 1,
            "workers": 2,
            "listeners": [{"name": "public", "address": "127.0.0.1:0"}],
            "admin": {"address": "127.0.0.1:0"},
            "filters": {
                "mine": {"type": "python", "module": "reloaded_filter:Mine"},
                "guest": {"type": "wasm", "module": "own.wasm"},
                "limit": {"type": "rate_limit", "rate": "1/h", "key": "route"},
            },
            "caches": {"default": {}},
            "upstreams": {"api": {"endpoints": [origin]}},
            "routes": [
                {"name": "limited", "match": {"path": {"prefix": "/limited"}}, "filters": ["limit"], "upstream": "api"},
                {"name": "all", "filters": ["mine", "guest"], "upstream": "api", "cache": "default"},
            ],
        }
        self.write()

    def write(self, **sections: Any) -> None:
        self.data |= sections
        self.file.write_text(json.dumps(self.data))


@pytest.fixture
async def site(tmp_path: pathlib.Path) -> AsyncIterator[Site]:
    async with FakeOrigin(answering(STORABLE)) as origin:
        yield Site(tmp_path, origin.address)


async def penstock(*arguments: object) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, main, [str(each) for each in arguments])


async def marks(run: Run) -> set[tuple[str | None, str | None]]:
    """Return what the filters of either worker say, on connections of their own."""
    found = set()
    for _ in range(12):
        async with run.session.get(run.url, headers={"Connection": "close"}) as answer:
            found.add((answer.headers.get("x-mine"), answer.headers.get("x-mark")))
    return found


async def test_what_the_file_and_its_files_say_comes_in(site: Site) -> None:
    async with running(site.directory) as run:
        assert await marks(run) == {("one", "one")}
        (site.directory / "reloaded_filter.py").write_text(MINE.replace('"one"', '"two"'))
        (site.directory / "own.wasm").write_bytes(marking("two"))
        site.write(drain_timeout="7s")
        told = await penstock("plan", site.file, "--admin", run.admin)
        reloaded = await penstock("reload", "--admin", run.admin)
        assert (reloaded.exit_code, reloaded.stdout) == (0, told.stdout), reloaded.stderr
        assert reloaded.stdout.splitlines() == [
            "changed drain timeout: not set → 7s",
            "changed filter mine: module: reloaded_filter.py has other contents",
            "changed filter guest: module: own.wasm has other contents",
        ]
        assert await marks(run) == {("two", "two")}
        again = await penstock("reload", "--admin", run.admin)
        assert (again.exit_code, again.stdout) == (0, "no changes\n")


async def test_checks_leave_no_open_files_in_the_supervisor(site: Site) -> None:
    async with running(site.directory) as run:
        left: set[int] = set()
        for number in range(4):
            site.write(drain_timeout=f"{number + 1}s")
            text = {"data": site.file.read_bytes(), "headers": {"Content-Type": "application/yaml"}}
            for page, sent in (("plan", text), ("reload", {})):
                async with run.session.post(run.admin + page, **sent) as answer:
                    assert answer.status == 200, await answer.text()
                left.add(modules_open(run.process.pid))
        assert left == {0}


def modules_open(pid: int) -> int:
    """Count the compiled modules that a process has open."""
    links = [os.readlink(each) for each in pathlib.Path(f"/proc/{pid}/fd").iterdir()]
    return sum("/wasm/" in link for link in links)


async def test_what_is_faulty_changes_nothing_and_says_why(site: Site) -> None:
    async with running(site.directory) as run:
        (site.directory / "own.wasm").write_bytes(refusing("not me"))
        refused = await penstock("reload", "--admin", run.admin)
        assert refused.exit_code == 1
        assert "filters.guest" in refused.stderr
        assert "not me" in refused.stderr
        assert await marks(run) == {("one", "one")}
        site.file.write_text("version: 1\nlisteners: ]")
        assert f"{site.file}:2:12: not YAML" in (await penstock("reload", "--admin", run.admin)).stderr
        assert await marks(run) == {("one", "one")}


async def test_a_worker_that_starts_anew_gets_what_runs_not_what_the_file_has_become(site: Site) -> None:
    async with running(site.directory) as run:
        site.file.write_text("something that is no configuration")
        before = await pids(run)
        for pid in before:
            os.kill(pid, signal.SIGKILL)

        async def replaced() -> bool:
            now = await pids(run)
            return len(now) == len(before) and not now & before

        await until(replaced)
        assert await marks(run) == {("one", "one")}


async def test_rate_limits_count_on_and_caches_keep_what_they_hold(site: Site) -> None:
    async with running(site.directory) as run:

        async def used_up() -> bool:
            return {await status(run, "limited") for _ in range(12)} == {429}  # Each worker lets one through.

        await until(used_up)
        assert await status(run, "cached") == 200
        held = await entries(run)
        assert held > 0
        site.write(drain_timeout="9s", upstreams={**site.data["upstreams"], "more": {"endpoints": ["127.0.0.1:9"]}})
        assert (await penstock("reload", "--admin", run.admin)).exit_code == 0
        assert await used_up()
        assert await entries(run) == held


async def test_plan_tells_what_a_file_elsewhere_would_change(
    site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    new = tmp_path_factory.mktemp("elsewhere") / "new.yaml"
    async with running(site.directory) as run:
        new.write_text(json.dumps({**site.data, "workers": 3}))
        told = await penstock("plan", new, "--admin", run.admin, "--exit-code")
        assert (told.exit_code, told.stdout) == (2, "changed workers: 2 → 3\n")
        new.write_text(json.dumps({**site.data, "caches": {}}))
        told = await penstock("plan", new, "--admin", run.admin)
        assert told.exit_code == 1
        assert told.stderr.startswith(f"{new}:1:")
        assert "unknown cache 'default'" in told.stderr


async def test_a_file_that_changes_is_taken_up_where_that_is_asked_for(site: Site) -> None:
    site.write(reload={"on_change": True})
    async with running(site.directory) as run:
        (site.directory / "own.wasm").write_bytes(marking("two"))

        async def taken_up() -> bool:
            return await marks(run) == {("one", "two")}

        await until(taken_up)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if await holds():
                return
            await asyncio.sleep(0.05)


async def status(run: Run, path: str) -> int:
    async with run.session.get(f"{run.url}{path}", headers={"Connection": "close"}) as answer:
        return answer.status


async def pids(run: Run) -> set[int]:
    """Return those of the workers that are ready."""
    async with run.session.get(f"{run.admin}healthz") as answer:
        return {worker["pid"] for worker in (await answer.json())["workers"] if worker["ready"]}


async def entries(run: Run) -> int:
    """Return how many responses the workers hold in memory."""
    async with run.session.get(f"{run.admin}cache") as answer:
        return int((await answer.json())["default"]["entries"])
