"""Properties as guests call them; tests/wasm_host/abi/proxy_wasm/test_properties.py has them all."""

import pytest
from kit.exchanges import make_exchange
from kit.host_calls import POINTER, SIZE, WILD, HostCalls

from proxy.metrics import Registry
from proxy.upstream.upstream import Upstream
from wasm_host.abi.proxy_wasm.exchange_context import MOST_PROPERTY_BYTES
from wasm_host.abi.proxy_wasm.numbers import NOT_FOUND, OK, Status
from wasm_host.abi.proxy_wasm.services import WorkerServices
from wasm_host.memory import OutOfBounds

UPSTREAM = b"penstock\0upstream"


@pytest.fixture
def upstream() -> Upstream:
    return Upstream("blue", [], registry=Registry())


@pytest.fixture
def host(upstream: Upstream) -> HostCalls:
    return HostCalls(WorkerServices({"blue": upstream}, Registry()).of("auth"))


def get(host: HostCalls, path: bytes) -> int:
    return host.call("get_property", path, POINTER, SIZE)


def test_a_stream_reads_its_request(host: HostCalls) -> None:
    host.stream(make_exchange("GET", "/with"))
    assert get(host, b"request\0path") == OK
    assert host.given == b"/with"


def test_the_plugin_reads_its_own_and_nothing_of_an_exchange(host: HostCalls) -> None:
    assert get(host, b"plugin_root_id") == OK
    assert host.given == b"my_root"
    assert get(host, b"request\0path") == NOT_FOUND


def test_what_is_not_there_is_not_found(host: HostCalls) -> None:
    host.stream(make_exchange())
    assert get(host, b"no_such_thing") == NOT_FOUND
    assert get(host, b"response\0code") == NOT_FOUND


@pytest.mark.parametrize("path", [b"request", b"response", b""])
def test_a_whole_cannot_be_serialised(host: HostCalls, path: bytes) -> None:
    host.stream(make_exchange())
    assert get(host, path) == Status.SERIALIZATION_FAILURE


def test_what_a_stream_sets_it_reads_again(host: HostCalls) -> None:
    host.stream(make_exchange())
    assert host.call("set_property", b"my\0own\0", b"kept") == OK
    assert get(host, b"my\0own") == OK
    assert host.given == b"kept"


def test_another_stream_does_not_see_it(host: HostCalls) -> None:
    host.stream(make_exchange())
    host.call("set_property", b"mine", b"kept")
    host.stream(make_exchange())
    assert get(host, b"mine") == NOT_FOUND


def test_the_plugin_has_nowhere_to_set_properties(host: HostCalls) -> None:
    assert host.call("set_property", b"mine", b"plugin") == NOT_FOUND


def test_a_stream_cannot_set_without_end(host: HostCalls) -> None:
    host.stream(make_exchange())
    half = MOST_PROPERTY_BYTES // 2
    assert host.call("set_property", b"one", 0, half) == OK
    assert host.call("set_property", b"one", 0, half) == OK
    assert host.call("set_property", b"two", 0, half) == Status.INTERNAL_FAILURE
    assert get(host, b"two") == NOT_FOUND


def test_a_stream_chooses_its_upstream(host: HostCalls, upstream: Upstream) -> None:
    exchange = make_exchange()
    host.stream(exchange)
    assert host.call("set_property", UPSTREAM, b"blue") == OK
    assert exchange.origin is upstream
    assert get(host, UPSTREAM) == OK
    assert host.given == b"blue"


def test_the_choice_is_a_decision(host: HostCalls) -> None:
    exchange = make_exchange()
    host.stream(exchange)
    host.call("set_property", UPSTREAM, b"blue")
    (decision,) = exchange.decisions
    assert (decision.by, decision.action, decision.reason, decision.detail) == ("auth", "route", "guest_chose", "blue")


def test_an_unknown_upstream_is_not_found_and_changes_nothing(host: HostCalls) -> None:
    exchange = make_exchange()
    host.stream(exchange)
    assert host.call("set_property", UPSTREAM, b"green") == NOT_FOUND
    assert exchange.origin is None


def test_wild_pointers_raise(host: HostCalls) -> None:
    host.stream(make_exchange())
    with pytest.raises(OutOfBounds):
        host.call("get_property", WILD, 4, POINTER, SIZE)
    with pytest.raises(OutOfBounds):
        host.call("get_property", b"request\0path", POINTER, WILD)
    with pytest.raises(OutOfBounds):
        host.call("set_property", b"mine", WILD, 4)
