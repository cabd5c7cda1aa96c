import asyncio
import socket
import time

import pytest
from kit import eventually

from proxy.patience import Patience, patient_timeout


async def test_it_calls_when_time_is_over() -> None:
    called: list[bool] = []
    Patience(0.01, lambda: called.append(True))
    assert await eventually(lambda: called)


async def test_one_that_is_cancelled_does_not_call() -> None:
    called: list[bool] = []
    Patience(0.001, lambda: called.append(True)).cancel()
    await asyncio.sleep(0.05)
    assert not called


async def test_what_takes_too_long_is_ended() -> None:
    with pytest.raises(TimeoutError):
        async with patient_timeout(0.01):
            await asyncio.sleep(60)


async def test_what_is_done_in_time_is_left_alone() -> None:
    async with patient_timeout(0.05):
        await asyncio.sleep(0)
    await asyncio.sleep(0.1)


async def test_an_answer_that_waits_while_the_loop_is_busy_is_not_late() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        reader, writer = await asyncio.open_connection(sock=ours)
        theirs.send(b"answer\n")

        async with patient_timeout(0.01):
            time.sleep(0.05)  # noqa: ASYNC251 - a loop that is busy is what this is about
            assert await reader.readline() == b"answer\n"
        writer.close()
        await writer.wait_closed()


async def test_a_failure_in_the_block_is_passed_on() -> None:
    with pytest.raises(KeyError):
        async with patient_timeout(1.0):
            raise KeyError
