"""What guests may ask about the response. Encodings and presence are those of a live Envoy."""

import pytest
from kit.asked_properties import AView, answered, ask, number, under_way
from kit.exchanges import make_response

from wasm_host.abi.proxy_wasm.pairs import decode_pairs


@pytest.fixture
def view() -> AView:
    """Return a request under way."""
    return under_way()


@pytest.fixture
def late() -> AView:
    """Return the same once it was answered."""
    return answered()


@pytest.mark.parametrize("name", ["code", "code_details", "grpc_status", "headers", "headers\0content-type"])
def test_before_the_response_there_is_nothing_of_it(view: AView, name: str) -> None:
    assert ask(view, "response", name) is None


@pytest.mark.parametrize("name", ["flags", "size", "total_size", "headers_bytes"])
def test_before_the_response_its_numbers_are_0(view: AView, name: str) -> None:
    assert number(view, "response", name) == 0


def test_the_response_is_there_once_it_came(late: AView) -> None:
    assert number(late, "response", "code") == 404
    assert ask(late, "response", "code_details") == b"via_upstream"
    assert ask(late, "response", "headers", "content-type") == b"text/plain"
    assert ask(late, "response", "headers", "set-cookie") == b"a,b"
    assert decode_pairs(ask(late, "response", "headers") or b"")[0] == (b":status", b"404")
    assert decode_pairs(ask(late, "response", "trailers") or b"") == []
    assert number(late, "response", "flags") == 0


def test_the_responses_size_is_what_was_sent(late: AView) -> None:
    assert number(late, "response", "size") == 0
    late.exchange.sent_bytes = 22
    assert number(late, "response", "size") == 22
    assert number(late, "response", "total_size") == 22 + number(late, "response", "headers_bytes")


def test_the_final_response_is_seen_where_the_guest_was_never_shown_one(view: AView) -> None:
    view.exchange.response = make_response(503)
    assert number(view, "response", "code") == 503


def test_who_answered_in_the_upstreams_place_says_why(late: AView) -> None:
    late.exchange.answered_by, late.exchange.reason = "proxy", "connect_failed"
    assert ask(late, "response", "code_details") == b"connect_failed"


def test_a_guest_that_answered_is_quoted(late: AView) -> None:
    late.exchange.decide("auth", "answered", "guest_answered", "no key")
    late.exchange.answered_by, late.exchange.reason = "auth", "guest_answered"
    assert ask(late, "response", "code_details") == b"no key"


def test_a_failures_text_is_nothing_for_guests(late: AView) -> None:
    late.exchange.decide("proxy", "failed", "connect_failed", "10.0.0.1 refused")
    late.exchange.answered_by, late.exchange.reason = "proxy", "connect_failed"
    assert ask(late, "response", "code_details") == b"connect_failed"


@pytest.mark.parametrize(("status", "meaning"), [(200, 2), (401, 16), (404, 12), (503, 14)])
def test_a_status_has_its_meaning_in_grpc(view: AView, status: int, meaning: int) -> None:
    view.response = make_response(status)
    assert number(view, "response", "grpc_status") == meaning


@pytest.mark.parametrize(("own", "meaning"), [("7", 7), ("x", 2), ("9" * 30, 2)])
def test_a_grpc_status_of_its_own_comes_first_if_it_is_one(view: AView, own: str, meaning: int) -> None:
    view.response = make_response(200, [("grpc-status", own)])
    assert number(view, "response", "grpc_status") == meaning
