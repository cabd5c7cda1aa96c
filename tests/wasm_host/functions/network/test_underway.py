"""Calls that have begun, awaited by Tasks and by Strands, or by nobody."""

import asyncio

import pytest
from kit import eventually

from proxy.runtime import Strand
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.network.underway import begin


async def give(value: int) -> int:
    await asyncio.sleep(0)
    return value


async def fail() -> int:
    raise HostcallFailed("timeout", "too late")


async def break_down() -> int:
    raise KeyError("gone")


async def test_it_runs_before_anybody_awaits_it() -> None:
    call = begin(give(1), "it")
    assert await eventually(call.done)
    assert await call == 1


async def test_a_strand_gets_the_result() -> None:
    results: list[int] = []

    async def run() -> None:
        results.append(await begin(give(1), "it"))

    strand = Strand(run())
    strand.step()
    assert not strand.done()
    assert await eventually(strand.done)
    assert results == [1]


async def test_a_strand_that_is_cancelled_cancels_the_call() -> None:
    calls: list[asyncio.Task[int]] = []

    async def run() -> None:
        calls.append(begin(give(1), "it"))
        await calls[0]

    strand = Strand(run())
    strand.step()
    strand.cancel()
    assert await eventually(strand.done)
    assert calls[0].cancelled()


async def test_a_failure_is_for_who_awaits_it(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(HostcallFailed, match="too late"):
        await begin(fail(), "it")
    assert caplog.text == ""


async def test_a_failure_that_nobody_awaits_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    call = begin(fail(), "it")
    assert await eventually(call.done)
    del call
    await asyncio.sleep(0)
    assert caplog.text == ""


async def test_what_nobody_foresaw_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(KeyError):
        await begin(break_down(), "it")
    assert "it failed" in caplog.text
