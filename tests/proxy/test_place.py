"""One place, where nobody ever starts."""

from __future__ import annotations

import asyncio

import pytest
from kit.supervised import PATIENCE_S

from proxy.errors import StartError
from proxy.metrics import Registry
from proxy.place import Place
from proxy.worker_process import WorkerProcess


class Hiring:
    """Fails each time, and counts."""

    def __init__(self) -> None:
        self.tries = 0
        self.tried = asyncio.Event()

    async def __call__(self, place: Place) -> WorkerProcess:
        self.tries += 1
        if self.tries > 3:
            self.tried.set()
        raise OSError(f"no memory for {place.number}")


async def test_a_first_place_that_is_never_filled_gives_up_and_says_why() -> None:
    hiring = Hiring()
    with pytest.raises(StartError, match="before they are ready: cannot start a worker: no memory for 7"):
        await Place(7, hiring, Registry().worker_restarts.child(), proven=False).keep()
    assert hiring.tries == 3


async def test_a_place_whose_last_worker_never_got_ready_promises_none() -> None:
    hiring = Hiring()
    place = Place(7, hiring, Registry().worker_restarts.child(), proven=True)
    assert place.promising
    keeping = asyncio.create_task(place.keep())
    await asyncio.wait_for(hiring.tried.wait(), PATIENCE_S)
    assert not place.promising
    place.close()
    await asyncio.wait_for(keeping, PATIENCE_S)


async def test_a_place_beside_others_that_were_filled_tries_on_until_it_is_closed() -> None:
    hiring, restarts = Hiring(), Registry().worker_restarts.child()
    place = Place(7, hiring, restarts, proven=True)
    keeping = asyncio.create_task(place.keep())
    await asyncio.wait_for(hiring.tried.wait(), PATIENCE_S)
    place.close()
    await asyncio.wait_for(keeping, PATIENCE_S)
    assert restarts.value == hiring.tries - 1
