"""Header maps as guests call them; tests/wasm_host/abi/proxy_wasm/test_header_map.py has the maps themselves."""

import pytest
from kit.exchanges import make_exchange
from kit.host_calls import NUMBER, POINTER, SIZE, WILD, HostCalls

from proxy.metrics import Registry
from wasm_host.abi.proxy_wasm.http_calls import CallResult
from wasm_host.abi.proxy_wasm.numbers import NOT_FOUND, OK, MapKind, Status
from wasm_host.abi.proxy_wasm.pairs import decode_pairs, encode_pairs
from wasm_host.abi.proxy_wasm.services import Services, WorkerServices
from wasm_host.abi.proxy_wasm.stream import Stream
from wasm_host.memory import OutOfBounds

REQUEST = MapKind.REQUEST_HEADERS
ABSENT = [kind for kind in MapKind if kind != REQUEST]


def services() -> Services:
    return WorkerServices({}, Registry()).of("auth")


@pytest.fixture
def host() -> HostCalls:
    return HostCalls(services())


@pytest.fixture
def stream(host: HostCalls) -> Stream:
    return host.stream(make_exchange("GET", "/a?b", [("X-One", "1"), ("X-Two", "2")]))


def value(host: HostCalls, key: bytes, kind: int = REQUEST) -> int:
    return host.call("get_header_map_value", kind, key, POINTER, SIZE)


@pytest.mark.parametrize("key", [b"x-one", b"X-One", b"X-ONE"])
def test_a_value_is_found_however_its_name_is_spelt(host: HostCalls, stream: Stream, key: bytes) -> None:
    assert value(host, key) == OK
    assert host.given == b"1"


def test_a_header_that_is_not_there_is_not_found(host: HostCalls, stream: Stream) -> None:
    assert value(host, b"x-none") == NOT_FOUND


def test_in_0_1_0_a_header_that_is_not_there_is_empty() -> None:
    host = HostCalls(services(), version="0_1_0")
    host.stream(make_exchange())
    assert value(host, b"x-none") == OK
    assert host.given == b""


@pytest.mark.parametrize("kind", [*ABSENT, 8, 2**32 - 1])
def test_a_map_that_is_not_there_is_a_bad_argument(host: HostCalls, stream: Stream, kind: int) -> None:
    assert value(host, b"x-one", kind) == Status.BAD_ARGUMENT
    assert host.call("add_header_map_value", kind, b"a", b"b") == Status.BAD_ARGUMENT
    assert host.call("replace_header_map_value", kind, b"a", b"b") == Status.BAD_ARGUMENT
    assert host.call("remove_header_map_value", kind, b"a") == Status.BAD_ARGUMENT
    assert host.call("set_header_map_pairs", kind, encode_pairs([])) == Status.BAD_ARGUMENT
    assert host.call("get_header_map_size", kind, NUMBER) == Status.BAD_ARGUMENT


@pytest.mark.parametrize("kind", ABSENT)
def test_the_pairs_of_a_map_that_is_not_there_are_none_as_in_envoy(host: HostCalls, stream: Stream, kind: int) -> None:
    assert host.call("get_header_map_pairs", kind, POINTER, SIZE) == OK
    assert host.given == b""


def test_the_pairs_of_an_unknown_map_are_a_bad_argument(host: HostCalls, stream: Stream) -> None:
    assert host.call("get_header_map_pairs", 8, POINTER, SIZE) == Status.BAD_ARGUMENT


def test_the_pairs_are_given_serialised(host: HostCalls, stream: Stream) -> None:
    assert host.call("get_header_map_pairs", REQUEST, POINTER, SIZE) == OK
    assert decode_pairs(host.given)[-2:] == [(b"x-one", b"1"), (b"x-two", b"2")]


def test_the_size_counts_names_and_values_as_envoy_does(host: HostCalls, stream: Stream) -> None:
    assert host.call("get_header_map_size", REQUEST, NUMBER) == OK
    fields = stream.header_map(REQUEST)
    assert fields is not None
    assert host.number == sum(len(name) + len(value) for name, value in fields.pairs())


def test_edits_change_the_request(host: HostCalls, stream: Stream) -> None:
    assert host.call("add_header_map_value", REQUEST, b"x-one", b"again") == OK
    assert host.call("replace_header_map_value", REQUEST, b"x-two", b"new") == OK
    assert host.call("remove_header_map_value", REQUEST, b"X-None") == OK
    headers = stream.exchange.request.headers
    assert list(headers.items()) == [("X-One", "1"), ("x-one", "again"), ("x-two", "new")]
    assert host.call("remove_header_map_value", REQUEST, b"X-ONE") == OK
    assert list(headers.items()) == [("x-two", "new")]


def test_all_pairs_are_replaced(host: HostCalls, stream: Stream) -> None:
    assert host.call("set_header_map_pairs", REQUEST, encode_pairs([(b":path", b"/new"), (b"x", b"y")])) == OK
    assert stream.exchange.request.target == "/new"
    assert list(stream.exchange.request.headers.items()) == [("x", "y")]


@pytest.mark.parametrize("pairs", [b"nonsense", encode_pairs([(b"x", b"a\r\nb: c")])])
def test_pairs_that_are_none_are_a_bad_argument_and_change_nothing(
    host: HostCalls, stream: Stream, pairs: bytes
) -> None:
    assert host.call("set_header_map_pairs", REQUEST, pairs) == Status.BAD_ARGUMENT
    assert stream.exchange.request.headers.getall("x-one") == ["1"]


@pytest.mark.parametrize(("key", "text"), [(b"x", b"a\r\nY: b"), (b"x y", b"a"), (b"", b"a"), (b":path", b"a b")])
def test_what_may_not_stand_in_a_message_is_a_bad_argument(
    host: HostCalls, stream: Stream, key: bytes, text: bytes
) -> None:
    assert host.call("add_header_map_value", REQUEST, key, text) == Status.BAD_ARGUMENT
    assert host.call("replace_header_map_value", REQUEST, key, text) == Status.BAD_ARGUMENT
    assert list(stream.exchange.request.headers.items()) == [("X-One", "1"), ("X-Two", "2")]


def test_an_answer_to_a_call_is_read_but_not_edited(host: HostCalls, stream: Stream) -> None:
    host.guest.root.call = CallResult([(b":status", b"200"), (b"x-user", b"anna")], b"")
    assert value(host, b"x-user", MapKind.CALL_HEADERS) == OK
    assert host.given == b"anna"
    assert host.call("add_header_map_value", MapKind.CALL_HEADERS, b"a", b"b") == Status.BAD_ARGUMENT


def test_the_plugin_itself_has_no_headers(host: HostCalls) -> None:
    assert value(host, b"x-one") == Status.BAD_ARGUMENT


def test_wild_pointers_raise_and_change_nothing(host: HostCalls, stream: Stream) -> None:
    for name, arguments in (
        ("get_header_map_value", (REQUEST, WILD, 5, POINTER, SIZE)),
        ("get_header_map_value", (REQUEST, b"x-one", WILD, SIZE)),
        ("add_header_map_value", (REQUEST, WILD, 5, b"x")),
        ("add_header_map_value", (REQUEST, b"x", WILD, 5)),
        ("replace_header_map_value", (REQUEST, b"x-one", WILD, 5)),
        ("remove_header_map_value", (REQUEST, WILD, 5)),
        ("set_header_map_pairs", (REQUEST, WILD, 5)),
        ("get_header_map_pairs", (REQUEST, WILD, SIZE)),
        ("get_header_map_size", (REQUEST, WILD)),
    ):
        with pytest.raises(OutOfBounds):
            host.call(name, *arguments)  # type: ignore[arg-type]
    assert list(stream.exchange.request.headers.items()) == [("X-One", "1"), ("X-Two", "2")]
