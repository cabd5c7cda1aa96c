"""Listening sockets, and what stands in their way."""

import asyncio
import contextlib
import socket
from pathlib import Path

import pytest
from kit import FakeOrigin, connect

from proxy.errors import StartError
from proxy.sockets import bound_address, client_at, join_sockets, open_socket, open_sockets, reset
from proxy.upstream.address import Address


def test_port_zero_becomes_the_port_that_was_given() -> None:
    with open_socket(Address.parse("127.0.0.1:0")) as opened:
        address = bound_address(opened)
        socket.create_connection((address.host, address.port), timeout=5).close()
    assert address.port > 0


def test_ipv6_and_ipv4_may_listen_on_the_same_port() -> None:
    with (
        open_socket(Address.parse("[::]:0")) as six,
        open_socket(Address("0.0.0.0", bound_address(six).port)) as four,
    ):
        assert str(bound_address(six)) == f"[::]:{bound_address(four).port}"


def test_an_address_in_use_is_named() -> None:
    with open_socket(Address.parse("127.0.0.1:0")) as opened:
        address = bound_address(opened)
        with pytest.raises(StartError, match=f"cannot listen on {address}: the address is in use"):
            open_socket(address)


def accepted(opened: socket.socket) -> int:
    """Accept all that waits, and count it."""
    count = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            opened.accept()[0].close()
            count += 1
    return count


def test_connections_are_dealt_out_to_the_sockets_of_all_workers() -> None:
    sockets = open_sockets(Address.parse("127.0.0.1:0"), 2)
    for each in sockets:
        each.listen()  # as each worker does
    place = sockets[0].getsockname()
    clients = [socket.create_connection(place, timeout=5) for _ in range(100)]
    counts = [accepted(each) for each in sockets]
    for each in [*clients, *sockets]:
        each.close()
    assert sum(counts) == 100
    assert min(counts) > 20


def test_more_sockets_join_one_that_is_open_already() -> None:
    with open_socket(Address.parse("127.0.0.1:0")) as first:
        joined = join_sockets(first, 2)
        assert {bound_address(each) for each in joined} == {bound_address(first)}
        for each in joined:
            each.close()


async def test_the_servers_of_asyncios_own_loop_send_without_waiting_for_acknowledgements() -> None:
    loop = asyncio.get_running_loop()
    accepted: asyncio.Future[int] = loop.create_future()

    class Asking(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            raw = transport.get_extra_info("socket")
            accepted.set_result(raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            transport.close()

    opened = open_socket(Address.parse("127.0.0.1:0"))
    server = await loop.create_server(Asking, sock=opened)
    socket.create_connection(opened.getsockname(), timeout=5).close()
    async with asyncio.timeout(10):
        assert await accepted == 1
    server.close()


def test_sockets_of_several_workers_do_not_let_a_second_proxy_in() -> None:
    sockets = open_sockets(Address.parse("127.0.0.1:0"), 2)
    with pytest.raises(StartError, match="the address is in use"):
        open_sockets(bound_address(sockets[0]), 2)
    for each in sockets:
        each.close()


def test_an_address_of_another_machine_is_named() -> None:
    with pytest.raises(StartError, match=r"cannot listen on 192\.0\.2\.1:80: cannot assign requested address"):
        open_socket(Address.parse("192.0.2.1:80"))


def test_a_unix_socket_takes_connections(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with open_socket(Address(path=path)) as opened, socket.socket(socket.AF_UNIX) as client:
        client.connect(path)
        assert str(bound_address(opened)) == f"unix:{path}"


def test_a_socket_that_was_left_behind_is_replaced(tmp_path: Path) -> None:
    address = Address(path=str(tmp_path / "s"))
    open_socket(address).close()
    open_socket(address).close()


def test_a_unix_socket_in_use_is_left_alone(tmp_path: Path) -> None:
    address = Address(path=str(tmp_path / "s"))
    with open_socket(address) as opened:
        with pytest.raises(StartError, match="the address is in use"):
            open_socket(address)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(bound_address(opened).path)


def test_a_file_is_never_removed_for_a_socket(tmp_path: Path) -> None:
    path = tmp_path / "precious"
    path.write_text("data")
    with pytest.raises(StartError, match="the address is in use"):
        open_socket(Address(path=str(path)))
    assert path.read_text() == "data"


async def test_a_reset_is_seen_as_one_by_the_other_side() -> None:
    async with FakeOrigin() as origin:
        host, _, port = origin.address.partition(":")
        client = await connect((host, int(port)))
        served = await origin.accept()
        reset(served.transport)
        reset(served.transport)
        await client.expect_closed()
        assert client.ended == "reset"


@pytest.mark.parametrize(
    ("seen", "meant"),
    [
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:0:1", "::ffff:0:1"),
    ],
)
def test_an_ipv4_client_on_a_socket_of_both_kinds_is_an_ipv4_client(seen: str, meant: str) -> None:
    info = {"peername": (seen, 5, 0, 0), "sockname": (seen, 443, 0, 0)}
    client = client_at(info.get, "public", tls=False)
    assert (client.address, client.local_address) == (meant, meant)
