"""One endpoint's connections: made, kept, reused last in first out, and noticed when they are lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from kit import FakeOrigin, answering, eventually, no_leaks, turn_when
from kit.addresses import closed_address, deaf_address

from proxy.errors import ConnectFailed
from proxy.http1.upstream import UpstreamConnection
from proxy.messages import Request, Response
from proxy.metrics import Registry
from proxy.runtime import Strand, sweeper
from proxy.upstream import endpoint as module
from proxy.upstream.endpoint import Endpoint
from proxy.upstream.settings import EndpointSpec, Timeouts


def endpoint_at(address: str, timeouts: Timeouts = Timeouts(), registry: Registry | None = None) -> Endpoint:  # noqa: B008
    return Endpoint("api", EndpointSpec(address), timeouts, None, registry or Registry())


@asynccontextmanager
async def endpoint_of(origin: FakeOrigin, registry: Registry | None = None) -> AsyncIterator[Endpoint]:
    endpoint = endpoint_at(origin.address, registry=registry)
    yield endpoint
    endpoint.close()
    await eventually(lambda: not endpoint.describe()["open"])


async def used(connection: UpstreamConnection) -> Response:
    return await connection.exchange(Request("GET", "/", authority="a", host="a"), Timeouts(), 5, None)


def state(endpoint: Endpoint) -> tuple[int, int]:
    """Return how many connections are open, and how many of them wait."""
    described = endpoint.describe()
    return described["open"], described["idle"]


async def test_a_connection_is_kept_after_its_answer_and_reused() -> None:
    async with FakeOrigin(answering()) as origin, endpoint_of(origin) as endpoint:
        connection = await endpoint.connect()
        assert state(endpoint) == (1, 0)
        assert (await used(connection)).status == 200
        assert state(endpoint) == (1, 1)
        assert endpoint.take_idle() is connection
        assert endpoint.take_idle() is None
        assert (await used(connection)).status == 200
        assert connection.exchanges == 2


async def test_the_last_one_used_is_reused_first() -> None:
    async with FakeOrigin(answering()) as origin, endpoint_of(origin) as endpoint:
        first, second, third = [await endpoint.connect() for _ in range(3)]
        for connection in (second, first, third):
            await used(connection)
        assert [endpoint.take_idle() for _ in range(3)] == [third, first, second]
        for connection in (first, second, third):
            connection.abort()


async def test_an_idle_connection_that_the_origin_closes_is_forgotten() -> None:
    async with FakeOrigin(answering()) as origin, endpoint_of(origin) as endpoint:
        await used(await endpoint.connect())
        origin.connections[0].close()
        assert await eventually(lambda: state(endpoint) == (0, 0))
        assert endpoint.take_idle() is None


async def test_a_word_on_an_idle_connection_ends_it() -> None:
    async with FakeOrigin(answering()) as origin, endpoint_of(origin) as endpoint:
        await used(await endpoint.connect())
        await origin.connections[0].send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        assert await eventually(lambda: state(endpoint) == (0, 0))


async def test_no_more_than_so_many_connections_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_IDLE", 2)
    async with FakeOrigin(answering()) as origin, endpoint_of(origin) as endpoint:
        for connection in [await endpoint.connect() for _ in range(4)]:
            await used(connection)
        assert await eventually(lambda: state(endpoint) == (2, 2))


async def test_an_idle_connection_grows_old_and_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "IDLE_FOR_S", 0.1)
    async with FakeOrigin(answering()) as origin, endpoint_of(origin) as endpoint:
        await used(await endpoint.connect())
        await origin.connections[0].until(lambda: origin.connections[0].ended == "closed", "the end", 1)
        assert state(endpoint) == (0, 0)


async def test_what_is_idle_is_closed_with_the_endpoint() -> None:
    async with FakeOrigin(answering()) as origin:
        endpoint = endpoint_at(origin.address)
        async with no_leaks():
            for connection in [await endpoint.connect() for _ in range(2)]:
                await used(connection)
            endpoint.close()
            assert await eventually(lambda: state(endpoint) == (0, 0))
            for wire in origin.connections:
                wire.transport.abort()


@pytest.mark.parametrize("said", [b"Connection: close\r\nContent-Length: 0\r\n\r\n", b"Content-Length: 1\r\n\r\nab"])
async def test_a_connection_that_cannot_go_on_is_not_kept(said: bytes) -> None:
    async with FakeOrigin(answering(b"HTTP/1.1 200 OK\r\n" + said)) as origin, endpoint_of(origin) as endpoint:
        await used(await endpoint.connect())
        assert endpoint.take_idle() is None
        assert await eventually(lambda: state(endpoint) == (0, 0))


async def test_a_refused_connection_says_so() -> None:
    with pytest.raises(ConnectFailed) as caught:
        await endpoint_at(closed_address()).connect()
    assert caught.value.reason == "connect_failed"


async def test_a_connection_that_does_not_come_in_time_is_given_up() -> None:
    async with deaf_address() as address, no_leaks():
        with pytest.raises(ConnectFailed) as caught:
            await endpoint_at(address, Timeouts(connect_s=0.05)).connect()
        assert caught.value.reason == "connect_timeout"


async def test_who_gives_up_waiting_gives_up_the_attempt() -> None:
    async with deaf_address() as address, no_leaks():
        attempt = asyncio.create_task(endpoint_at(address, Timeouts(connect_s=60)).connect())
        await asyncio.sleep(0.02)
        attempt.cancel()
        await asyncio.wait([attempt])
        assert attempt.cancelled()


async def test_a_connection_that_comes_as_its_asker_leaves_waits_for_another() -> None:
    async with FakeOrigin() as origin, endpoint_of(origin) as endpoint:
        attempt = asyncio.create_task(endpoint.connect())
        await turn_when(lambda: endpoint.describe()["open"])
        attempt.cancel()
        await asyncio.wait([attempt])
        assert state(endpoint) == (1, 1)
        connection = endpoint.take_idle()
        assert connection is not None
        answer = asyncio.create_task(used(connection))
        wire = await origin.accept()
        await wire.expect_request()
        await wire.send(b"HTTP/1.1 204 No Content\r\n\r\n")
        assert (await answer).status == 204


async def test_a_connection_whose_end_is_known_is_not_taken() -> None:
    async with FakeOrigin(answering()) as origin, endpoint_of(origin) as endpoint:
        connection = await endpoint.connect()
        await used(connection)
        origin.connections[0].close()
        await turn_when(lambda: connection.transport.is_closing())
        assert endpoint.take_idle() is None


async def test_a_strand_can_wait_for_a_connection() -> None:
    made: list[UpstreamConnection] = []

    async def connect(endpoint: Endpoint) -> None:
        made.append(await endpoint.connect())

    async with FakeOrigin(answering()) as origin, endpoint_of(origin) as endpoint:
        Strand(connect(endpoint)).step()
        assert await eventually(lambda: made)
        await used(made[0])


async def test_a_unix_socket_is_an_endpoint_like_any_other(tmp_path: Path) -> None:
    async with FakeOrigin(answering(), path=str(tmp_path / "socket")) as origin, endpoint_of(origin) as endpoint:
        assert (await used(await endpoint.connect())).status == 200


async def test_a_unix_socket_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConnectFailed, match="No such file"):
        await endpoint_at(f"unix:{tmp_path / 'gone'}").connect()


async def test_its_books_say_how_many_connections_are_open_and_how_many_idle() -> None:
    registry = Registry()
    async with FakeOrigin(answering()) as origin, endpoint_of(origin, registry) as endpoint:
        first, second = await endpoint.connect(), await endpoint.connect()
        await used(first)
        cells = {state: registry.upstream_connections.child("api", origin.address, state) for state in ("open", "idle")}
        assert {state: cell.value for state, cell in cells.items()} == {"open": 2, "idle": 1}
        second.abort()
        endpoint.close()
        assert await eventually(lambda: not any(cell.value for cell in cells.values()))
        assert first not in sweeper()._watched
        assert second not in sweeper()._watched


async def test_attempts_are_counted_by_what_came_back() -> None:
    registry = Registry()
    endpoint = endpoint_at("127.0.0.1:9", registry=registry)
    for status in (200, 0, 200):
        endpoint.count(status)
    assert registry.snapshot()["upstream_requests_total"] == [
        (["api", "127.0.0.1:9", "200"], 2),
        (["api", "127.0.0.1:9", "0"], 1),
    ]


async def test_it_describes_itself() -> None:
    endpoint = Endpoint("api", EndpointSpec("127.0.0.1:9", 3), Timeouts(), None, Registry())
    assert endpoint.describe() == {"address": "127.0.0.1:9", "weight": 3, "in_flight": 0, "open": 0, "idle": 0}
