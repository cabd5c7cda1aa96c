"""The functions of a graph: when a worker starts them, lets them take over, and closes them."""

from __future__ import annotations

from typing import Any

import pytest
from kit import eventually

from proxy.errors import StartError
from proxy.functions import Functions, TellLine
from proxy.listener import Graph
from proxy.metrics import Registry
from proxy.serving import Serving


class Noted(Functions):
    """Notes in `notes` what becomes of it; with `why` it does not start."""

    def __init__(self, name: str, notes: list[str], why: str = "") -> None:
        self.name, self.notes, self._why = name, notes, why

    async def start(self) -> None:
        self.notes.append(f"{self.name} starts")
        if self._why:
            raise StartError(self._why)

    def take_over(self, tell: TellLine) -> None:
        self.notes.append(f"{self.name} takes over")
        tell({"function": self.name})

    def describe(self) -> dict[str, dict[str, Any]]:
        return {}

    async def invoke(self, name: str, request: dict[str, Any]) -> dict[str, Any]:
        raise AssertionError("nobody calls it")

    def reopen_logs(self) -> None:
        self.notes.append(f"{self.name} reopens its logs")

    async def close(self) -> None:
        self.notes.append(f"{self.name} ends")


async def test_they_start_apart_take_over_at_the_swap_and_end_with_their_graph() -> None:
    notes: list[str] = []
    told: list[dict[str, Any]] = []
    serving = Serving(Registry(), lambda _: None, told.append)
    for generation, name in enumerate(("a", "b"), 1):
        await serving.prepare(generation, Graph([], functions=Noted(name, notes)), {})
        await serving.commit(generation)
    assert await eventually(lambda: "a ends" in notes)
    assert notes == ["a starts", "a takes over", "b starts", "b takes over", "a ends"]
    assert told == [{"function": "a"}, {"function": "b"}]
    await serving.end()
    assert notes[-1] == "b ends"


async def test_those_of_a_graph_that_is_discarded_end_and_the_running_ones_go_on() -> None:
    notes: list[str] = []
    serving = Serving(Registry(), lambda _: None)
    await serving.prepare(1, Graph([], functions=Noted("a", notes)), {})
    await serving.commit(1)
    await serving.prepare(2, Graph([], functions=Noted("b", notes)), {})
    await serving.discard(2)
    assert notes[2:] == ["b starts", "b ends"]
    await serving.end()


async def test_those_that_do_not_start_refuse_their_graph() -> None:
    notes: list[str] = []
    serving = Serving(Registry(), lambda _: None)
    with pytest.raises(StartError, match="no such store"):
        await serving.prepare(1, Graph([], functions=Noted("a", notes, "no such store")), {})
    assert notes == ["a starts", "a ends"]
    await serving.end()


async def test_those_of_two_graphs_end_once() -> None:
    notes: list[str] = []
    serving, both = Serving(Registry(), lambda _: None), Noted("a", notes)
    for generation in (1, 2):
        await serving.prepare(generation, Graph([], functions=both), {})
        await serving.commit(generation)
    await serving.end()
    assert notes.count("a ends") == 1


async def test_their_logs_are_opened_anew_with_the_others() -> None:
    notes: list[str] = []
    serving = Serving(Registry(), lambda _: None)
    await serving.prepare(1, Graph([], functions=Noted("a", notes)), {})
    await serving.commit(1)
    serving.reopen_logs()
    assert notes[-1] == "a reopens its logs"
    await serving.end()
