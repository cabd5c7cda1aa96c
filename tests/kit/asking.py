"""Origins with names, and clients that ask until they know who answers."""

from __future__ import annotations

from kit.messages import Message
from kit.origin import FakeOrigin, answering
from kit.proxy import Proxy
from kit.wire import get

NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"


def named(name: str) -> FakeOrigin:
    """Make an origin that answers with its name."""
    return FakeOrigin(answering(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(name), name.encode())))


async def asked(proxy: Proxy, count: int, *fields: str) -> list[str]:
    """Ask so many times; return who answered."""
    client = await proxy.connect()
    bodies = []
    for _ in range(count):
        await client.send(get("/", *fields))
        bodies.append((await client.expect_response(200)).body.decode())
    return bodies


async def failed(proxy: Proxy, status: int, request: bytes | None = None) -> Message:
    client = await proxy.connect()
    await client.send(request or get())
    return await client.expect_response(status)
