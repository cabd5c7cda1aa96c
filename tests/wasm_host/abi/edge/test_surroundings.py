"""The buffer, the log, configuration and secrets, metrics, chance and time."""

from __future__ import annotations

import logging

import pytest
from kit.edge import OK, ROOM, WILD, Edge, Strings, asking, guest
from kit.exchanges import make_exchange

from proxy.runtime import wall_clock
from wasm_host.functions.services import Services
from wasm_host.functions.settings import FunctionSettings


def copied(at: int, offset: int, size: int) -> str:
    return f"(call $get_shared_buffer (i32.const {at}) (i32.const {offset}) (i32.const {size}))"


# -- the buffer


async def test_exactly_a_range_of_the_buffer_is_copied() -> None:
    code = f"""(drop (call $request_get_uri)) (drop {copied(ROOM, 2, 3)})
        (drop (call $response_set_body (i32.const {ROOM}) (i32.const 4))) {OK}"""
    assert (await Edge(guest(code)).call(make_exchange(target="/012345"))).body == b"123\0"


@pytest.mark.parametrize(
    ("offset", "size", "result"),
    [(0, 7, 7), (0, 0, 0), (7, 0, 0), (0, 8, -1), (7, 1, -1), (8, 0, -1), (2**32 - 1, 2, -1), (0, 2**32 - 1, -1)],
)
async def test_what_lies_outside_the_buffer_is_not_copied(offset: int, size: int, result: int) -> None:
    edge = Edge(asking(Strings(), "(call $request_get_uri)", copied(ROOM, offset, size)))
    assert await edge.results(make_exchange(target="/012345")) == [7, result]


async def test_the_buffer_is_empty_at_first() -> None:
    assert await Edge(asking(Strings(), copied(ROOM, 0, 0), copied(ROOM, 0, 1))).results() == [0, -1]


@pytest.mark.parametrize("at", [WILD, 2**32 - 1, 20 * 65536 - 6])
async def test_a_wild_destination_is_refused(at: int) -> None:
    edge = Edge(asking(Strings(), "(call $request_get_uri)", copied(at, 0, 7)))
    assert await edge.results(make_exchange(target="/012345")) == [7, -1]
    assert edge.counted("get_shared_buffer", "invalid") == 1


async def test_more_than_ten_mebibytes_are_not_copied_at_once() -> None:
    edge = Edge(asking(Strings(), copied(ROOM, 0, 10 * 1024 * 1024 + 1)))
    assert await edge.results() == [-1]
    assert edge.counted("get_shared_buffer", "too_large") == 1


# -- the log


async def test_a_line_is_told_with_who_said_it(caplog: pytest.LogCaptureFixture) -> None:
    strings = Strings()
    edge = Edge(guest(f"(call $log {strings('hello')}) {OK}", strings))
    with caplog.at_level(logging.INFO, "penstock.wasm"):
        await edge.call()
    assert [each.getMessage() for each in caplog.records] == ["hello: hello"]
    (line,) = edge.told
    assert abs(line.pop("at") - wall_clock()) < 60
    assert line == {"function": "hello", "version": "v1", "level": "info", "text": "hello"}


@pytest.mark.parametrize(
    ("level", "word"), [(2, "info"), (3, "warn"), (4, "error"), (5, "error"), (2**32 - 1, "error")]
)
async def test_a_line_has_a_level(level: int, word: str) -> None:
    strings = Strings()
    edge = Edge(guest(f"(call $log_at (i32.const {level}) {strings('x')}) {OK}", strings))
    await edge.call()
    assert [each["level"] for each in edge.told] == [word]


async def test_lines_below_the_level_are_not_written_and_not_counted() -> None:
    strings = Strings()
    debug = f"(call $log_at (i32.const 1) {strings('x')})"
    edge = Edge(guest(f"{debug * 5} (call $log {strings('y')}) {OK}", strings), log_lines=1)
    await edge.call()
    assert [each["text"] for each in edge.told] == ["y"]


async def test_a_call_logs_so_many_lines_and_no_more() -> None:
    strings = Strings()
    line = f"(call $log {strings('x')})"
    edge = Edge(guest(f"{line * 10} {OK}", strings), log_lines=3)
    await edge.call()
    assert [each["text"] for each in edge.told if each["level"] == "info"] == ["x"] * 3
    assert edge.counted("log", "over_budget") == 7
    assert [what[2:4] for what in edge.audited] == [("log", "over_budget")]


async def test_what_a_guest_writes_is_one_visible_line() -> None:
    strings = Strings()
    line = strings(b"a\n2026 ERROR forged\x1b[2J\xff")
    edge = Edge(guest(f"(call $log {line}) {OK}", strings))
    await edge.call()
    assert [each["text"] for each in edge.told] == ["a\\x0a2026 ERROR forged\\x1b[2J\\xff"]


@pytest.mark.parametrize(
    ("operands", "reason"),
    [
        pytest.param("(i32.const 0) (i32.const 4)", "invalid", id="null"),
        pytest.param("(i32.const 16) (i32.const 65537)", "too_large", id="too long"),
        pytest.param(f"(i32.const {WILD}) (i32.const 4)", "invalid", id="wild"),
        pytest.param("(i32.const 1310700) (i32.const 60000)", "invalid", id="over the end"),
    ],
)
async def test_what_is_no_line_is_counted_and_dropped(operands: str, reason: str) -> None:
    edge = Edge(guest(f"(call $log {operands}) (call $log_at (i32.const 2) {operands}) {OK}"))
    await edge.call()
    assert [each for each in edge.told if each["level"] == "info"] == []
    assert edge.counted("log", reason) == 2


# -- configuration and secrets


async def test_the_configuration_is_given_as_it_stands() -> None:
    settings = FunctionSettings("hello", "v1", configuration=b'{"greeting":"Hello"}')
    edge = Edge(guest(f"(drop (call $config_get)) {OK}"), settings=settings)
    assert (await edge.call()).buffer == b'{"greeting":"Hello"}'


async def test_a_secret_is_given_to_who_may_have_it() -> None:
    strings = Strings()
    settings = FunctionSettings("hello", "v1", secrets={"KEY": "s3cret", "OTHER": "not yours"})
    calls = [f"(call $secret_get {strings(name)})" for name in ("KEY", "OTHER", "")]
    edge = Edge(asking(strings, *calls), settings=settings)
    assert await edge.results() == [6, -2, -3]
    assert [what[2:4] for what in edge.audited] == [("secret_get", "not_allowed")]


async def test_a_secret_that_was_read_last_is_not_what_a_guest_answers_that_sets_nothing() -> None:
    strings = Strings()
    settings = FunctionSettings("hello", "v1", secrets={"KEY": "s3cret"})
    edge = Edge(guest(f"(drop (call $secret_get {strings('KEY')})) {OK}", strings), settings=settings)
    assert (await edge.call()).response().body == b""


async def test_a_secret_that_is_allowed_and_not_set_is_a_miss() -> None:
    strings = Strings()
    assert await Edge(asking(strings, f"(call $secret_get {strings('KEY')})")).results() == [-1]


# -- metrics, chance, time


async def test_metrics_are_added_to() -> None:
    added: list[tuple[str, int]] = []

    class Metrics:
        def add(self, name: str, by: int) -> None:
            added.append((name, by))

    strings = Strings()
    calls = [
        f"(call $metric_add {strings('orders')} (i64.const 2))",
        f"(call $metric_add {strings('orders')} (i64.const -3))",
        f"(call $metric_add {strings(bytes([255]))} (i64.const 1))",
        "(call $metric_add (i32.const 0) (i32.const 1) (i64.const 1))",
    ]
    assert await Edge(asking(strings, *calls), Services(metrics=Metrics())).results() == [0, 0, -3, -3]
    assert added == [("orders", 2), ("orders", -3)]


async def test_chance_fills_what_it_is_given() -> None:
    code = f"""(drop (call $random (i32.const {ROOM}) (i32.const 32)))
        (drop (call $response_set_body (i32.const {ROOM}) (i32.const 48))) {OK}"""
    edge = Edge(guest(code))
    first, second = (await edge.call()).body, (await edge.call()).body
    assert first is not None
    assert second is not None
    assert first != second
    assert len(set(first[:32])) > 10
    assert first[32:] == bytes(16)


@pytest.mark.parametrize(("at", "size", "result"), [(ROOM, 65536, 0), (ROOM, 65537, -4), (WILD, 1, -3), (0, 0, 0)])
async def test_chance_is_bounded(at: int, size: int, result: int) -> None:
    call = f"(call $random (i32.const {at}) (i32.const {size}))"
    assert await Edge(asking(Strings(), call)).results() == [result]


async def test_clocks_tell_the_time() -> None:
    code = f"""(i64.store (i32.const {ROOM}) (call $clock_ms))
        (i64.store offset=8 (i32.const {ROOM}) (call $monotonic_us))
        (i64.store offset=16 (i32.const {ROOM}) (call $monotonic_us))
        (drop (call $response_set_body (i32.const {ROOM}) (i32.const 24))) {OK}"""
    body = (await Edge(guest(code)).call()).body or b""
    now_ms, before_us, after_us = (int.from_bytes(body[at : at + 8], "little") for at in (0, 8, 16))
    assert abs(now_ms - wall_clock() * 1000) < 60_000
    assert before_us <= after_us


async def test_a_clock_that_is_asked_too_often_says_so() -> None:
    code = "(drop (call $clock_ms)) (i64.ne (call $clock_ms) (i64.const -5))"
    await Edge(guest(code), hostcalls=1).call()
