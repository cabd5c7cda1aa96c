"""The examples of docs/embedding.md run as they stand, and print what it says they print."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import pathlib
import re
import runpy
import shlex
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from kit.application import Mounted

DOC = (pathlib.Path(__file__).parents[1] / "docs/embedding.md").read_text()
VARYING = re.compile(r"(?m)^(Date|Last-Modified|id): .*$")


def block(language: str, number: int) -> str:
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", DOC)[number]


def dialogue(text: str) -> list[tuple[list[str], str]]:
    """Return each command with what is printed after it."""
    parts = re.split(r"(?m)^\$ (.*)\n", text)[1:]
    return [(shlex.split(command), output) for command, output in zip(parts[::2], parts[1::2], strict=True)]


async def output_of(command: list[str], app: Mounted) -> str:
    address = "{}:{}".format(*app.address)
    arguments = [each.replace("127.0.0.1:8080", address).replace("SIGNATURE", signature()) for each in command]
    process = await asyncio.create_subprocess_exec(*arguments, "--noproxy", "*", stdout=asyncio.subprocess.PIPE)
    return (await process.communicate())[0].decode().replace("\r\n", "\n")


def signature() -> str:
    return hmac.new(b"only an example", b"tea", hashlib.sha256).hexdigest()


async def check(app: web.Application, text: str) -> None:
    async with Mounted(app) as serving:
        for command, expected in dialogue(text):
            printed = await output_of(command, serving)
            assert VARYING.sub(r"\1", printed) == VARYING.sub(r"\1", expected)


@asynccontextmanager
async def file_server(directory: pathlib.Path) -> AsyncIterator[str]:
    """Serve a directory as the page says; gives the port."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(directory),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        found = re.search(rb"port (\d+)", await process.stdout.readline())
        assert found is not None
        yield found[1].decode()
    finally:
        process.kill()
        await process.wait()


async def test_the_pipeline_beside_handlers(tmp_path: pathlib.Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "hello.txt").write_text("hello from the origin\n")
    async with file_server(site) as port:
        (tmp_path / "edge.yaml").write_text(block("yaml", 0).replace("9000", port))
        script = tmp_path / "shop.py"
        script.write_text(block("python", 0))
        await check(runpy.run_path(str(script))["application"](), block("console", 0))


async def test_the_filters_around_handlers(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = tmp_path / "signed.py"
    script.write_text(block("python", 1))
    await check(runpy.run_path(str(script))["application"](), block("console", 1))
    assert capsys.readouterr().out == block("text", 0)
