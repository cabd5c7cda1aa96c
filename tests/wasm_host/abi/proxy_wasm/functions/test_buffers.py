"""Buffers as guests call them: slices are read and replaced."""

import pytest
from kit.exchanges import make_exchange
from kit.host_calls import NUMBER, POINTER, SIZE, WILD, HostCalls

from proxy.metrics import Registry
from wasm_host.abi.proxy_wasm.numbers import NOT_FOUND, OK, BufferKind, Status
from wasm_host.abi.proxy_wasm.services import Services, WorkerServices
from wasm_host.abi.proxy_wasm.side import Side
from wasm_host.memory import OutOfBounds

BODY = BufferKind.REQUEST_BODY
MOST = 2**32 - 1


def services() -> Services:
    return WorkerServices({}, Registry()).of("auth")


@pytest.fixture
def host() -> HostCalls:
    return HostCalls(services())


@pytest.fixture
def side(host: HostCalls) -> Side:
    """Show `hello world` to a stream as its request's body."""
    shown = host.stream(make_exchange())._request_side()
    shown.flow.take(b"hello world", False)
    shown.shown = True
    return shown


@pytest.mark.parametrize(
    ("start", "most", "given"),
    [
        (0, 5, b"hello"),
        (6, 5, b"world"),
        (6, 99, b"world"),
        (0, MOST, b"hello world"),
        (MOST, MOST, b""),
        (11, 1, b""),
        (99, 1, b""),
        (3, 0, b""),
    ],
)
def test_a_slice_is_clipped_where_it_reaches_over_the_end(
    host: HostCalls, side: Side, start: int, most: int, given: bytes
) -> None:
    assert host.call("get_buffer_bytes", BODY, start, most, POINTER, SIZE) == OK
    assert host.given == given


@pytest.mark.parametrize(
    ("start", "size", "data", "result"),
    [
        (0, 0, b"oh ", b"oh hello world"),
        (11, 0, b"!", b"hello world!"),
        (99, 0, b"!", b"hello world!"),
        (MOST, MOST, b"!", b"hello world!"),
        (0, MOST, b"bye", b"bye"),
        (0, 11, b"bye", b"bye"),
        (0, 99, b"", b""),
        (6, 5, b"moon", b"hello moon"),
        (5, 0, b",", b"hello, world"),
        (0, 5, b"", b" world"),
    ],
    ids=["prepend", "append", "append far", "append furthest", "all", "just all", "empty", "slice", "insert", "cut"],
)
def test_a_slice_is_replaced(host: HostCalls, side: Side, start: int, size: int, data: bytes, result: bytes) -> None:
    assert host.call("set_buffer_bytes", BODY, start, size, data) == OK
    assert side.flow.buffer == result


def test_the_status_of_a_buffer_is_its_size_and_no_flags(host: HostCalls, side: Side) -> None:
    host.guest.memory.write_u32(SIZE, 77)
    assert host.call("get_buffer_status", BODY, NUMBER, SIZE) == OK
    assert host.number == 11
    assert host.guest.memory.read(SIZE, 4) == bytes(4)


def test_a_body_outside_its_callback_is_empty_and_not_to_be_written(host: HostCalls, side: Side) -> None:
    side.shown = False
    assert host.call("get_buffer_bytes", BODY, 0, 99, POINTER, SIZE) == OK
    assert host.given == b""
    assert host.call("set_buffer_bytes", BODY, 0, 0, b"x") == Status.BAD_ARGUMENT
    assert side.flow.buffer == b"hello world"


@pytest.mark.parametrize("kind", [BufferKind.CALL_BODY, BufferKind.PLUGIN_CONFIGURATION])
def test_what_is_not_there_now_is_not_found(host: HostCalls, side: Side, kind: int) -> None:
    assert host.call("get_buffer_bytes", kind, 0, 99, POINTER, SIZE) == NOT_FOUND
    assert host.call("set_buffer_bytes", kind, 0, 0, b"x") == NOT_FOUND
    assert host.call("get_buffer_status", kind, NUMBER, SIZE) == NOT_FOUND


@pytest.mark.parametrize("kind", [9, 99, MOST])
def test_an_unknown_buffer_is_a_bad_argument(host: HostCalls, side: Side, kind: int) -> None:
    assert host.call("get_buffer_bytes", kind, 0, 99, POINTER, SIZE) == Status.BAD_ARGUMENT
    assert host.call("set_buffer_bytes", kind, 0, 0, b"x") == Status.BAD_ARGUMENT
    assert host.call("get_buffer_status", kind, NUMBER, SIZE) == Status.BAD_ARGUMENT


def test_a_configuration_is_read_but_not_written(host: HostCalls) -> None:
    host.guest.root.configuring, host.guest.root.configuration = True, b"{}"
    assert host.call("get_buffer_bytes", BufferKind.PLUGIN_CONFIGURATION, 0, 99, POINTER, SIZE) == OK
    assert host.given == b"{}"
    assert host.call("set_buffer_bytes", BufferKind.PLUGIN_CONFIGURATION, 0, 0, b"x") == Status.BAD_ARGUMENT


def test_wild_pointers_raise_and_change_nothing(host: HostCalls, side: Side) -> None:
    for name, arguments in (
        ("get_buffer_bytes", (BODY, 0, 99, WILD, SIZE)),
        ("set_buffer_bytes", (BODY, 0, 0, WILD, 99)),
        ("get_buffer_status", (BODY, WILD, SIZE)),
    ):
        with pytest.raises(OutOfBounds):
            host.call(name, *arguments)
    assert side.flow.buffer == b"hello world"


def test_0_1_0_has_a_function_for_whichever_configuration_is_told() -> None:
    host = HostCalls(services(), version="0_1_0")
    root = host.guest.root
    root.configuration, root.vm_configuration = b"plugin", b"machine"
    assert host.call("get_configuration", POINTER, SIZE) == OK
    assert host.given == b"machine"
    root.configuring = True
    assert host.call("get_configuration", POINTER, SIZE) == OK
    assert host.given == b"plugin"
