"""The exchange that stands for a sub-request."""

import pytest
from kit.exchanges import make_exchange

from proxy.exchange import Exchange
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.network.subexchange import MOST_DEEP, Subexchange, subexchange
from wasm_host.functions.services import HttpAsk


def made(url: str = "/", *headers: tuple[str, str], method: str = "GET", body: bytes = b"") -> Subexchange:
    return subexchange(parent(), HttpAsk(method, url, headers, body))


def parent() -> Exchange:
    fields = [("X-Forwarded-For", "192.0.2.1"), ("Via", "1.1 penstock"), ("Cookie", "a=b"), ("Authorization", "s")]
    return make_exchange("POST", "/function", fields, scheme="https", port=8443)


def refused(url: str = "/", *headers: tuple[str, str], method: str = "GET") -> str:
    with pytest.raises(HostcallFailed) as failure:
        made(url, *headers, method=method)
    return failure.value.reason


def test_it_asks_as_a_client_of_the_same_host_would() -> None:
    request = made("/a/../b?c=d").request
    assert (request.method, request.target, request.scheme) == ("GET", "/b?c=d", "https")
    assert (request.authority, request.host) == ("example.test:8443", "example.test")


def test_another_host_can_be_asked_for() -> None:
    request = made("/", ("Host", "OTHER.test:81")).request
    assert (request.authority, request.host) == ("other.test:81", "other.test")


def test_the_client_is_its_parents() -> None:
    assert made().client == parent().client


def test_of_the_parents_fields_only_what_tells_of_the_client_goes_along() -> None:
    assert list(made("/", ("X-A", "1")).request.headers.items()) == [
        ("X-A", "1"),
        ("X-Forwarded-For", "192.0.2.1"),
        ("Via", "1.1 penstock"),
    ]


@pytest.mark.parametrize(
    "name", ["X-Forwarded-For", "forwarded", "X-FORWARDED-PROTO", "X-Forwarded-Host", "Via", "X_Forwarded_For"]
)
def test_a_function_cannot_speak_for_another_client(name: str) -> None:
    assert "203.0.113.9" not in dict(made("/", (name, "203.0.113.9")).request.headers.items()).values()


def test_a_cache_is_told_of_credentials() -> None:
    assert made("/", ("authorization", "s")).request.authorized
    assert not made().request.authorized


def test_the_limits_of_heads_have_something_to_count() -> None:
    request = made("/x", ("X-A", "1")).request
    assert request.field_count == 3
    assert request.head_bytes > len("GET /x HTTP/1.1\r\nX-A: 1\r\n")


@pytest.mark.parametrize(("method", "body"), [("GET", None), ("POST", b""), ("DELETE", None)])
def test_no_body_is_said_where_one_is_expected(method: str, body: bytes | None) -> None:
    assert made(method=method).request.body == body


def test_a_body_goes_with_any_method() -> None:
    assert made(method="delete", body=b"x").request.body == b"x"


@pytest.mark.parametrize(
    "url",
    ["", "x", "*", "//a b", "http://example.test/", "/a b", "/a\r\nX: y", "/%zz", "/%2e%2e/", "/a%2fb", "/a\\b",
     "/\u00fc", "/\ud800", "/#x", "/x HTTP/1.1\r\n"],
)  # fmt: skip
def test_what_a_listener_would_refuse_is_invalid(url: str) -> None:
    assert refused(url) == "invalid"


@pytest.mark.parametrize("method", ["CONNECT", "TRACE", "", "G T"])
def test_methods_that_are_never_let_through_are_invalid(method: str) -> None:
    assert refused(method=method) == "invalid"


@pytest.mark.parametrize("host", ["", "a b", "a/b", "u@a"])
def test_what_is_no_host_is_invalid(host: str) -> None:
    assert refused("/", ("Host", host)) == "invalid"


def test_fields_of_the_connection_are_invalid() -> None:
    assert refused("/", ("Upgrade", "websocket")) == "invalid"


def test_its_id_leads_to_its_parent() -> None:
    above = parent()
    ask = HttpAsk("GET", "/")
    assert [subexchange(above, ask).id for _ in range(2)] == [f"{above.id}-1", f"{above.id}-2"]


def test_sub_requests_of_sub_requests_come_to_an_end() -> None:
    exchange: Exchange = parent()
    for _ in range(MOST_DEEP):
        exchange = subexchange(exchange, HttpAsk("GET", "/"))
    with pytest.raises(HostcallFailed) as failure:
        subexchange(exchange, HttpAsk("GET", "/"))
    assert failure.value.reason == "over_budget"


def test_depth_outlives_the_client() -> None:
    """A cache that goes on without the one that asked goes on as deep."""
    exchange: Exchange = parent()
    for _ in range(MOST_DEEP):
        exchange = subexchange(exchange, HttpAsk("GET", "/")).behind()
    with pytest.raises(HostcallFailed):
        subexchange(exchange, HttpAsk("GET", "/"))
