"""What the WASM filters of several graphs have in common, and when it goes."""

from __future__ import annotations

import pathlib
from collections.abc import AsyncIterator

import pytest
from kit.guests import marking

from config.parts import Parts
from config.wasm_filters import Source, WasmFilters
from config.wasm_house import House
from config.wasm_workshop import Workshop
from proxy.filter import Filter
from proxy.metrics import Registry
from proxy.upstream.upstream import Upstream
from wasm_host.program import GuestSettings


class Worker:
    """Makes graphs' WASM filters, each after the one before."""

    def __init__(self, directory: pathlib.Path) -> None:
        self._directory, self.registry = directory, Registry()
        self.graphs: list[WasmFilters] = []
        (directory / "own.wasm").write_bytes(marking("one"))

    def graph(self, **upstreams: Upstream) -> WasmFilters:
        former = self.graphs[-1] if self.graphs else None
        self.graphs.append(WasmFilters(Parts(self._directory, self.registry, upstreams, former=former)))
        return self.graphs[-1]

    def info(self) -> list[float]:
        return [value for _, value in self.registry.wasm_module_info.samples() if isinstance(value, int)]


@pytest.fixture
async def worker(tmp_path: pathlib.Path) -> AsyncIterator[Worker]:
    worker = Worker(tmp_path)
    yield worker
    for graph in worker.graphs:
        await graph.close()


def source(name: str = "guest", root_id: str = "") -> Source:
    return Source("own.wasm", None, GuestSettings(name, root_id=root_id))


async def test_a_filter_lives_as_long_as_any_graph_has_it(worker: Worker) -> None:
    first = worker.graph()
    filter = first.make(source())
    first.start()
    second = worker.graph()
    assert second.make(source(), [filter]) is filter
    second.start()
    await first.close()
    assert filter.guests.alive == 1
    await second.close()
    assert filter.guests.alive == 0


async def test_of_several_former_filters_the_one_is_kept_that_would_be_the_same(worker: Worker) -> None:
    first = worker.graph()
    former: list[Filter] = [first.make(source(root_id=each)) for each in "abc"]
    second = worker.graph()
    assert second.make(source(root_id="b"), former) is former[1]
    assert second.make(source(root_id="d"), former) not in former


async def test_a_graph_that_is_not_built_after_all_leaves_nothing(worker: Worker) -> None:
    first = worker.graph()
    filter = first.make(source())
    second = worker.graph()
    second.make(source(), [filter])
    second.make(source("other"))
    assert sum(worker.info()) == 2
    second.abandon()
    assert sum(worker.info()) == 1
    first.start()
    assert filter.guests.alive == 1


async def test_a_module_is_shown_while_any_filter_of_its_name_runs_it(worker: Worker) -> None:
    first = worker.graph()
    first.make(source())
    second = worker.graph()
    second.make(source(root_id="another"))
    await first.close()
    assert worker.info() == [1]
    await second.close()
    assert worker.info() == [0]


async def test_closing_twice_is_closing_once(worker: Worker) -> None:
    first = worker.graph()
    filter = first.make(source())
    second = worker.graph()
    second.make(source(), [filter])
    second.start()
    for _ in range(2):
        await first.close()
    assert filter.guests.alive == 1


async def test_a_swap_in_a_graph_that_is_gone_is_refused(worker: Worker) -> None:
    first = worker.graph()
    first.make(source())
    await first.close()
    assert (await first.reload("guest"))["outcome"] == "refused"


async def test_guests_that_are_new_know_the_upstreams_of_their_own_graph(worker: Worker) -> None:
    old, new = (Upstream("api", [], registry=worker.registry) for _ in range(2))
    first, second = worker.graph(api=old), worker.graph(api=new)
    programs = [graph.make(source(root_id=root)).program for graph, root in ((first, "a"), (second, "b"))]
    known = [program.services.upstreams["api"] for program in programs]  # type: ignore[attr-defined]
    assert known == [old, new]


def test_a_log_is_one_for_all_who_name_it_and_goes_with_the_last(tmp_path: pathlib.Path) -> None:
    registry = Registry()
    house = House(Workshop(tmp_path, registry, {}), registry)
    path = str(tmp_path / "audit.log")
    log = house.hold_log(path)
    assert house.hold_log(path) is log
    log.open()
    house.let_go_of_log(path)
    assert log.open() is log.open()
    house.let_go_of_log(path)
    assert house.hold_log(path) is not log
