"""What goes on with an exchange, as guests ask for it: local responses, pauses, contexts."""

import pytest
from kit.exchanges import make_exchange
from kit.host_calls import WILD, HostCalls

from proxy.messages import Response
from proxy.metrics import Registry
from wasm_host.abi.proxy_wasm.numbers import NOT_FOUND, OK, Status
from wasm_host.abi.proxy_wasm.pairs import Pair, encode_pairs
from wasm_host.abi.proxy_wasm.services import Services, WorkerServices
from wasm_host.abi.proxy_wasm.stream import Stream
from wasm_host.memory import OutOfBounds

NO_GRPC = 2**32 - 1


def services() -> Services:
    return WorkerServices({}, Registry()).of("auth")


@pytest.fixture
def host() -> HostCalls:
    return HostCalls(services())


@pytest.fixture
def stream(host: HostCalls) -> Stream:
    return host.stream(make_exchange())


def answer(
    host: HostCalls,
    status: int = 403,
    details: bytes = b"",
    body: bytes = b"",
    headers: list[Pair] | bytes = b"",
) -> int:
    serialised = headers if isinstance(headers, bytes) else encode_pairs(headers)
    return host.call("send_local_response", status, details, body, serialised, NO_GRPC)


def answered(stream: Stream) -> Response:
    assert stream._reply is not None
    return stream._reply


# Local responses.


def test_a_local_response_has_the_guests_status_headers_and_body(host: HostCalls, stream: Stream) -> None:
    assert answer(host, 401, body=b"who?", headers=[(b"WWW-Authenticate", b"Basic"), (b"Content-Type", b"a/b")]) == OK
    made = answered(stream)
    assert (made.status, made.body) == (401, b"who?")
    assert list(made.headers.items()) == [("WWW-Authenticate", "Basic"), ("Content-Type", "a/b")]


def test_a_body_without_a_type_is_plain_text(host: HostCalls, stream: Stream) -> None:
    answer(host, body=b"no")
    assert answered(stream).headers["content-type"] == "text/plain"


def test_no_body_needs_no_type(host: HostCalls, stream: Stream) -> None:
    answer(host)
    assert "content-type" not in answered(stream).headers


def test_the_details_are_noted_as_the_reason(host: HostCalls, stream: Stream) -> None:
    answer(host, details=b"no_token \xff")
    (decision,) = stream.exchange.decisions
    assert (decision.by, decision.action, decision.reason) == ("auth", "answered", "guest_answered")
    assert decision.detail == "no_token \ufffd"


def test_a_second_local_response_is_passed_over(host: HostCalls, stream: Stream) -> None:
    assert [answer(host, 401), answer(host, 200)] == [OK, OK]
    assert answered(stream).status == 401
    assert len(stream.exchange.decisions) == 1


@pytest.mark.parametrize("status", [0, 100, 199, 600, 999, 2**32 - 1])
def test_a_status_that_is_none_is_a_bad_argument(host: HostCalls, stream: Stream, status: int) -> None:
    assert answer(host, status) == Status.BAD_ARGUMENT
    assert stream._reply is None


@pytest.mark.parametrize(
    "pair", [(b"x", b"a\r\nY: b"), (b"x y", b"a"), (b"", b"a"), (b"content-length", b"9"), (b"Connection", b"close")]
)
def test_a_header_that_no_answer_may_have_is_a_bad_argument(host: HostCalls, stream: Stream, pair: Pair) -> None:
    assert answer(host, headers=[pair]) == Status.BAD_ARGUMENT
    assert stream._reply is None


def test_malformed_headers_are_none_as_in_envoy(host: HostCalls, stream: Stream) -> None:
    assert answer(host, headers=b"nonsense") == OK
    assert len(answered(stream).headers) == 0


def test_pseudo_headers_of_an_answer_are_passed_over(host: HostCalls, stream: Stream) -> None:
    assert answer(host, 403, headers=[(b":status", b"200"), (b"x", b"y")]) == OK
    assert list(answered(stream).headers.items()) == [("x", "y")]


def test_the_plugin_itself_has_nothing_to_answer(host: HostCalls) -> None:
    assert answer(host) == Status.BAD_ARGUMENT


def test_wild_pointers_raise_and_nothing_is_answered(host: HostCalls, stream: Stream) -> None:
    for arguments in (
        (403, WILD, 5, b"", b"", NO_GRPC),
        (403, b"", WILD, 5, b"", NO_GRPC),
        (403, b"", b"", WILD, 5, NO_GRPC),
    ):
        with pytest.raises(OutOfBounds):
            host.call("send_local_response", *arguments)  # type: ignore[arg-type]
    assert stream._reply is None


# Going on.


@pytest.mark.parametrize("kind", [4, 2**32 - 1])
def test_an_unknown_stream_is_a_bad_argument(host: HostCalls, stream: Stream, kind: int) -> None:
    assert host.call("continue_stream", kind) == Status.BAD_ARGUMENT
    assert host.call("close_stream", kind) == Status.BAD_ARGUMENT


@pytest.mark.parametrize(("kind", "resumed"), [(0, [True, False]), (1, [False, True]), (2, [False] * 2)])
def test_a_word_to_go_on_is_for_one_side_once_the_guest_has_returned(
    host: HostCalls, stream: Stream, kind: int, resumed: list[bool]
) -> None:
    sides = [stream._request_side(), stream._response_side()]
    assert host.call("continue_stream", kind) == OK
    assert [side.resumed for side in sides] == [False, False]
    host.guest.left()
    assert [side.resumed for side in sides] == resumed


@pytest.mark.parametrize(("name", "resumed"), [("request", [True, False]), ("response", [False, True])])
def test_0_1_0_has_a_function_for_each_side(name: str, resumed: list[bool]) -> None:
    host = HostCalls(services(), version="0_1_0")
    stream = host.stream(make_exchange())
    sides = [stream._request_side(), stream._response_side()]
    assert host.call(f"continue_{name}") == OK
    host.guest.left()
    assert [side.resumed for side in sides] == resumed


def test_the_plugin_may_say_go_on_to_nobody(host: HostCalls) -> None:
    assert host.call("continue_stream", 0) == OK


def test_the_plugin_closes_nothing(host: HostCalls) -> None:
    assert host.call("close_stream", 0) == Status.BAD_ARGUMENT


def test_0_1_0_clears_a_route_that_was_chosen_for_good() -> None:
    assert HostCalls(services(), version="0_1_0").call("clear_route_cache") == OK


# Contexts.


def test_a_guest_chooses_for_which_context_it_acts(host: HostCalls) -> None:
    first, second = host.stream(make_exchange()), host.stream(make_exchange())
    for context in (first, host.guest.root, second):
        assert host.call("set_effective_context", context.id) == OK
        assert host.guest.context is context


@pytest.mark.parametrize("id", [0, 77, 2**32 - 1])
def test_an_unknown_context_is_a_bad_argument_and_the_old_one_stays(host: HostCalls, stream: Stream, id: int) -> None:
    assert host.call("set_effective_context", id) == Status.BAD_ARGUMENT
    assert host.guest.context is stream


def test_done_is_not_found_where_nothing_waits_for_it(host: HostCalls, stream: Stream) -> None:
    assert host.call("done") == NOT_FOUND
