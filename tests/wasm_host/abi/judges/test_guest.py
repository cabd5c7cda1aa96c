"""A guest that answers one question."""

from __future__ import annotations

import pytest
from kit.judges import bot_filter, detecting, knowing

from proxy.errors import GuestTimeout, GuestUnavailable
from wasm_host.abi.bot_detector.policy import Policy
from wasm_host.abi.judges.guest import JudgeGuest

POLICY = Policy({"human": "allow", "known_bot": "block", "suspicious": "log"})


def guest(wat: str, **limits: float) -> JudgeGuest:
    return bot_filter(wat, POLICY, **limits).guests.take()


async def test_it_answers() -> None:
    made = guest(knowing("Crawler", 7))
    assert await made.judge(b"a Crawler") == 7
    made.close()


async def test_allocator_and_answer_share_the_time_of_one_call() -> None:
    made = guest(knowing("Crawler"), call_time_s=1.0)
    await made.judge(b"a Crawler")
    left_s = made._fiber.call_time_s
    made.close()
    assert left_s < 1.0


async def test_one_that_takes_longer_is_ended() -> None:
    made = guest(detecting("(loop $for_ever (br $for_ever)) (i32.const 0)"), call_time_s=0.02)
    with pytest.raises(GuestTimeout):
        await made.judge(b"")
    made.close()


async def test_one_that_is_gone_answers_nothing() -> None:
    made = guest(knowing("Crawler"))
    made.close()
    with pytest.raises(GuestUnavailable):
        await made.judge(b"")
