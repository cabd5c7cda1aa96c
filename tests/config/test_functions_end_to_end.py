"""Functions of a whole Penstock: two workers, its admin, and what is left when one of them is gone."""

from __future__ import annotations

import asyncio
import json
import os
import pathlib
import signal
from typing import Any

import aiohttp
import pytest
from kit.deploying import saying, storing
from kit.running import PATIENCE_S, Run, running


class Site:
    """A directory with a configuration, one of whose functions is from a file."""

    def __init__(self, directory: pathlib.Path) -> None:
        self.directory = directory
        (directory / "own.wasm").write_bytes(saying("from a file"))
        self.data: dict[str, Any] = {
            "version": 1,
            "workers": 2,
            "listeners": [{"name": "public", "address": "127.0.0.1:0"}],
            "admin": {"address": "127.0.0.1:0"},
            "functions": {"store": "functions", "named": {"own": {"module": "own.wasm"}}},
            "routes": [
                {"name": "own", "match": {"path": {"exact": "/own"}}, "function": "own"},
                {"name": "hello", "match": {"path": {"exact": "/hello"}}, "function": "hello"},
            ],
        }
        self.write()

    def write(self) -> None:
        (self.directory / "penstock.yaml").write_text(json.dumps(self.data))


@pytest.fixture
def site(tmp_path: pathlib.Path) -> Site:
    return Site(tmp_path)


async def answers(run: Run, path: str = "hello") -> set[tuple[int, str]]:
    """Return what the workers say, on connections of their own."""
    found = set()
    for _ in range(12):
        async with run.session.get(run.url + path, headers={"Connection": "close"}) as answer:
            text = await answer.text()
            found.add((answer.status, text if answer.ok else ""))
    return found


async def deploy(run: Run, wasm: bytes, name: str = "hello") -> tuple[int, dict[str, Any]]:
    form = aiohttp.FormData()
    form.add_field("function", json.dumps({"name": name}), content_type="application/json")
    form.add_field("wasm", wasm, filename="a.wasm", content_type="application/wasm")
    async with run.session.post(f"{run.admin}api/v1/edge/deploy", data=form) as answer:
        return answer.status, await answer.json()


async def test_a_function_from_a_file_answers(site: Site) -> None:
    async with running(site.directory) as run:
        assert await answers(run, "own") == {(200, "from a file")}
        assert await answers(run) == {(503, "")}


async def test_a_deploy_is_in_all_workers_once_it_is_answered_and_outlives_them(site: Site) -> None:
    async with running(site.directory) as run:
        for word in ("one", "two"):
            status, told = await deploy(run, saying(word))
            assert status == 200, told
            assert await answers(run) == {(200, word)}
        await kill_a_worker(run)
        assert await answers(run) == {(200, "two")}
    async with running(site.directory) as run:
        assert await answers(run) == {(200, "two")}


async def test_what_is_refused_changes_nothing(site: Site) -> None:
    async with running(site.directory) as run:
        await deploy(run, saying("one"))
        status, told = await deploy(run, storing())
        assert status == 422
        assert "kv" in told["error"]
        assert await answers(run) == {(200, "one")}
        status, _ = await deploy(run, saying("other"), "own")
        assert status == 409


async def test_a_reload_keeps_what_is_deployed_and_heeds_what_the_file_says_now(site: Site) -> None:
    async with running(site.directory) as run:
        await deploy(run, saying("one"))
        site.data["functions"]["defaults"] = {"allow": {"kv": True}}
        site.write()
        async with run.session.post(f"{run.admin}reload") as answer:
            told = await answer.json()
        assert (told["outcome"], told["changes"]) == (
            "reloaded",
            [{"change": "changed", "what": "functions", "detail": "defaults.allow.kv: not set → true"}],
        )
        assert await answers(run) == {(200, "one")}
        assert (await deploy(run, storing()))[0] == 200
        assert await answers(run) == {(200, "stored")}


async def test_a_module_that_is_gone_keeps_nothing_else_from_being_served(site: Site) -> None:
    async with running(site.directory) as run:
        await deploy(run, saying("one"))
    for blob in (site.directory / "functions" / "blobs").iterdir():
        blob.unlink()
    async with running(site.directory) as run:
        assert await answers(run) == {(503, "")}
        assert await answers(run, "own") == {(200, "from a file")}
        await run.said(r"function hello: version \w+ is answered for with 503: .*")
        assert (await deploy(run, saying("two")))[0] == 200
        assert await answers(run) == {(200, "two")}


async def kill_a_worker(run: Run) -> None:
    """Kill one, and wait until there are two again."""
    before = run.workers()
    os.kill(before[0], signal.SIGKILL)
    async with asyncio.timeout(PATIENCE_S):
        while True:
            async with run.session.get(f"{run.admin}readyz") as answer:
                now = run.workers()
                if answer.ok and before[0] not in now and len(now) == len(before):
                    return
            await asyncio.sleep(0.02)
