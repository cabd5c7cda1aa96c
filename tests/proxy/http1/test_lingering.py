"""What a refused client may still send."""

import asyncio
import socket

from proxy.http1.lingering import LINGER_BYTES, Lingering


async def test_so_much_is_dropped_and_no_more() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        transport, _ = await asyncio.get_running_loop().create_unix_connection(asyncio.Protocol, sock=ours)
        lingering = Lingering(transport)
        assert lingering.drop(LINGER_BYTES)
        assert not lingering.drop(1)
        assert not lingering.goes_on(), "it reads nothing"
        transport.abort()
