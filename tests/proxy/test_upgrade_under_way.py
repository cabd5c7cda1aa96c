"""What is under way when a successor takes over: an upload half read, and a tunnel."""

import os
from contextlib import AsyncExitStack
from pathlib import Path

from kit import FakeOrigin, connect
from kit.command import Command, penstock_run
from kit.supervised import eventually

CONFIGURATION = """
version: 1
workers: 2
listeners: [{{name: public, address: "127.0.0.1:0", limits: {{body_idle_timeout: 5m}}}}]
upstreams: {{origin: {{endpoints: [{{address: "{origin}"}}]}}}}
routes: [{{name: all, upstream: origin}}]
"""

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"


async def started(stack: AsyncExitStack, directory: Path) -> tuple[FakeOrigin, Command, tuple[str, int]]:
    origin = await stack.enter_async_context(FakeOrigin())
    (directory / "penstock.yaml").write_text(CONFIGURATION.format(origin=origin.address))
    command = await stack.enter_async_context(penstock_run(directory))
    found = await command.said(r"public on ([\d.]+):(\d+)")
    return origin, command, (found[1], int(found[2]))


async def first_ended(command: Command) -> bool:
    return command.process.returncode is not None


async def test_an_upload_half_read_is_read_to_its_end(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        origin, command, place = await started(stack, tmp_path)
        client = await connect(place)
        await client.send(b"POST / HTTP/1.1\r\nHost: example.test\r\nContent-Length: 200000\r\n\r\n" + b"a" * 100_000)
        upstream = await origin.accept()
        await upstream.expect_until(b"\r\n\r\n")
        await upstream.expect_bytes(100_000)
        await command.upgrade()
        assert command.process.returncode is None
        await client.send(b"b" * 100_000)
        assert await upstream.expect_bytes(100_000) == b"b" * 100_000
        await upstream.send(OK)
        response = await client.expect_response(200)
        assert response.body == b"ok"
        client.close()
        await eventually(lambda: first_ended(command), "the first process's end")
        assert command.process.returncode == 0


async def test_a_tunnel_goes_on_and_the_former_process_ends_with_it(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        origin, command, place = await started(stack, tmp_path)
        client = await connect(place)
        await client.send(b"GET / HTTP/1.1\r\nHost: example.test\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
        upstream = await origin.accept()
        await upstream.expect_until(b"\r\n\r\n")
        await upstream.send(SWITCH)
        await client.expect_until(b"\r\n\r\n")
        await command.upgrade()
        await client.send(b"ping")
        await upstream.expect(b"ping")
        await upstream.send(b"pong")
        await client.expect(b"pong")
        assert command.process.returncode is None
        client.close()
        upstream.close()
        await eventually(lambda: first_ended(command), "the first process's end")
        assert command.process.returncode == 0
        assert command.pid != command.process.pid
        os.kill(command.pid, 0)
