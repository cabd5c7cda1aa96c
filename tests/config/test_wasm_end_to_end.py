"""WASM filters in `penstock run`: logs, and a module swapped while clients ask."""

from __future__ import annotations

import asyncio
import os
import pathlib
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from kit import FakeOrigin, answering
from kit.guests import marking, refusing, saying

from config.worker import graph
from proxy.errors import StartError
from proxy.metrics import Registry

WHOLE = """\
version: 1
workers: 2
listeners: [{{name: public, address: "127.0.0.1:0"}}]
admin: {{address: "127.0.0.1:0"}}
filters: {{guest: {{type: wasm, module: own.wasm}}}}
upstreams: {{api: {{endpoints: ["{origin}"]}}}}
routes: [{{name: all, filters: [guest], upstream: api}}]
"""


class Run:
    """`penstock run` in a process of its own; `lines` are what it wrote to stderr."""

    def __init__(self, process: asyncio.subprocess.Process, session: aiohttp.ClientSession) -> None:
        self.process, self.session = process, session
        self.lines: list[str] = []
        self.url = self.admin = ""

    async def read(self) -> None:
        assert self.process.stderr is not None
        while line := (await self.process.stderr.readline()).decode():
            self.lines.append(line.rstrip())

    async def said(self, pattern: str) -> re.Match[str]:
        async with asyncio.timeout(30):
            while True:
                for line in self.lines:
                    if found := re.fullmatch(pattern, line):
                        return found
                await asyncio.sleep(0.02)

    async def mark(self) -> str | None:
        async with self.session.get(self.url) as answer:
            assert answer.status == 200
            return answer.headers.get("x-mark")

    async def swap(self) -> tuple[int, Any]:
        async with self.session.post(f"{self.admin}wasm/guest/reload") as answer:
            return answer.status, await answer.json()


@asynccontextmanager
async def running(directory: pathlib.Path) -> AsyncIterator[Run]:
    program = "import sys; from config.cli import main; sys.exit(main())"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-c", program, "run", "penstock.yaml"),
        cwd=directory,
        env=os.environ | {"PYTHONPATH": str(pathlib.Path(__file__).parents[2])},
        stderr=asyncio.subprocess.PIPE,
    )
    async with aiohttp.ClientSession() as session:
        run = Run(process, session)
        reading = asyncio.create_task(run.read())
        try:
            found = await run.said(r"penstock: ready, 2 workers; public on (\S+), admin on (\S+)")
            run.url, run.admin = f"http://{found[1]}/", found[2]
            yield run
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
        finally:
            if process.returncode is None:
                process.kill()
            await reading
            await process.wait()


@pytest.fixture
async def directory(tmp_path: pathlib.Path) -> AsyncIterator[pathlib.Path]:
    async with FakeOrigin(answering()) as origin:
        (tmp_path / "penstock.yaml").write_text(WHOLE.format(origin=origin.address))
        yield tmp_path


async def test_a_module_is_swapped_while_clients_ask(directory: pathlib.Path) -> None:
    module = directory / "own.wasm"
    module.write_bytes(marking("one"))
    async with running(directory) as run:
        marks: list[str | None] = []

        async def ask() -> None:
            while len(marks) < 2000 and marks[-1:] != ["end"]:
                marks.append(await run.mark())

        asking = [asyncio.create_task(ask()) for _ in range(4)]
        module.write_bytes(refusing("not this one"))
        status, body = await run.swap()
        assert (status, [each["outcome"] for each in body["workers"]]) == (422, ["refused", "not_asked"])
        assert await run.mark() == "one"
        module.write_bytes(marking("two"))
        status, body = await run.swap()
        assert (status, [each["outcome"] for each in body["workers"]]) == (200, ["swapped", "swapped"])
        after = [await run.mark() for _ in range(10)]
        marks.append("end")
        await asyncio.gather(*asking)
        assert after == ["two"] * 10
        assert set(marks) == {"one", "two", "end"}
        async with run.session.get(f"{run.admin}metrics") as answer:
            metrics = await answer.text()
        assert 'penstock_wasm_swaps_total{filter="guest",outcome="swapped"} 2.0' in metrics
        assert 'penstock_wasm_swaps_total{filter="guest",outcome="refused"} 1.0' in metrics
        assert "wasm error: guest: not this one" in run.lines


async def test_guests_write_to_stderr_after_their_level(directory: pathlib.Path) -> None:
    (directory / "own.wasm").write_bytes(saying("@@ asked"))
    async with running(directory) as run:
        await run.mark()
        await run.said("wasm info: guest: @@ asked")


def test_a_module_that_went_bad_keeps_a_worker_from_starting(tmp_path: pathlib.Path) -> None:
    (tmp_path / "penstock.yaml").write_text(WHOLE.format(origin="127.0.0.1:9"))
    (tmp_path / "own.wasm").write_bytes(refusing("no"))
    with pytest.raises(StartError, match=r"filters\.guest: own\.wasm: the guest refused its configuration"):
        graph(tmp_path / "penstock.yaml", Registry())
