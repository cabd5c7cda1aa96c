"""A Penstock that ends in the middle of a deploy: the next one runs the old version or the new one, in all workers."""

from __future__ import annotations

import asyncio
import pathlib
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import aiohttp
import pytest
from kit.deploying import saying
from kit.running import PATIENCE_S, Run, running
from kit.siege import ADMIN_LOG, Siege, write


@pytest.fixture
def directory(tmp_path: pathlib.Path) -> pathlib.Path:
    write(tmp_path, {"defaults": {"limits": {"cpu": "2s"}}})
    return tmp_path


class Cut(NamedTuple):
    """How a run ends, and what is to be seen of a deploy when it has come far enough for that."""

    end: Callable[[Run], Awaitable[None]]
    sign: Callable[[], object]


def cuts(directory: pathlib.Path) -> list[Cut]:
    store = directory / "functions"
    return [
        Cut(Run.kill, lambda: len(list((store / "blobs").iterdir()))),
        Cut(Run.end, lambda: len(list((store / "blobs").iterdir()))),
        Cut(Run.kill, lambda: (store / "functions.sqlite-journal").exists()),
        Cut(Run.kill, lambda: (directory / ADMIN_LOG).stat().st_size),
    ]


async def until_changed(sign: Callable[[], object], deploying: asyncio.Task[bool]) -> None:
    """Look very often: some of what is looked for is there for a millisecond."""
    before = sign()
    async with asyncio.timeout(PATIENCE_S):
        while sign() == before and not deploying.done():  # noqa: ASYNC110 - of files nobody tells
            await asyncio.sleep(0)


async def answers(siege: Siege) -> set[tuple[int, bytes]]:
    return {await siege.call("hello") for _ in range(10)}


async def begin(siege: Siege, word: str, sign: Callable[[], object]) -> asyncio.Task[bool]:
    """Deploy, and go on as soon as it has come so far; the task tells whether it was answered in the end."""

    async def deploy() -> bool:
        try:
            return (await siege.deploy("hello", saying(word)))[0] == 200
        except aiohttp.ClientError:
            return False

    deploying = asyncio.create_task(deploy())
    await until_changed(sign, deploying)
    return deploying


async def test_what_ends_in_a_deploy_leaves_the_old_version_or_the_new(directory: pathlib.Path) -> None:
    """One that was answered is the new one."""
    may_be = {b"version 0"}
    for number, cut in enumerate(cuts(directory), 1):
        async with running(directory) as run:
            siege = Siege(run, directory)
            if number == 1:
                assert (await siege.deploy("hello", saying("version 0")))[0] == 200
            ((status, found),) = await answers(siege)
            assert (status, found in may_be) == (200, True)
            deploying = await begin(siege, f"version {number}", cut.sign)
            await cut.end(run)
            new = f"version {number}".encode()
            may_be = {new} if await deploying else {found, new}
    async with running(directory) as run:
        siege = Siege(run, directory)
        ((status, found),) = await answers(siege)
        assert (status, found in may_be) == (200, True)
        assert (await siege.deploy("hello", saying("the last")))[0] == 200
        assert await answers(siege) == {(200, b"the last")}
