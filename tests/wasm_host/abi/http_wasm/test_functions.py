"""What the functions answer, asked by guests, and what they trap at."""

import logging
from typing import Any

import pytest
from kit.exchanges import make_exchange, make_response, run
from kit.http_wasm import (
    GOES_ON,
    REQUEST,
    REQUEST_TRAILERS,
    RESPONSE,
    RESPONSE_TRAILERS,
    ROOM,
    Strings,
    echoed,
    enabling,
    guest,
    handled,
    http_wasm_filter,
    listed,
    numbered,
    room,
    shown,
    uploading,
    whole,
)

from proxy.errors import GuestTrap
from wasm_host.abi.http_wasm.misuse import Misuse

BEYOND = 4 * 65536
ONE = "(i32.const 1)"
CRLF, NUL = "\r\n", "\0"


# -- buffers


async def test_what_fits_exactly_is_written() -> None:
    strings = Strings()
    answer = await handled(guest(strings, shown(strings, "x-seen", f"(call $get_method {room(3)})") + GOES_ON))
    assert answer.headers["x-seen"] == "GET"


async def test_what_does_not_fit_is_not_written_but_measured() -> None:
    strings = Strings()
    clear = f"(i32.store (i32.const {ROOM}) (i32.const 0x2e2e2e2e))"
    answer = await handled(guest(strings, clear + shown(strings, "x-seen", f"(call $get_method {room(2)})") + GOES_ON))
    assert answer.headers["x-seen"] == "..."


async def test_a_list_that_does_not_fit_is_counted_and_measured() -> None:
    strings = Strings()
    exchange = make_exchange(fields=[("a", "1"), ("b", "2")])
    ask = f"(local.set $got (call $get_header_names {REQUEST} {room(0)}))"
    count = "(i32.wrap_i64 (i64.shr_u (local.get $got) (i64.const 32)))"
    tell_count = numbered(strings, count)
    answer = await handled(guest(strings, ask + tell_count + GOES_ON), exchange=exchange)
    assert answer.headers["x-number"] == "3"
    tell_length = numbered(strings, "(i32.wrap_i64 (local.get $got))")
    answer = await handled(guest(strings, ask + tell_length + GOES_ON), exchange=exchange)
    assert answer.headers["x-number"] == str(len("a.b.host."))


WILD = {
    "get_method": f"(drop (call $get_method (i32.const {BEYOND}) (i32.const 100)))",
    "get_uri far away": "(drop (call $get_uri (i32.const -1) (i32.const 100)))",
    "get_config": f"(drop (call $get_config (i32.const {BEYOND - 1}) (i32.const 100)))",
    "set_method": f"(call $set_method (i32.const {BEYOND - 2}) (i32.const 3))",
    "set_uri of 4 GiB": "(call $set_uri (i32.const 0) (i32.const -1))",
    "a header's name": f"(call $remove_header {REQUEST} (i32.const {BEYOND}) (i32.const 1))",
    "a header's value": f"(call $add_header_value {REQUEST} (i32.const 16) (i32.const 1) (i32.const {BEYOND}) {ONE})",
    "write_body": f"(call $write_body {RESPONSE} (i32.const {BEYOND - 1}) (i32.const 2))",
    "read_body": f"(drop (call $read_body {REQUEST} (i32.const {BEYOND - 1}) (i32.const 2)))",
    "log": f"(call $log (i32.const 2) (i32.const {BEYOND}) (i32.const 1))",
}


@pytest.mark.parametrize("call", WILD.values(), ids=WILD.keys())
async def test_a_place_outside_the_memory_is_a_trap(call: str) -> None:
    strings = Strings()
    strings("a")
    with pytest.raises(GuestTrap) as caught:
        await handled(guest(strings, call + GOES_ON), configuration=b"12")
    assert caught.value.reason == "hostcall_out_of_bounds"


# -- the host


async def test_the_configuration_is_handed_over_as_it_is() -> None:
    strings = Strings()
    wat = guest(strings, shown(strings, "x-seen", f"(call $get_config {room()})") + GOES_ON)
    assert (await handled(wat, configuration=b'{"a":1}')).headers["x-seen"] == '{"a":1}'


async def test_the_configuration_can_be_read_at_the_start() -> None:
    strings = Strings()
    keep = f"(global.set $count (call $get_config {room()}))"
    wat = guest(strings, numbered(strings, "(global.get $count)") + GOES_ON, start=keep)
    assert (await handled(wat, configuration=b"seven..")).headers["x-number"] == "7"


@pytest.mark.parametrize(
    ("level", "name"), [(-1, "DEBUG"), (0, "INFO"), (1, "WARNING"), (2, "ERROR")], ids=lambda each: str(each)
)
async def test_lines_are_logged_at_their_level(level: int, name: str, caplog: pytest.LogCaptureFixture) -> None:
    strings = Strings()
    with caplog.at_level(logging.DEBUG, "penstock.wasm"):
        await handled(guest(strings, f"(call $log (i32.const {level}) {strings('hello')}) {GOES_ON}"))
    assert [(each.levelname, each.getMessage()) for each in caplog.records] == [(name, "it: hello")]


@pytest.mark.parametrize("level", [3, 4, -2])
async def test_unknown_levels_are_silent(level: int, caplog: pytest.LogCaptureFixture) -> None:
    strings = Strings()
    await handled(guest(strings, f"(call $log (i32.const {level}) {strings('hello')}) {GOES_ON}"))
    assert caplog.records == []


@pytest.mark.parametrize(("level", "enabled"), [(-1, "1"), (2, "1"), (3, "0")])
async def test_a_guest_can_ask_if_a_level_is_logged(level: int, enabled: str) -> None:
    strings = Strings()
    wat = guest(strings, numbered(strings, f"(call $log_enabled (i32.const {level}))") + GOES_ON)
    assert (await handled(wat)).headers["x-number"] == enabled


async def test_features_enabled_at_the_start_hold_for_every_request() -> None:
    strings = Strings()
    wat = guest(
        strings, numbered(strings, "(call $enable_features (i32.const 0))") + GOES_ON, start=enabling(1) + enabling(2)
    )
    filter = http_wasm_filter(wat)
    for _ in range(2):
        assert (await run(make_exchange(), make_response(), filter)).headers["x-number"] == "3"
    filter.close()


async def test_features_enabled_for_a_request_are_gone_with_it() -> None:
    strings = Strings()
    wat = guest(
        strings, numbered(strings, "(call $enable_features (i32.const 0))") + enabling(1) + GOES_ON, start=enabling(2)
    )
    filter = http_wasm_filter(wat)
    for _ in range(2):
        assert (await run(make_exchange(), make_response(), filter)).headers["x-number"] == "2"
    filter.close()


async def test_trailers_are_not_to_be_had() -> None:
    strings = Strings()
    wat = guest(strings, numbered(strings, "(call $enable_features (i32.const 7))") + GOES_ON)
    assert (await handled(wat)).headers["x-number"] == "3"


async def test_enabling_after_next_changes_nothing() -> None:
    strings = Strings()
    wat = guest(
        strings,
        on_response=enabling(2) + numbered(strings, "(call $enable_features (i32.const 0))"),
        start=enabling(2),
    )
    assert (await handled(wat)).headers["x-number"] == "2"
    with pytest.raises(Misuse):
        await handled(guest(strings, on_response=enabling(2) + numbered(strings, "(i32.const 0)")))


# -- the request


@pytest.mark.parametrize(
    ("address", "shown_as"), [("192.0.2.1", "192.0.2.1:51000"), ("2001:db8::1", "[2001:db8::1]:51000")]
)
async def test_the_clients_address_has_its_port(address: str, shown_as: str) -> None:
    strings = Strings()
    wat = guest(strings, shown(strings, "x-seen", f"(call $get_source_addr {room()})") + GOES_ON)
    assert (await handled(wat, exchange=make_exchange(client=address))).headers["x-seen"] == shown_as


async def test_old_clients_have_an_old_version() -> None:
    strings = Strings()
    exchange = make_exchange()
    exchange.request.version = 10
    wat = guest(strings, shown(strings, "x-seen", f"(call $get_protocol_version {room()})") + GOES_ON)
    assert (await handled(wat, exchange=exchange)).headers["x-seen"] == "HTTP/1.0"


@pytest.mark.parametrize(
    ("uri", "target"), [("", "/"), ("/a?", "/a?"), ("?b=c", "/?b=c"), ("/a?b?c", "/a?b?c")], ids=repr
)
async def test_a_uri_replaces_path_and_query(uri: str, target: str) -> None:
    strings = Strings()
    exchange = make_exchange(target="/old?query")
    await handled(guest(strings, f"(call $set_uri {strings(uri)}) {GOES_ON}"), exchange=exchange)
    assert exchange.request.target == target


async def test_the_host_is_among_the_headers() -> None:
    strings = Strings()
    exchange = make_exchange(fields=[("B", "1"), ("a", "2"), ("b", "3")], port=8080)
    wat = guest(strings, listed(strings, f"(call $get_header_names {REQUEST} {room()})") + GOES_ON)
    assert (await handled(wat, exchange=exchange)).headers["x-listed"] == "a,b,host,"
    wat = guest(strings, listed(strings, f"(call $get_header_values {REQUEST} {strings('Host')} {room()})") + GOES_ON)
    assert (await handled(wat, exchange=exchange)).headers["x-listed"] == "example.test:8080,"


async def test_setting_the_host_changes_the_authority() -> None:
    strings = Strings()
    exchange = make_exchange()
    await handled(
        guest(strings, f"(call $set_header_value {REQUEST} {strings('HOST')} {strings('other.test')}) {GOES_ON}"),
        exchange=exchange,
    )
    assert exchange.request.authority == "other.test"


@pytest.mark.parametrize("name", ["content-length", "Transfer-Encoding", "connection"])
async def test_edits_of_what_frames_a_message_are_passed_over(name: str) -> None:
    strings = Strings()
    wat = guest(
        strings,
        f"""
        (call $set_header_value {REQUEST} {strings(name)} {strings("7")})
        (call $add_header_value {RESPONSE} {strings(name)} {strings("7")})
        {GOES_ON}
        """,
    )
    exchange = make_exchange()
    answer = await handled(wat, exchange=exchange)
    assert len(exchange.request.headers) == len(answer.headers) == 0


async def test_the_length_of_the_body_can_be_read() -> None:
    strings = Strings()
    exchange = make_exchange("POST")
    exchange.request.body = b"hello"
    call = f"(call $get_header_values {REQUEST} {strings('content-length')} {room()})"
    assert (await handled(guest(strings, listed(strings, call) + GOES_ON), exchange=exchange)).headers[
        "x-listed"
    ] == "5,"


MISUSES = {
    "an empty method": lambda text: f"(call $set_method {text('')})",
    "a method with a space": lambda text: f"(call $set_method {text('GET ')})",
    "a URI with a space": lambda text: f"(call $set_uri {text('/a b')})",
    "a URI that is no path": lambda text: f"(call $set_uri {text('http://other.test/')})",
    "a URI with a line end": lambda text: f"(call $set_uri {text('/a?b' + CRLF)})",
    "a header without a name": lambda text: f"(call $set_header_value {REQUEST} {text('')} {text('v')})",
    "asking for no name": lambda text: f"(drop (call $get_header_values {REQUEST} {text('')} {room()}))",
    "removing no name": lambda text: f"(call $remove_header {RESPONSE} {text('')})",
    "a name with a colon": lambda text: f"(call $add_header_value {REQUEST} {text('a:')} {text('v')})",
    "a value with a line end": lambda text: (
        f"(call $add_header_value {RESPONSE} {text('a')} {text('v' + CRLF + 'b: c')})"
    ),
    "a name with a NUL": lambda text: f"(call $add_header_value {RESPONSE} {text('a' + NUL)} {text('v')})",
    "a host with a space": lambda text: f"(call $set_header_value {REQUEST} {text('host')} {text('a b')})",
    "setting a request trailer": lambda text: f"(call $set_header_value {REQUEST_TRAILERS} {text('a')} {text('v')})",
    "adding a response trailer": lambda text: f"(call $add_header_value {RESPONSE_TRAILERS} {text('a')} {text('v')})",
    "removing a trailer": lambda text: f"(call $remove_header {RESPONSE_TRAILERS} {text('a')})",
    "an unknown header kind": lambda _: f"(drop (call $get_header_names (i32.const 4) {room()}))",
    "a negative header kind": lambda _: f"(drop (call $get_header_names (i32.const -1) {room()}))",
    "an unknown body kind": lambda _: f"(drop (call $read_body (i32.const 2) {room()}))",
    "writing an unknown body kind": lambda text: f"(call $write_body (i32.const 2) {text('a')})",
    "reading into no room": lambda _: f"(drop (call $read_body {REQUEST} {room(0)}))",
    "an interim status": lambda _: "(call $set_status_code (i32.const 103))",
    "a status of four digits": lambda _: "(call $set_status_code (i32.const 1000))",
}


@pytest.mark.parametrize("misuse", MISUSES.values(), ids=MISUSES.keys())
async def test_what_cannot_be_is_a_trap(misuse: Any) -> None:
    strings = Strings()
    with pytest.raises(Misuse):
        await handled(guest(strings, misuse(strings) + GOES_ON))


@pytest.mark.parametrize("kind", [REQUEST_TRAILERS, RESPONSE_TRAILERS])
async def test_trailers_have_no_names_and_no_values(kind: str) -> None:
    strings = Strings()
    names = f"(call $get_header_names {kind} {room()})"
    assert (await handled(guest(strings, listed(strings, names) + GOES_ON))).headers["x-count"] == "0"
    found = f"(call $get_header_values {kind} {strings('a')} {room()})"
    assert (await handled(guest(strings, listed(strings, found) + GOES_ON))).headers["x-count"] == "0"


async def test_outside_a_request_there_is_nothing_to_ask_about() -> None:
    with pytest.raises(Misuse, match="no request"):
        http_wasm_filter(guest(Strings(), start=f"(drop (call $get_method {room()}))")).start()
    with pytest.raises(GuestTrap):
        http_wasm_filter(guest(Strings(), start=f"(drop (call $read_body {REQUEST} {room()}))")).start()


# -- the request's body


async def test_a_body_that_is_read_is_gone() -> None:
    exchange = uploading(b"hello", b" world")
    answer = await handled(guest(Strings(), echoed(kind=REQUEST, limit=4) + GOES_ON), exchange=exchange)
    assert answer.body == b"hello world"
    assert exchange.request.body == b""


async def test_what_is_not_read_of_a_body_goes_on() -> None:
    exchange = uploading(b"hello", b" world", length=11)
    await handled(guest(Strings(), f"(drop (call $read_body {REQUEST} {room(7)})) {GOES_ON}"), exchange=exchange)
    body = exchange.request.body
    assert body is not None
    assert not isinstance(body, bytes)
    assert body.length == 4
    assert await whole(body) == b"orld"


async def test_a_buffered_body_is_read_and_goes_on() -> None:
    exchange = uploading(b"hello", b" world")
    answer = await handled(
        guest(Strings(), echoed(kind=REQUEST, limit=4) + GOES_ON, start=enabling(1)), exchange=exchange
    )
    assert answer.body == b"hello world"
    assert exchange.request.body == b"hello world"


async def test_a_body_that_nobody_reads_is_left_alone() -> None:
    exchange = uploading(b"hello")
    body = exchange.request.body
    await handled(guest(Strings()), exchange=exchange)
    assert exchange.request.body is body


async def test_a_request_without_a_body_stays_without_one() -> None:
    exchange = make_exchange()
    await handled(guest(Strings(), echoed(kind=REQUEST, limit=4) + GOES_ON, start=enabling(1)), exchange=exchange)
    assert exchange.request.body is None


async def test_a_body_that_is_written_takes_the_place_of_the_clients() -> None:
    strings = Strings()
    exchange = uploading(b"hello")
    write = f"(call $write_body {REQUEST} {strings('a')}) (call $write_body {REQUEST} {strings('b')})"
    await handled(guest(strings, write + GOES_ON), exchange=exchange)
    assert exchange.request.body == b"ab"


async def test_writing_nothing_empties_the_body() -> None:
    strings = Strings()
    exchange = uploading(b"hello")
    await handled(guest(strings, f"(call $write_body {REQUEST} {strings('')}) {GOES_ON}"), exchange=exchange)
    assert exchange.request.body == b""
