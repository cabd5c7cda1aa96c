"""Listening sockets on their way to a worker that runs."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator

import pytest

from proxy import handover
from proxy.errors import ControlError
from proxy.handover import Handing, Receiving, handover_pair


@pytest.fixture
async def ends() -> AsyncIterator[tuple[Handing, Receiving]]:
    ours, theirs = handover_pair()
    handing, receiving = Handing(ours), Receiving(theirs)
    yield handing, receiving
    handing.close()
    receiving.close()


def listening() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


async def test_sockets_arrive_by_name_and_are_the_same(ends: tuple[Handing, Receiving]) -> None:
    handing, receiving = ends
    with listening() as first, listening() as second:
        await handing.send({"first": first, "größer": second})
        taken = await receiving.take(["größer", "first"])
        with taken["first"] as copy, taken["größer"] as other:
            assert (copy.getsockname(), other.getsockname()) == (first.getsockname(), second.getsockname())
            assert not os.get_inheritable(copy.fileno())


async def test_what_was_asked_for_may_come_later(ends: tuple[Handing, Receiving]) -> None:
    handing, receiving = ends
    taking = asyncio.create_task(receiving.take(["late"]))
    await asyncio.sleep(0.01)
    with listening() as late:
        await handing.send({"late": late})
        (await taking)["late"].close()


async def test_what_never_comes_is_told(ends: tuple[Handing, Receiving], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handover, "HANDOVER_TIMEOUT_S", 0.01)
    with pytest.raises(ControlError, match="no socket came for a, b"):
        await ends[1].take(["b", "a"])


async def test_more_sockets_than_the_buffer_holds_arrive(ends: tuple[Handing, Receiving]) -> None:
    handing, receiving = ends
    names = [f"{number}-{'n' * 2000}" for number in range(400)]
    with listening() as one:
        await handing.send(dict.fromkeys(names, one))
        taken = await receiving.take(names)
    assert len(taken) == 400
    for each in taken.values():
        each.close()


async def test_what_nobody_takes_is_closed_with_the_next(ends: tuple[Handing, Receiving]) -> None:
    handing, receiving = ends
    with listening() as one:
        place = one.getsockname()
        await handing.send({"unwanted": one, "wanted": one})
        taken = await receiving.take(["wanted"])
        assert list(taken) == ["wanted"]
        taken["wanted"].close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(place)


async def test_a_worker_that_is_gone_takes_nothing(ends: tuple[Handing, Receiving]) -> None:
    handing, receiving = ends
    receiving.close()
    with listening() as one, pytest.raises(ControlError, match="the worker takes no sockets"):
        await handing.send({"one": one})


async def test_a_supervisor_that_is_gone_is_heard_once() -> None:
    ours, theirs = handover_pair()
    handing, receiving = Handing(ours), Receiving(theirs)
    handing.close()
    await asyncio.sleep(0.01)
    assert not asyncio.get_running_loop().remove_reader(theirs)
    receiving.close()
