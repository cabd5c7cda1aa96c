"""The ABI's compatibility kit, its 35 cases told anew: a client, the proxy with a guest, and an origin."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from kit import FakeOrigin, Message, Proxy, in_front_of
from kit.exchanges import make_exchange, make_response, run
from kit.http_wasm import (
    GOES_ON,
    REQUEST,
    RESPONSE,
    ROOM,
    Strings,
    echoed,
    enabling,
    guest,
    http_wasm_filter,
    listed,
    room,
    shown,
)

EVERY_FEATURE = enabling(1, 2, 4)
HANDLED = "x-handled"

Exchanged = Callable[[bytes], Awaitable[tuple[Message, Message]]]


def kit_guest(strings: Strings, on_request: str) -> str:
    """Mark the response before `next`: the mark has to survive the origin's answer."""
    mark = f"(call $set_header_value {RESPONSE} {strings(HANDLED)} {strings('1')})"
    return guest(strings, f"{mark} {on_request} {GOES_ON}", start=EVERY_FEATURE)


@asynccontextmanager
async def exchanging(strings: Strings, on_request: str) -> AsyncIterator[Exchanged]:
    """Give a function that sends a request and returns what the origin got, and what came back."""
    filter = http_wasm_filter(kit_guest(strings, on_request))
    async with FakeOrigin() as origin, Proxy(in_front_of(origin), filters=[filter]) as proxy:
        client = await proxy.connect()

        async def exchange(request: bytes) -> tuple[Message, Message]:
            await client.send(request)
            upstream = await origin.accept()
            got = await upstream.expect_request()
            await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            answer = await client.expect_response(200, to=request.split()[0].decode())
            assert values(answer, HANDLED) == ["1"]
            return got, answer

        yield exchange
        filter.close()


def values(message: Message, name: str) -> list[str]:
    return [value for known, value in message.fields if known.lower() == name]


def asking(method: str = "GET", target: str = "/", fields: str = "", body: bytes = b"") -> bytes:
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    return f"{method} {target} HTTP/1.1\r\nHost: example.test\r\n{fields}{length}\r\n".encode() + body


async def test_get_protocol_version_written_as_the_body_survives_an_empty_answer() -> None:
    strings = Strings()
    write = f"(call $write_body {RESPONSE} (i32.const {ROOM}) (call $get_protocol_version {room()}))"
    async with exchanging(strings, write) as exchange:
        _, answer = await exchange(asking())
    assert answer.body == b"HTTP/1.1"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
async def test_get_method_tells_the_clients(method: str) -> None:
    strings = Strings()
    async with exchanging(strings, shown(strings, "x-seen", f"(call $get_method {room()})")) as exchange:
        got, answer = await exchange(asking(method))
    assert values(answer, "x-seen") == [method]
    assert got.method == method


async def test_trace_is_refused_before_a_guest_could_see_it() -> None:
    """The kit has a guest see it; here every listener answers 405, for the method shows proxies' own fields."""
    strings = Strings()
    filter = http_wasm_filter(kit_guest(strings, shown(strings, "x-seen", f"(call $get_method {room()})")))
    async with FakeOrigin() as origin, Proxy(in_front_of(origin), filters=[filter]) as proxy:
        client = await proxy.connect()
        await client.send(asking("TRACE"))
        await client.expect_response(405)
    assert (await run(make_exchange("TRACE"), make_response(), filter)).headers.getall("x-seen") == ["TRACE"]
    filter.close()


async def test_set_method_changes_what_the_origin_gets() -> None:
    strings = Strings()
    async with exchanging(strings, f"(call $set_method {strings('POST')})") as exchange:
        got, _ = await exchange(asking("GET"))
    assert got.method == "POST"


TARGETS = ["/simple", "/simple%26clean", "/animal?name=panda", "/disney?name=chip%26dale"]


@pytest.mark.parametrize("target", TARGETS)
async def test_get_uri_is_what_the_client_sent(target: str) -> None:
    strings = Strings()
    async with exchanging(strings, shown(strings, "x-seen", f"(call $get_uri {room()})")) as exchange:
        got, answer = await exchange(asking(target=target))
    assert values(answer, "x-seen") == [target]
    assert got.target == target


@pytest.mark.parametrize("target", TARGETS)
async def test_set_uri_is_what_the_origin_gets(target: str) -> None:
    strings = Strings()
    async with exchanging(strings, f"(call $set_uri {strings(target)})") as exchange:
        got, _ = await exchange(asking(target="/start?here"))
    assert got.target == target


def header_values(strings: Strings, name: str) -> str:
    return listed(strings, f"(call $get_header_values {REQUEST} {strings(name)} {room()})")


@pytest.mark.parametrize(
    ("asked", "fields", "found", "count"),
    [
        ("single-header", "Single-Header: value\r\n", "value,", "1"),
        ("Single-Header", "single-header: value\r\n", "value,", "1"),
        ("not-header", "Single-Header: value\r\n", "", "0"),
        ("multi-header", "Multi-Header: value1\r\nOther: x\r\nmulti-header: value2\r\n", "value1,value2,", "2"),
    ],
    ids=["lower case", "mixed case", "absent", "several lines"],
)
async def test_get_header_values_lists_a_value_for_each_line(asked: str, fields: str, found: str, count: str) -> None:
    strings = Strings()
    async with exchanging(strings, header_values(strings, asked)) as exchange:
        _, answer = await exchange(asking(fields=fields))
    assert (values(answer, "x-listed"), values(answer, "x-count")) == ([found], [count])


async def test_get_header_names_lists_them_in_lower_case() -> None:
    strings = Strings()
    async with exchanging(strings, listed(strings, f"(call $get_header_names {REQUEST} {room()})")) as exchange:
        _, answer = await exchange(asking(fields="A-Header: value1\r\nb-header: value2\r\nA-header: value3\r\n"))
    names = values(answer, "x-listed")[0].split(",")[:-1]
    assert {"a-header", "b-header", "host"} <= set(names)
    assert names == sorted(set(names))


@pytest.mark.parametrize("fields", ["", "New-Header: bear\r\nnew-header: bee\r\n"], ids=["new", "existing"])
async def test_set_header_value_replaces_all_lines(fields: str) -> None:
    strings = Strings()
    set = f"(call $set_header_value {REQUEST} {strings('new-header')} {strings('value')})"
    async with exchanging(strings, set) as exchange:
        got, _ = await exchange(asking(fields=fields))
    assert values(got, "new-header") == ["value"]


@pytest.mark.parametrize(
    ("fields", "expected"), [("", ["value"]), ("New-Header: bear\r\n", ["bear", "value"])], ids=["new", "existing"]
)
async def test_add_header_value_adds_a_line(fields: str, expected: list[str]) -> None:
    strings = Strings()
    add = f"(call $add_header_value {REQUEST} {strings('new-header')} {strings('value')})"
    async with exchanging(strings, add) as exchange:
        got, _ = await exchange(asking(fields=fields))
    assert values(got, "new-header") == expected


@pytest.mark.parametrize("fields", ["", "New-Header: bear\r\nnew-header: bee\r\n"], ids=["new", "existing"])
async def test_remove_header_removes_all_lines(fields: str) -> None:
    strings = Strings()
    async with exchanging(strings, f"(call $remove_header {REQUEST} {strings('new-header')})") as exchange:
        got, _ = await exchange(asking(fields=fields))
    assert values(got, "new-header") == []


@pytest.mark.parametrize("size", [0, 5, 2048, 4096, 5000], ids=["empty", "small", "medium", "large", "larger"])
async def test_read_body_reads_to_the_end(size: int) -> None:
    strings = Strings()
    async with exchanging(strings, echoed(kind=REQUEST, limit=4096)) as exchange:
        got, answer = await exchange(asking("POST", body=b"a" * size))
    assert answer.body == b"a" * size
    assert got.body == b"a" * size


async def test_get_source_addr_is_the_clients_with_its_port() -> None:
    strings = Strings()
    async with exchanging(strings, shown(strings, "x-seen", f"(call $get_source_addr {room()})")) as exchange:
        _, answer = await exchange(asking())
    host, _, port = values(answer, "x-seen")[0].rpartition(":")
    assert host == "127.0.0.1"
    assert 0 < int(port) < 65536
