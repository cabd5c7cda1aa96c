"""A purge in every worker: who is asked when, and what becomes known of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import pytest

from proxy.errors import ControlError
from proxy.purging import purge_everywhere
from proxy.worker_process import WorkerProcess

ORDER = {"cache": None, "kind": "tag", "value": "news", "hard": False}


class Worker:
    """Answers, or does not; `asked` is in which order all of them were, and who was to publish."""

    def __init__(self, number: int, answers: bool, asked: list[tuple[int, bool]]) -> None:
        self.number, self._answers, self._asked = number, answers, asked

    async def ask(self, kind: str, order: Mapping[str, Any]) -> dict[str, Any]:
        assert kind == "purge"
        assert {name: order[name] for name in ORDER} == ORDER
        self._asked.append((self.number, order["publish"]))
        await asyncio.sleep(0)
        if not self._answers:
            raise ControlError("no answer")
        return {"default": {"purged": "shared" if order["publish"] else "local"}}


async def purged(*answer: bool) -> tuple[list[dict[str, Any]], list[tuple[int, bool]]]:
    asked: list[tuple[int, bool]] = []
    workers = [cast(WorkerProcess, Worker(number, each, asked)) for number, each in enumerate(answer)]
    return await purge_everywhere(workers, ORDER), asked


async def test_the_first_worker_publishes_and_the_others_only_purge() -> None:
    outcomes, asked = await purged(True, True, True)
    assert asked == [(0, True), (1, False), (2, False)]
    assert outcomes == [
        {"worker": 0, "caches": {"default": {"purged": "shared"}}},
        {"worker": 1, "caches": {"default": {"purged": "local"}}},
        {"worker": 2, "caches": {"default": {"purged": "local"}}},
    ]


async def test_where_the_first_says_nothing_the_next_publishes() -> None:
    outcomes, asked = await purged(False, True, True)
    assert asked == [(0, True), (1, True), (2, False)]
    assert outcomes[0] == {"worker": 0, "reason": "no answer"}


async def test_a_later_worker_that_says_nothing_keeps_no_other_from_purging() -> None:
    outcomes, _ = await purged(True, False, True)
    assert [list(each) for each in outcomes] == [["worker", "caches"], ["worker", "reason"], ["worker", "caches"]]


@pytest.mark.parametrize("answer", [(), (False, False)])
async def test_nobody_answering_is_an_outcome_too(answer: tuple[bool, ...]) -> None:
    outcomes, _ = await purged(*answer)
    assert outcomes == [{"worker": number, "reason": "no answer"} for number in range(len(answer))]
