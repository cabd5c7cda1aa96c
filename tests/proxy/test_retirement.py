"""What was served before goes when the last that began under it has ended, and takes its memory along."""

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest
from kit import FakeOrigin, Proxy, answering, eventually, get, in_front_of
from kit.addresses import closed_address
from kit.reloading import mark_met, marked

from proxy.access_log import AccessLog
from proxy.garbage import settle
from proxy.limits import Limits
from proxy.listener import Graph, ListenerSpec
from proxy.metrics import Registry
from proxy.retirement import release
from proxy.route import Route, Router

RELOADS = 50


@pytest.fixture
def settled() -> Iterator[None]:
    """Exempt from the garbage collector what is there, as a worker does before it builds."""
    before = gc.get_threshold()
    settle()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


@pytest.mark.usefixtures("settled")
async def test_fifty_reloads_leave_nothing_behind() -> None:
    """With a tunnel open all the while, which holds only the graph that it began with, and others that come and go."""
    known: weakref.WeakSet[Router] = weakref.WeakSet()
    async with FakeOrigin(answering()) as origin, FakeOrigin() as tunnelled, Proxy(marked("0", tunnelled)) as proxy:
        known.add(proxy.graph.listeners[0].router)
        tunnel, client = await proxy.connect(), await proxy.connect()
        await tunnel.send(get("/", "Connection: Upgrade", "Upgrade: echo"))
        await (upstream := await tunnelled.accept()).expect_request()
        await upstream.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
        await tunnel.expect_response(101)
        routes = []
        for number in range(1, RELOADS + 1):
            await proxy.reload(marked(str(number), origin))
            known.add(proxy.graph.listeners[0].router)
            assert await mark_met(client) == str(number)
            if number in (RELOADS // 2, RELOADS):
                assert await eventually(lambda: len(known) == 2)
                routes.append(sum(isinstance(each, Route) for each in gc.get_objects()))
        assert routes[0] == routes[1]
        tunnel.close()
        upstream.close()
        assert await eventually(lambda: len(known) == 1)


async def test_a_graph_stays_while_a_response_is_on_its_way() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get())
        upstream = await origin.accept()
        await upstream.expect_request()
        before = proxy.graph
        await proxy.reload(in_front_of(closed_address()))
        await asyncio.sleep(0.2)
        assert [each is before for each in proxy.serving._retirement.graphs()] == [False, True]
        await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await client.expect_response(200)
        assert await eventually(lambda: len(list(proxy.serving._retirement.graphs())) == 1)


async def test_a_part_that_another_graph_has_is_not_closed(tmp_path: object) -> None:
    registry = Registry()

    class Log(AccessLog):
        closed = False

        def close(self) -> None:
            self.closed = True
            super().close()

    def graph(log: AccessLog) -> Graph:
        return Graph([ListenerSpec("test", "", Limits(), Router([]), access_log=log)])

    kept, dropped = (
        Log(f"{tmp_path}/{name}.log", ("status",), registry.access_log_dropped.child()) for name in ("kept", "dropped")
    )
    await release(graph(kept), [graph(kept)])
    assert not kept.closed
    await release(graph(dropped), [graph(kept)])
    assert dropped.closed
    kept.close()
