"""A successor's word with its predecessor."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from proxy.bequest import VARIABLE, Bequest
from proxy.control import Channel
from proxy.errors import ControlError, StartError
from proxy.listening import Listening
from proxy.opened import Opened
from proxy.predecessor import Predecessor
from proxy.sockets import open_sockets
from proxy.upstream.address import Address

ANY = "127.0.0.1:0"


@pytest.fixture
async def pair() -> AsyncIterator[tuple[socket.socket, Predecessor, Listening]]:
    """The predecessor's end of the channel, the successor's, and its book, which took one of two sockets."""
    ours, theirs = socket.socketpair()
    opened = Opened("test", ANY, tuple(open_sockets(Address.parse(ANY), 2)))
    Bequest(1, b"", [opened], None).leave(ours)
    predecessor = Predecessor(theirs)
    listening = Listening(predecessor.bequest.opened)
    listening.stage({"test": ANY}, 1).commit()
    yield ours, predecessor, listening
    listening.close()
    for each, same in zip(opened.sockets, predecessor.bequest.opened[0].sockets, strict=True):
        each.detach()  # both sides are one process here, so these are the same descriptors
        same.close()


async def test_it_hears_which_sockets_are_used_and_its_answer_is_waited_for(
    pair: tuple[socket.socket, Predecessor, Listening],
) -> None:
    end, predecessor, listening = pair
    heard: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    answer = asyncio.Event()

    async def ready(taken: Any) -> None:
        heard.set_result(taken)
        await answer.wait()

    channel = await Channel.over(end, {"ready": ready})
    succeeding = asyncio.create_task(predecessor.succeed(listening))
    async with asyncio.timeout(10):
        assert await heard == [[True, False]]
    assert not succeeding.done()
    answer.set()
    await succeeding
    await channel.closed


async def test_one_that_has_died_is_succeeded(
    pair: tuple[socket.socket, Predecessor, Listening], caplog: pytest.LogCaptureFixture
) -> None:
    end, predecessor, listening = pair
    end.close()
    await predecessor.succeed(listening)
    assert "the predecessor is gone already" in caplog.text


async def test_one_that_refuses_is_not(pair: tuple[socket.socket, Predecessor, Listening]) -> None:
    end, predecessor, listening = pair

    async def ready(_: object) -> None:
        raise ControlError("not now")

    channel = await Channel.over(end, {"ready": ready})
    with pytest.raises(StartError, match="the predecessor does not step down: not now"):
        await predecessor.succeed(listening)
    await channel.closed


def test_a_process_that_is_no_successor_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert Predecessor.of_environment() is None
