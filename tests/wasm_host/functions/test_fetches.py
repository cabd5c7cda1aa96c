"""The requests that one call sends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from proxy.errors import FunctionTimeout
from wasm_host.functions.fetches import Fetches
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.services import HttpAnswer
from wasm_host.functions.settings import FunctionLimits
from wasm_host.functions.waits import Waits


async def found() -> HttpAnswer:
    return HttpAnswer(200, [], b"found")


def fetches(http_calls: int = 32, http_at_once: int = 8) -> Fetches:
    return Fetches(Waits(), FunctionLimits(http_calls=http_calls, http_at_once=http_at_once))


async def test_each_has_a_number_and_its_own_answer() -> None:
    some = fetches()
    assert [some.begin(found) for _ in range(3)] == [1, 2, 3]
    assert (await some.take(2)).body == b"found"


@pytest.mark.parametrize("number", [0, 2, 2**32 - 1])
async def test_a_number_of_none_is_refused(number: int) -> None:
    some = fetches()
    some.begin(found)
    with pytest.raises(HostcallFailed, match=f"no request {number} "):
        some.take(number)


async def test_each_is_taken_once() -> None:
    some = fetches()
    await some.take(some.begin(found))
    with pytest.raises(HostcallFailed):
        some.take(1)


async def test_answers_that_nobody_takes_are_as_many_as_may_be_on_their_way() -> None:
    some = fetches(http_at_once=2)
    for _ in range(2):
        some.begin(found)
    await asyncio.sleep(0)
    with pytest.raises(HostcallFailed, match="2 requests at once") as caught:
        some.begin(found)
    assert caught.value.reason == "over_budget"
    await some.take(1)
    assert some.begin(found) == 3


async def test_so_many_are_sent_in_all() -> None:
    some = fetches(http_calls=2)
    for _ in range(2):
        await some.take(some.begin(found))
    with pytest.raises(HostcallFailed, match="2 requests in one call"):
        some.begin(found)


async def test_one_that_is_refused_takes_none_of_those_that_may_be_sent() -> None:
    def refuse() -> Callable[[], None]:
        raise HostcallFailed("not_allowed", "no")

    some = fetches(http_calls=1)
    with pytest.raises(HostcallFailed, match="no"):
        some.begin(refuse)  # type: ignore[arg-type]
    assert some.begin(found) == 1


async def test_none_is_sent_once_the_calls_time_is_over() -> None:
    sent: list[None] = []
    waits = Waits()
    some = Fetches(waits, FunctionLimits())
    waits.end(FunctionTimeout("over"))
    with pytest.raises(FunctionTimeout):
        some.begin(lambda: sent.append(None) or found())
    assert sent == []
