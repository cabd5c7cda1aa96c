"""What guests may ask about the request. Encodings are those of a live Envoy, as is what is there when."""

import pytest
from kit.asked_properties import AView, answered, ask, number, under_way
from kit.exchanges import make_exchange

from proxy.runtime import wall_clock
from wasm_host.abi.proxy_wasm.pairs import decode_pairs


@pytest.fixture
def view() -> AView:
    """Return a request under way."""
    return under_way()


@pytest.fixture
def late() -> AView:
    """Return the same once it was answered."""
    return answered()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("request", "path"), b"/with?query=1"),
        (("request", "url_path"), b"/with"),
        (("request", "query"), b"query=1"),
        (("request", "host"), b"oracle.test:8080"),
        (("request", "scheme"), b"http"),
        (("request", "method"), b"POST"),
        (("request", "referer"), b"http://from.test/"),
        (("request", "useragent"), b"oracle"),
        (("request", "protocol"), b"HTTP/1.1"),
        (("request", "headers", "user-agent"), b"oracle"),
        (("request", "headers", "User-Agent"), b"oracle"),
        (("request", "headers", ":path"), b"/with?query=1"),
        (("request", "headers", "x-empty"), b""),
    ],
)
def test_the_request_is_there_in_both_phases(view: AView, late: AView, path: tuple[str, ...], value: bytes) -> None:
    assert ask(view, *path) == value
    assert ask(late, *path) == value


def test_a_header_of_several_lines_is_joined(view: AView) -> None:
    assert ask(view, "request", "headers", "x-a") == b"1,2"


def test_a_header_that_is_not_there_is_none(view: AView) -> None:
    assert ask(view, "request", "headers", "x-none") is None


def test_an_absent_query_is_empty() -> None:
    assert ask(AView(make_exchange()), "request", "query") == b""


def test_all_headers_are_serialised_pairs_with_pseudo_headers(view: AView) -> None:
    pairs = decode_pairs(ask(view, "request", "headers") or b"")
    assert pairs[:4] == [
        (b":authority", b"oracle.test:8080"),
        (b":path", b"/with?query=1"),
        (b":method", b"POST"),
        (b":scheme", b"http"),
    ]
    assert (b"x-a", b"2") in pairs


def test_headers_are_counted_without_what_separates_them() -> None:
    bare = AView(make_exchange("GET", "/", [("a", "1")], host="b.test"))
    assert number(bare, "request", "headers_bytes") == len(":authorityb.test:path/:methodGET:schemehttpa1")


def test_the_size_is_the_one_that_was_announced_whatever_became_of_the_body(view: AView) -> None:
    view.announced_bytes = 5
    assert number(view, "request", "size") == 5
    assert number(view, "request", "total_size") == 5 + number(view, "request", "headers_bytes")


def test_the_id_is_the_clients_or_the_exchanges_own(view: AView) -> None:
    assert ask(view, "request", "id") == view.exchange.id.encode()
    view.exchange.request.headers.set("X-Request-Id", "abc")
    assert ask(view, "request", "id") == b"abc"


def test_the_time_is_when_the_exchange_began(view: AView) -> None:
    assert abs(number(view, "request", "time") / 1e9 - wall_clock()) < 5


def test_the_duration_is_known_at_the_end(view: AView) -> None:
    assert ask(view, "request", "duration") is None
    view.exchange.finished_at = view.exchange.started_at + 0.25
    assert number(view, "request", "duration") == pytest.approx(250_000_000, abs=1000)
