"""HTTP calls as guests make them: what is refused, what they are told; test_http_calls.py has what lies between."""

from collections.abc import AsyncIterator, Callable

import pytest
from kit import FakeOrigin, answering, eventually
from kit.addresses import closed_address
from kit.exchanges import make_exchange
from kit.host_calls import ALLOCATOR, NUMBER, POINTER, SIZE, WILD, HostCalls, program_of

from proxy.metrics import Registry
from proxy.upstream.settings import EndpointSpec
from proxy.upstream.upstream import Upstream
from wasm_host.abi.proxy_wasm.guest import ProxyWasmGuest
from wasm_host.abi.proxy_wasm.http_calls import MOST_BODY_BYTES, MOST_IN_FLIGHT
from wasm_host.abi.proxy_wasm.numbers import OK, Status
from wasm_host.abi.proxy_wasm.pairs import Pair, encode_pairs
from wasm_host.abi.proxy_wasm.services import WorkerServices
from wasm_host.memory import OutOfBounds

GET: list[Pair] = [(b":method", b"GET"), (b":path", b"/check?a=b"), (b":authority", b"calls.test")]
ANSWER = b"HTTP/1.1 200 OK\r\nX-User: anna\r\nContent-Length: 7\r\n\r\nwelcome"

Making = Callable[..., WorkerServices]


@pytest.fixture
async def worker_for() -> AsyncIterator[Making]:
    """Return what makes the services of a worker whose upstream `api` is at an address."""
    made: list[WorkerServices] = []

    def make(address: str, registry: Registry | None = None) -> WorkerServices:
        upstream = Upstream("api", [EndpointSpec(address)], registry=Registry())
        made.append(WorkerServices({"api": upstream}, registry or Registry()))
        return made[-1]

    yield make
    for each in made:
        await each.close()


@pytest.fixture
async def host(worker_for: Making) -> AsyncIterator[HostCalls]:
    host = HostCalls(worker_for(closed_address()).of("auth"))
    yield host
    host.guest.close()


def call(
    host: HostCalls, headers: list[Pair] | bytes = GET, *, to: bytes = b"api", body: bytes = b"", timeout_ms: int = 5000
) -> int:
    serialised = headers if isinstance(headers, bytes) else encode_pairs(headers)
    return host.call("http_call", to, serialised, body, b"", timeout_ms, NUMBER)


async def test_ids_are_counted_in_fours_as_in_envoy(host: HostCalls) -> None:
    assert call(host) == OK
    assert host.number == 4
    assert call(host) == OK
    assert host.number == 8


@pytest.mark.parametrize("to", [b"nowhere", b"", b"\xff\0"])
async def test_an_unknown_upstream_is_a_bad_argument_and_the_id_0(host: HostCalls, to: bytes) -> None:
    host.guest.memory.write_u32(NUMBER, 77)
    assert call(host, to=to) == Status.BAD_ARGUMENT
    assert host.number == 0


@pytest.mark.parametrize("missing", [b":method", b":path", b":authority"])
async def test_each_of_three_pseudo_headers_is_needed(host: HostCalls, missing: bytes) -> None:
    assert call(host, [pair for pair in GET if pair[0] != missing]) == Status.BAD_ARGUMENT


@pytest.mark.parametrize("headers", [b"", b"\0\0\0\0", b"\x01\0\0\0", b"nonsense"])
async def test_no_headers_and_malformed_ones_are_a_bad_argument(host: HostCalls, headers: bytes) -> None:
    assert call(host, headers) == Status.BAD_ARGUMENT


@pytest.mark.parametrize(
    "unsafe",
    [
        (b":method", b"GET / HTTP/1.1\r\n"),
        (b":path", b"/ HTTP/1.1\r\nX: "),
        (b":path", b"*"),
        (b":path", b"http://elsewhere.test/"),
        (b":authority", b"a b"),
        (b":authority", b"a\r\nX: "),
        (b":unknown", b"x"),
        (b"x", b"a\r\nY: b"),
        (b"x y", b"a"),
        (b"", b"a"),
    ],
)
async def test_what_may_not_stand_in_a_request_is_a_bad_argument(host: HostCalls, unsafe: Pair) -> None:
    headers = [pair for pair in GET if pair[0] != unsafe[0]]
    assert call(host, [*headers, unsafe]) == Status.BAD_ARGUMENT


async def test_a_timeout_that_envoy_takes_for_negative_is_a_bad_argument(host: HostCalls) -> None:
    assert call(host, timeout_ms=2**31) == Status.BAD_ARGUMENT
    assert call(host, timeout_ms=2**31 - 1) == OK


async def test_a_body_has_a_largest_size(host: HostCalls) -> None:
    assert host.call("http_call", b"api", encode_pairs(GET), 0, MOST_BODY_BYTES + 1, b"", 0, NUMBER) == (
        Status.INTERNAL_FAILURE
    )


async def test_one_call_too_many_is_a_failure(host: HostCalls) -> None:
    for _ in range(MOST_IN_FLIGHT):
        assert call(host) == OK
    assert call(host) == Status.INTERNAL_FAILURE
    assert host.number == 0


async def test_wild_pointers_raise_and_nothing_is_sent(host: HostCalls) -> None:
    headers = encode_pairs(GET)
    for arguments in (
        (WILD, 3, headers, b"", b"", 0, NUMBER),
        (b"api", WILD, 3, b"", b"", 0, NUMBER),
        (b"api", headers, WILD, 3, b"", 0, NUMBER),
        (b"api", headers, b"", WILD, 30, 0, NUMBER),
        (b"api", headers, b"", b"", 0, WILD),
    ):
        with pytest.raises(OutOfBounds):
            host.call("http_call", *arguments)  # type: ignore[arg-type]
    assert host.guest.root.calls == {}


async def test_the_request_is_the_guests_without_fields_of_the_connection(worker_for: Making) -> None:
    async with FakeOrigin() as origin:
        host = HostCalls(worker_for(origin.address).of("auth"))
        headers = [
            *GET,
            (b":scheme", b"https"),
            (b"X-From", b"guest"),
            (b"content-length", b"99"),
            (b"transfer-encoding", b"chunked"),
            (b"connection", b"close"),
            (b"host", b"forged.test"),
        ]
        assert call(host, headers, body=b"call body") == OK
        request = await (await origin.accept()).expect_message()
        assert request.start == b"GET /check?a=b HTTP/1.1"
        assert request.fields == [("Host", "calls.test"), ("x-from", "guest"), ("Content-Length", "9")]
        assert request.body == b"call body"
        host.guest.close()


async def test_a_guest_that_closes_hangs_up_its_calls(worker_for: Making) -> None:
    async with FakeOrigin() as origin:
        host = HostCalls(worker_for(origin.address).of("auth"))
        call(host)
        wire = await origin.accept()
        host.guest.close()
        assert await eventually(lambda: wire.ended is not None)


async def test_outside_a_callback_the_status_is_ok(host: HostCalls) -> None:
    host.guest.memory.write_u32(NUMBER, 77)
    assert host.call("get_status", NUMBER, POINTER, SIZE) == OK
    assert (host.number, host.given) == (0, b"")


CALLER = """
    (import "env" "proxy_http_call" (func $call (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
    (import "env" "proxy_get_status" (func $status (param i32 i32 i32) (result i32)))
    (import "env" "proxy_get_header_map_value" (func $header (param i32 i32 i32 i32 i32) (result i32)))
    (import "env" "proxy_get_buffer_bytes" (func $buffer (param i32 i32 i32 i32 i32) (result i32)))
    (data (i32.const 256) "api")
    (data (i32.const 272) "x-user")
    (data (i32.const 512) "HEADERS")
    (func (export "proxy_on_configure") (param i32 i32) (result i32)
      (i32.eqz (call $call (i32.const 256) (i32.const 3) (i32.const 512) (i32.const LENGTH)
        (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 5000) (i32.const 16))))
    ;; told: 20 call, 24 headers, 28 body; 32 status; 40, 44 its message; 48, 52 x-user; 56, 60 body; 64 done
    (func (export "proxy_on_http_call_response")
        (param $root i32) (param $call i32) (param $headers i32) (param $body i32) (param $trailers i32)
      (i32.store (i32.const 20) (local.get $call))
      (i32.store (i32.const 24) (local.get $headers))
      (i32.store (i32.const 28) (local.get $body))
      (drop (call $status (i32.const 32) (i32.const 40) (i32.const 44)))
      (drop (call $header (i32.const 6) (i32.const 272) (i32.const 6) (i32.const 48) (i32.const 52)))
      (drop (call $buffer (i32.const 4) (i32.const 0) (i32.const 100) (i32.const 56) (i32.const 60)))
      (i32.store (i32.const 64) (i32.const 1)))
"""


def caller(worker: WorkerServices) -> ProxyWasmGuest:
    """Start a guest that calls when it is configured, and notes what it is told."""
    headers = encode_pairs(GET)
    escaped = "".join(f"\\{byte:02x}" for byte in headers)
    wat = CALLER.replace("HEADERS", escaped).replace("LENGTH", str(len(headers)))
    return program_of(wat + ALLOCATOR, worker.of("auth")).make()


def word(guest: ProxyWasmGuest, at: int) -> int:
    return int.from_bytes(guest.memory.read(at, 4), "little")


def given(guest: ProxyWasmGuest, at: int) -> bytes:
    return guest.memory.read(word(guest, at), word(guest, at + 4))


async def told(guest: ProxyWasmGuest) -> None:
    assert await eventually(lambda: word(guest, 64))


async def test_the_guest_is_told_the_answer_with_its_headers_and_body(worker_for: Making) -> None:
    async with FakeOrigin(answering(ANSWER)) as origin:
        guest = caller(worker_for(origin.address))
        await told(guest)
        assert [word(guest, at) for at in (20, 24, 28, 32)] == [4, 3, 7, 0]
        assert [given(guest, at) for at in (40, 48, 56)] == [b"", b"anna", b"welcome"]
        assert guest.root.calls == {}
        guest.close()


async def test_a_refused_connection_is_told_as_a_503(worker_for: Making) -> None:
    guest = caller(worker_for(closed_address()))
    await told(guest)
    assert [word(guest, at) for at in (24, 32)] == [3, 0]
    guest.close()


async def test_a_cut_answer_is_told_without_headers_and_with_a_status(worker_for: Making) -> None:
    async with FakeOrigin() as origin:
        guest = caller(worker_for(origin.address))
        wire = await origin.accept()
        await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab")
        wire.transport.close()
        await told(guest)
        assert [word(guest, at) for at in (24, 28, 32)] == [0, 0, 11]
        assert given(guest, 40) == b"reset"
        guest.close()


async def test_the_time_to_the_callback_is_measured(worker_for: Making) -> None:
    registry = Registry()
    async with FakeOrigin(answering(ANSWER)) as origin:
        guest = caller(worker_for(origin.address, registry))
        await told(guest)
        ((labels, value),) = registry.snapshot()["wasm_hostcall_duration_seconds"]
        assert labels == ["auth", "proxy_http_call"]
        assert isinstance(value, list)
        assert sum(value[1:]) == 1
        guest.close()


async def test_a_stream_may_call_too(host: HostCalls) -> None:
    host.stream(make_exchange())
    assert call(host) == OK
    assert list(host.guest.root.calls) == [4]
