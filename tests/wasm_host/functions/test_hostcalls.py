"""The gate of host calls: what is counted, timed, logged, and put on record."""

from __future__ import annotations

import asyncio

from kit.clock import FakeClock
from kit.edge import OK, Edge, Failing, Shelf, Strings, asking, guest

from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.services import Services


def texts(edge: Edge, level: str) -> list[str]:
    return [each["text"] for each in edge.told if each["level"] == level]


async def test_a_call_that_waits_is_timed_and_one_that_does_not_is_not() -> None:
    strings = Strings()
    calls = f"(drop (call $cache_get {strings('a')})) (drop (call $request_get_uri)) {OK}"
    edge = Edge(guest(calls, strings), Services(cache=Shelf(later=True)))
    await edge.call()
    ((labels, _),) = edge.registry.wasm_hostcall_duration.samples()
    assert labels == ["hello", "cache_get"]


async def test_imports_that_nobody_calls_make_no_series() -> None:
    strings = Strings()
    edge = Edge(guest(f"{OK} (br_if 0 (i32.const 1)) (drop (call $cache_get {strings('a')}))", strings))
    await edge.call()
    assert edge.registry.wasm_hostcalls.samples() == []


async def test_a_function_that_is_not_called_makes_hardly_any_series() -> None:
    edge = Edge(guest(OK))
    assert set(edge.registry.snapshot()) == {"wasm_log_dropped_total"}


async def test_a_slow_call_is_logged() -> None:
    with FakeClock() as clock:

        class Slow:
            async def get(self, _: bytes) -> None:
                await asyncio.sleep(0)
                clock.advance(1.2)

        strings = Strings()
        edge = Edge(guest(f"(drop (call $cache_get {strings('a')})) {OK}", strings), Services(cache=Slow()))  # type: ignore[arg-type]
        await edge.call()
    assert texts(edge, "warn") == ["cache_get took 1.2 s"]


async def test_what_is_denied_is_on_record_with_its_detail_once_in_a_call() -> None:
    strings = Strings()
    denied = Failing(HostcallFailed("private_address", "10.0.0.1 is private"))
    get = f"(call $http_get {strings('https://internal')})"
    edge = Edge(asking(strings, get, get, get), Services(http=denied))  # type: ignore[arg-type]
    for _ in range(2):
        assert await edge.results() == [-1, -1, -1]
    assert edge.audited == [("hello", "v1", "http_get", "private_address", "10.0.0.1 is private")] * 2
    assert texts(edge, "warn") == ["http_get: private_address: 10.0.0.1 is private"] * 2
    assert edge.counted("http_get", "private_address") == 6


async def test_what_only_failed_is_logged_for_who_looks_closely_and_not_on_record() -> None:
    strings = Strings()
    failing = Failing(HostcallFailed("unavailable", "the store is away"))
    edge = Edge(asking(strings, f"(call $cache_get {strings('a')})"), Services(cache=failing))  # type: ignore[arg-type]
    await edge.call()
    assert (edge.audited, texts(edge, "warn"), edge.counted("cache_get", "unavailable")) == ([], [], 1)
