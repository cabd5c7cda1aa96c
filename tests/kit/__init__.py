"""The test kit: tests read as dialogues between a client, the proxy and an origin, on real sockets.

async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
    client = await proxy.connect()
    await client.send(b"GET / HTTP/1.1\\r\\nHost: example.test\\r\\n\\r\\n")
    upstream = await origin.accept()
    await upstream.expect_request("GET", "/")
    await upstream.send(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nhi")
    await client.expect_response(200, body=b"hi")
"""

from kit.clock import FakeClock
from kit.leaks import no_leaks
from kit.messages import Message, complete_messages
from kit.origin import FakeOrigin, answering
from kit.proxy import Proxy, in_front_of
from kit.wire import Wire, connect, eventually, get, post, soon, turn_when

__all__ = [
    "FakeClock",
    "FakeOrigin",
    "Message",
    "Proxy",
    "Wire",
    "answering",
    "complete_messages",
    "connect",
    "eventually",
    "get",
    "in_front_of",
    "no_leaks",
    "post",
    "soon",
    "turn_when",
]
