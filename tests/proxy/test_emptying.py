"""A listening socket's end: nobody new gets in, who waits is let in first."""

import asyncio
import socket

import pytest

from proxy import emptying
from proxy.emptying import emptied, has_waiting, keep_out
from proxy.sockets import open_socket
from proxy.upstream.address import Address


@pytest.fixture
def opened() -> socket.socket:
    return open_socket(Address.parse("127.0.0.1:0"))


async def test_who_comes_too_late_is_not_reset_but_kept_waiting(opened: socket.socket) -> None:
    with opened, socket.socket() as late:
        keep_out(opened)
        late.settimeout(0.3)
        with pytest.raises(TimeoutError):
            late.connect(opened.getsockname())


async def test_who_is_in_the_queue_is_served_as_before(opened: socket.socket) -> None:
    with opened, socket.create_connection(opened.getsockname()) as client:
        keep_out(opened)
        assert has_waiting(opened)
        accepted, _ = opened.accept()
        with accepted:
            accepted.sendall(b"welcome")
            assert client.recv(7) == b"welcome"
            client.sendall(b"thanks")
            assert accepted.recv(6) == b"thanks"
        assert not has_waiting(opened)


async def test_it_takes_until_the_last_that_waits_is_accepted(
    opened: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emptying, "ROUND_TRIP_S", 0.0)
    with opened, socket.create_connection(opened.getsockname()), socket.create_connection(opened.getsockname()):
        empty = asyncio.create_task(emptied(opened))
        for _ in range(2):
            await asyncio.sleep(0.05)
            assert not empty.done()
            opened.accept()[0].close()
        await asyncio.wait_for(empty, 5)


async def test_nobody_waits_forever_for_one_who_does_not_accept(
    opened: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emptying, "LONGEST_S", 0.05)
    with opened, socket.create_connection(opened.getsockname()):
        await asyncio.wait_for(emptied(opened), 5)


async def test_a_unix_socket_is_emptied_too(tmp_path: object) -> None:
    path = f"{tmp_path}/socket"
    with open_socket(Address.parse(f"unix:{path}")) as opened, socket.socket(socket.AF_UNIX) as client:
        client.connect(path)
        empty = asyncio.create_task(emptied(opened))
        await asyncio.sleep(0.05)
        assert not empty.done()
        opened.accept()[0].close()
        await asyncio.wait_for(empty, 5)
