"""WASM filters in `penstock run`: logs, and a module swapped while clients ask."""

from __future__ import annotations

import asyncio
import pathlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from kit import FakeOrigin, answering
from kit.guests import marking, refusing, saying
from kit.running import Run, running

from config.order import Reader
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


async def mark(run: Run) -> str | None:
    async with run.session.get(run.url) as answer:
        assert answer.status == 200
        return answer.headers.get("x-mark")


async def swap(run: Run) -> tuple[int, Any]:
    async with run.session.post(f"{run.admin}wasm/guest/reload") as answer:
        return answer.status, await answer.json()


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
                marks.append(await mark(run))

        asking = [asyncio.create_task(ask()) for _ in range(4)]
        module.write_bytes(refusing("not this one"))
        status, body = await swap(run)
        assert (status, [each["outcome"] for each in body["workers"]]) == (422, ["refused", "not_asked"])
        assert await mark(run) == "one"
        module.write_bytes(marking("two"))
        status, body = await swap(run)
        assert (status, [each["outcome"] for each in body["workers"]]) == (200, ["swapped", "swapped"])
        after = [await mark(run) for _ in range(10)]
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
        await mark(run)
        await run.said("wasm info: guest: @@ asked")


async def test_a_module_that_went_bad_keeps_a_worker_from_starting(tmp_path: pathlib.Path) -> None:
    text = WHOLE.format(origin="127.0.0.1:9")
    order = {"file": str(tmp_path / "penstock.yaml"), "text": text, "mark": "1", "functions": {}, "changed": ()}
    (tmp_path / "own.wasm").write_bytes(refusing("no"))
    modules = graph(Reader()(order), Registry(), None).modules
    assert modules is not None
    with pytest.raises(StartError, match=r"filter guest: own\.wasm: the guest refused its configuration"):
        modules.start()
    await modules.close()
