"""The cache, the key-value store and the rate limits, as guests meet them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from kit.edge import OK, WILD, Edge, Failing, Shelf, Strings, asking, guest

from wasm_host.functions.hostcall import HostcallFailed, Reason
from wasm_host.functions.services import Services


def with_cache(wat: str, shelf: Any, **limits: Any) -> Edge:
    return Edge(wat, Services(cache=shelf), **limits)


def with_kv(wat: str, shelf: Any, **limits: Any) -> Edge:
    return Edge(wat, Services(kv=shelf), **limits)


both = pytest.mark.parametrize("later", [False, True], ids=["at once", "after a wait"])


# -- the cache


@both
async def test_a_value_is_found(later: bool) -> None:
    strings = Strings()
    edge = with_cache(guest(f"(drop (call $cache_get {strings('a')})) {OK}", strings), Shelf(a=b"value", later=later))
    assert (await edge.call()).buffer == b"value"
    assert edge.counted("cache_get", "ok") == 1


@both
async def test_a_value_that_is_not_there_is_a_miss_and_leaves_the_buffer_alone(later: bool) -> None:
    strings = Strings()
    calls = f"(drop (call $request_get_uri)) (drop (call $cache_get {strings('b')})) {OK}"
    edge = with_cache(guest(calls, strings), Shelf(later=later))
    assert (await edge.call()).buffer == b"/"
    assert edge.counted("cache_get", "miss") == 1


@both
async def test_an_empty_value_is_no_miss(later: bool) -> None:
    strings = Strings()
    edge = with_cache(asking(strings, f"(call $cache_get {strings('a')})"), Shelf(a=b"", later=later))
    assert await edge.results() == [0]


@both
async def test_a_value_is_stored_for_as_long_as_is_said(later: bool) -> None:
    strings, shelf = Strings(), Shelf(later=later)
    call = f"(call $cache_set {strings('a')} {strings('value')} (i32.const 60))"
    assert await with_cache(asking(strings, call), shelf).results() == [0]
    assert (shelf.values, shelf.ttls) == ({b"a": b"value"}, {b"a": 60})


async def test_to_store_for_no_time_is_refused() -> None:
    strings, shelf = Strings(), Shelf()
    calls = [
        f"(call $cache_set {strings('a')} {strings('value')} (i32.const 0))",
        f"(call $cache_increment {strings('a')} (i64.const 1) (i32.const 0))",
    ]
    assert await with_cache(asking(strings, *calls), shelf).results() == [-1, -3]
    assert shelf.values == {}


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("(i32.const 0) (i32.const 4)", id="null"),
        pytest.param("(i32.const 16) (i32.const 0)", id="empty"),
        pytest.param("(i32.const 16) (i32.const 257)", id="too long"),
        pytest.param(f"(i32.const {WILD}) (i32.const 4)", id="wild"),
        pytest.param("(i32.const -1) (i32.const -1)", id="wilder"),
    ],
)
async def test_what_is_no_key_is_refused(key: str) -> None:
    shelf = Shelf()
    calls = [f"(call $cache_get {key})", f"(call $cache_set {key} (i32.const 16) (i32.const 1) (i32.const 60))"]
    assert await with_cache(asking(Strings(), *calls), shelf).results() == [-1, -1]
    assert shelf.values == {}


async def test_a_key_of_256_bytes_and_a_value_of_all_that_is_allowed_are_taken() -> None:
    shelf = Shelf()
    call = "(call $cache_set (i32.const 16) (i32.const 256) (i32.const 16) (i32.const 1048576) (i32.const 1))"
    assert await with_cache(asking(Strings(), call), shelf).results() == [0]
    assert [(len(key), len(value)) for key, value in shelf.values.items()] == [(256, 1048576)]


async def test_a_value_over_the_limit_is_refused() -> None:
    strings = Strings()
    call = f"(call $cache_set {strings('a')} (i32.const 16) (i32.const 1048577) (i32.const 1))"
    edge = with_cache(asking(strings, call), Shelf())
    assert await edge.results() == [-1]
    assert edge.counted("cache_set", "too_large") == 1


async def test_the_limits_of_keys_and_values_can_be_other_ones() -> None:
    strings = Strings()
    calls = [
        f"(call $cache_get {strings('abcde')})",
        f"(call $cache_set {strings('abcd')} {strings('12345')} (i32.const 1))",
        f"(call $cache_set {strings('abcd')} {strings('1234')} (i32.const 1))",
    ]
    edge = with_cache(asking(strings, *calls), Shelf(), key_bytes=4, value_bytes=4)
    assert await edge.results() == [-1, -1, 0]


@both
async def test_a_cached_value_can_be_dropped(later: bool) -> None:
    strings = Strings()
    call = f"(call $cache_delete {strings('a')})"
    assert await with_cache(asking(strings, call, call), Shelf(a=b"1", later=later)).results() == [1, 0]


@both
async def test_a_cached_number_is_counted_up_and_down(later: bool) -> None:
    strings, shelf = Strings(), Shelf(a=b"40", later=later)
    call = f"(drop (call $cache_increment {strings('a')} (i64.const -42) (i32.const 9)))"
    edge = with_cache(guest(f"{call} {OK}", strings), shelf)
    assert int.from_bytes((await edge.call()).buffer, "little", signed=True) == -2
    assert shelf.ttls == {b"a": 9}


@both
@pytest.mark.parametrize("reason", ["not_allowed", "timeout", "unavailable", "failed", "too_large"])
async def test_every_failure_of_the_cache_is_a_miss_to_the_guest_and_counted_as_what_it_is(
    reason: Reason, later: bool
) -> None:
    strings = Strings()
    failing = Failing(HostcallFailed(reason, "no"), later=later)
    calls = [
        f"(call $cache_get {strings('a')})",
        f"(call $cache_set {strings('a')} {strings('v')} (i32.const 1))",
    ]
    edge = with_cache(asking(strings, *calls), failing)
    assert await edge.results() == [-1, -1]
    assert (edge.counted("cache_get", reason), edge.counted("cache_set", reason)) == (1, 1)


# -- the key-value store


@both
async def test_values_are_kept_and_found(later: bool) -> None:
    strings, shelf = Strings(), Shelf(later=later)
    calls = [
        f"(call $kv_get {strings('a')})",
        f"(call $kv_set {strings('a')} {strings('value')} (i32.const 0))",
        f"(call $kv_get {strings('a')})",
        f"(call $kv_delete {strings('a')})",
        f"(call $kv_delete {strings('a')})",
    ]
    assert await with_kv(asking(strings, *calls), shelf).results() == [-1, 0, 5, 1, 0]


@both
async def test_a_kept_number_is_counted(later: bool) -> None:
    strings = Strings()
    call = f"(drop (call $kv_increment {strings('a')} (i64.const 0x7fffffff0)))"
    edge = with_kv(guest(f"{call} {OK}", strings), Shelf(later=later))
    assert int.from_bytes((await edge.call()).buffer, "little", signed=True) == 0x7FFFFFFF0


@both
async def test_a_value_is_replaced_only_where_it_is_what_was_expected(later: bool) -> None:
    strings, shelf = Strings(), Shelf(later=later)

    def swap(expected: str, new: str) -> str:
        return f"(call $kv_compare_and_set {strings('a')} {expected} {strings(new)} (i32.const 0))"

    absent = "(i32.const 0) (i32.const 0xffffffff)"
    calls = [swap(absent, "1"), swap(absent, "2"), swap(strings("2"), "3"), swap(strings("1"), "4")]
    assert await with_kv(asking(strings, *calls), shelf).results() == [1, 0, 0, 1]
    assert shelf.values == {b"a": b"4"}


@both
async def test_keys_are_listed_by_prefix(later: bool) -> None:
    strings = Strings()
    shelf = Shelf(later=later)
    shelf.values = {b"a/1": b"", b"a/\xff": b"", b"a/2": b"", b"b": b""}
    edge = with_kv(guest(f"(drop (call $kv_keys {strings('a/')} (i32.const 10))) {OK}", strings), shelf)
    assert json.loads((await edge.call()).buffer) == ["a/1", "a/2", "a/\N{REPLACEMENT CHARACTER}"]


async def test_all_keys_are_listed_where_there_is_no_prefix_and_no_more_than_are_wanted() -> None:
    calls = f"(drop (call $kv_keys (i32.const 0) (i32.const 0) (i32.const 1))) {OK}"
    assert json.loads((await with_kv(guest(calls), Shelf(a=b"", b=b"")).call()).buffer) == ["a"]


@both
@pytest.mark.parametrize(
    ("reason", "number"),
    [
        ("not_allowed", -2),
        ("private_address", -2),
        ("invalid", -3),
        ("too_large", -4),
        ("over_budget", -5),
        ("timeout", -6),
        ("unavailable", -7),
        ("failed", -8),
    ],
)
async def test_our_own_calls_tell_guests_why_they_failed(reason: Reason, number: int, later: bool) -> None:
    strings = Strings()
    failing = Failing(HostcallFailed(reason, "no"), later=later)
    calls = [
        f"(call $kv_get {strings('a')})",
        f"(call $kv_set {strings('a')} {strings('v')} (i32.const 1))",
        f"(call $kv_increment {strings('a')} (i64.const 1))",
        f"(call $kv_keys {strings('a')} (i32.const 1))",
    ]
    assert await with_kv(asking(strings, *calls), failing).results() == [number] * 4


async def test_what_is_allowed_but_has_no_store_is_unavailable() -> None:
    strings = Strings()
    calls = [f"(call $kv_get {strings('a')})", f"(call $cache_get {strings('a')})"]
    assert await Edge(asking(strings, *calls)).results() == [-7, -1]


# -- rate limits


class Limits:
    def __init__(self) -> None:
        self.taken: list[tuple[bytes, int, int]] = []

    def take(self, key: bytes, most: int, window_s: int) -> bool:
        self.taken.append((key, most, window_s))
        return len(self.taken) <= most


async def test_a_rate_limit_tells_if_there_is_room() -> None:
    strings, limits = Strings(), Limits()
    call = f"(call $rate_limit {strings('me')} (i32.const 2) (i32.const 60))"
    edge = Edge(asking(strings, call, call, call), Services(rate_limits=limits))
    assert await edge.results() == [1, 1, 0]
    assert limits.taken == [(b"me", 2, 60)] * 3


async def test_a_rate_limit_needs_a_window_and_a_key() -> None:
    strings, limits = Strings(), Limits()
    calls = [
        f"(call $rate_limit {strings('me')} (i32.const 2) (i32.const 0))",
        "(call $rate_limit (i32.const 0) (i32.const 2) (i32.const 2) (i32.const 60))",
    ]
    assert await Edge(asking(strings, *calls), Services(rate_limits=limits)).results() == [-3, -3]
