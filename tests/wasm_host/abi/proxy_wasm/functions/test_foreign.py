"""Functions of the host's own, called by name."""

import pytest
from kit.host_calls import POINTER, SIZE, WILD, HostCalls

from proxy.metrics import Registry
from wasm_host.abi.proxy_wasm.numbers import NOT_FOUND, OK, Status
from wasm_host.abi.proxy_wasm.services import BUILT_IN, WorkerServices
from wasm_host.memory import OutOfBounds


def picky(data: bytes) -> bytes:
    raise ValueError("never the right bytes")


@pytest.fixture
def host() -> HostCalls:
    foreign = BUILT_IN | {"upper": bytes.upper, "picky": picky}
    return HostCalls(WorkerServices({}, Registry(), foreign).of("auth"))


def test_a_function_gets_the_guests_bytes_and_gives_its_own(host: HostCalls) -> None:
    assert host.call("call_foreign_function", b"upper", b"some text", POINTER, SIZE) == OK
    assert host.given == b"SOME TEXT"


def test_a_result_that_the_guest_does_not_want_is_not_given(host: HostCalls) -> None:
    assert host.call("call_foreign_function", b"upper", b"some text", 0, 0) == OK
    assert host.guest.memory.read(0, 16) == bytes(16)


def test_an_unknown_function_is_not_found(host: HostCalls) -> None:
    assert host.call("call_foreign_function", b"nobody", b"", POINTER, SIZE) == NOT_FOUND


def test_bytes_that_a_function_does_not_take_are_a_bad_argument(host: HostCalls) -> None:
    assert host.call("call_foreign_function", b"picky", b"", POINTER, SIZE) == Status.BAD_ARGUMENT


def test_clearing_the_route_cache_is_there_and_does_nothing(host: HostCalls) -> None:
    assert host.call("call_foreign_function", b"clear_route_cache", b"", POINTER, SIZE) == OK
    assert host.given == b""


def test_wild_pointers_raise(host: HostCalls) -> None:
    with pytest.raises(OutOfBounds):
        host.call("call_foreign_function", WILD, 5, b"", POINTER, SIZE)
    with pytest.raises(OutOfBounds):
        host.call("call_foreign_function", b"upper", WILD, 5, POINTER, SIZE)
