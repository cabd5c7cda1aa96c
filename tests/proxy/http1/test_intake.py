"""From heads to requests, with memories that change nothing but the time it takes."""

from collections.abc import Iterator
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit import get, post

from proxy.errors import BadRequest, ClientError, ExpectationFailed, HeaderTooLarge, TargetTooLong
from proxy.exchange import Client
from proxy.http1.codec import _SECTIONS, forget
from proxy.http1.framing import ChunkedDecoder, LengthDecoder
from proxy.http1.intake import Intake, IntakeRules
from proxy.limits import Limits
from proxy.messages import Request
from proxy.path import STRICT

PEER = Client("192.0.2.1", 4711, "public")


def rules(**limits: int) -> IntakeRules:
    return IntakeRules(Limits(**limits), paths=STRICT)  # type: ignore[arg-type]


def intake(client: Client = PEER, **limits: int) -> Intake:
    return Intake(rules(**limits), client)


def read(head: bytes) -> Request:
    return intake().read(head)


def said(request: Request) -> tuple[object, ...]:
    """Return all that a request says."""
    lines = tuple(request.headers.lines)
    return request.method, request.target, request.authority, request.version, request.upgrade, request.line, lines


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    yield
    forget()


LINES = [
    *("Host: a.test", "Host: b.test:8080", "Accept: */*", "X: a", "x: b", "Cookie: a=b", "X_Forwarded_For: 6.6.6.6"),
    *("Content-Length: 0", "Content-Length: 5", "Content-Length: +5", "Transfer-Encoding: chunked", "TE: trailers"),
    *("Transfer-Encoding: gzip", "Connection: close", "Connection: keep-alive", "Connection: Upgrade, X"),
    *("Upgrade: echo", "Upgrade: h2c", "Expect: 100-continue", "Expect: more", "X-Forwarded-For: 6.6.6.6", "Via: a"),
    *("X : a", " folded", "X", "X: a\rb", "X: a\x00", "X: \xe9", ": a", "Forwarded: for=a"),
]
SECTIONS = st.lists(st.sampled_from(LINES), max_size=6)
START_LINES = st.sampled_from(
    ["GET / HTTP/1.1", "GET /a?b HTTP/1.0", "POST /p HTTP/1.1", "GET http://a.test/ HTTP/1.1", "GET  / HTTP/1.1"]
)


def outcome(reader: Intake, head: bytes) -> object:
    try:
        request = reader.read(head)
        decoder = reader.body_decoder(request, Limits())
    except ClientError as error:
        return type(error), error.status, error.reason
    return said(request), request.body, request.expects_continue, type(decoder), reader.persistent


@given(st.lists(st.tuples(START_LINES, SECTIONS), min_size=1, max_size=4))
def test_what_came_before_changes_nothing(heads: list[tuple[str, list[str]]]) -> None:
    """Cold, warm, on a connection with a past: the outcome is the same."""
    reader = intake()
    for start, lines in heads:
        head = "\r\n".join([start, *lines, "", ""]).encode("latin-1")
        forget()
        cold = outcome(intake(), head)
        assert outcome(intake(), head) == cold, "warm"
        _SECTIONS.clear()
        assert outcome(intake(), head) == cold, "where only the lines are remembered"
        assert outcome(reader, head) == cold, "after other requests"
        assert outcome(reader, head) == cold, "repeated"


@given(SECTIONS)
def test_no_request_shares_its_headers_with_another(lines: list[str]) -> None:
    head = "\r\n".join(["GET / HTTP/1.1", *lines, "", ""]).encode("latin-1")
    reader = intake()
    try:
        first = reader.read(head)
    except ClientError:
        return
    before = said(reader.read(head))
    first.headers.add("X-Mine", "a")
    first.headers.remove("X")
    first.headers.set("Accept", "changed")
    assert said(reader.read(head)) == before
    assert said(intake().read(head)) == before


def test_the_memory_of_lines_is_bounded() -> None:
    reader = intake()
    lines = reader._rules.lines
    for number in range(2 * lines.limit):
        reader.read(get(f"/{number}"))
    assert len(lines) <= lines.limit
    reader.read(get("/" + "a" * 4000))
    assert max(map(len, lines)) <= lines.longest


def test_a_refused_line_is_not_remembered() -> None:
    reader = intake()
    with pytest.raises(ClientError):
        reader.read(get("/%zz"))
    assert len(reader._rules.lines) == 0


def test_a_request_says_what_its_head_says() -> None:
    request = read(get("/a/../b?c=%2e", "X-A: 1", "x-a:2", host="Example.TEST:8080"))
    assert (request.method, request.path, request.query) == ("GET", "/b", "c=%2e")
    assert (request.host, request.authority, request.scheme) == ("example.test", "example.test:8080", "http")
    assert request.headers.getall("X-A") == ["1", "2"]
    assert request.field_count == 3
    assert "Host" not in request.headers


def test_an_absolute_target_names_the_host() -> None:
    request = read(get("http://Example.TEST/a", host="example.test"))
    assert (request.host, request.path) == ("example.test", "/a")


@pytest.mark.parametrize("host", ["other.test", "example.test:81"])
def test_host_may_not_contradict_an_absolute_target(host: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read(get("http://example.test/a", host=host))
    assert caught.value.reason == "host"


@pytest.mark.parametrize(
    ("head", "persistent"),
    [
        (get(), True),
        (get("/", "Connection: close"), False),
        (get("/", "Connection: Keep-Alive, CLOSE"), False),
        (get(version="1.0"), False),
        (get("/", "Connection: keep-alive", version="1.0"), True),
        (get("/", "Connection: keep-alive, close", version="1.0"), False),
    ],
)
def test_a_connection_persists_as_its_version_and_options_say(head: bytes, persistent: bool) -> None:
    reader = intake()
    reader.read(head)
    assert reader.persistent == persistent


@pytest.mark.parametrize(
    ("fields", "upgrade"),
    [
        (["Connection: Upgrade", "Upgrade: echo"], b"echo"),
        (["Upgrade: echo"], None),
        (["Connection: Upgrade"], None),
        (["Connection: Upgrade", "Upgrade: a, b"], None),
        (["Connection: Upgrade", "Upgrade: a", "Upgrade: b"], None),
        (["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: a"], None),
        (["Connection: Upgrade", "Upgrade: HTTP/2.0"], None),
        (["Connection: Upgrade", "Upgrade: TLS/1.2"], None),
    ],
)
def test_only_one_protocol_that_can_be_tunnelled_is_asked_for(fields: list[str], upgrade: bytes | None) -> None:
    request = read(get("/", *fields))
    assert request.upgrade == upgrade
    assert not {"upgrade", "connection", "http2-settings"} & {name.lower() for name in request.headers}


def test_an_http_1_0_client_cannot_upgrade() -> None:
    assert read(get("/", "Connection: Upgrade", "Upgrade: echo", version="1.0")).upgrade is None


@pytest.mark.parametrize("value", ["200-ok", "100-continue, more", ""])
def test_no_other_expectation_is_met(value: str) -> None:
    with pytest.raises(ExpectationFailed):
        read(get("/", f"Expect: {value}"))


@pytest.mark.parametrize(("version", "expects"), [("1.1", True), ("1.0", False)])
def test_an_expectation_is_noted_with_its_body(version: str, expects: bool) -> None:
    reader = intake()
    request = reader.read(get("/", "Expect: 100-Continue", "Content-Length: 5", method="POST", version=version))
    assert isinstance(reader.body_decoder(request, Limits()), LengthDecoder)
    assert request.expects_continue == expects
    assert reader.length == 5


def test_a_body_is_decoded_as_it_is_framed() -> None:
    reader = intake()
    assert reader.body_decoder(reader.read(get()), Limits()) is None
    chunked = reader.read(get("/", "Transfer-Encoding: chunked", method="POST"))
    assert isinstance(reader.body_decoder(chunked, Limits()), ChunkedDecoder)
    assert reader.length is None
    empty = reader.read(post(b""))
    assert reader.body_decoder(empty, Limits()) is None
    assert empty.body == b""


def test_an_http_1_0_body_is_not_chunked() -> None:
    with pytest.raises(BadRequest):
        read(get("/", "Transfer-Encoding: chunked", method="POST", version="1.0"))


def test_too_many_fields_are_refused_each_time() -> None:
    reader = intake(header_count=3)
    for _ in range(2):
        with pytest.raises(HeaderTooLarge):
            reader.read(get("/", "A: 1", "B: 2", "C: 3"))
    assert reader.read(get("/", "A: 1", "B: 2")).field_count == 3


def test_a_refused_head_leaves_nothing_behind() -> None:
    reader = intake()
    with pytest.raises(BadRequest):
        reader.read(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nX: refused\r\n\r\n")
    assert "X" not in reader.read(get()).headers


def test_a_trusted_hop_speaks_for_each_client_anew() -> None:
    reader = Intake(IntakeRules(Limits(), paths=STRICT, trusted_hops=[ip_network("192.0.2.0/24")]), PEER)
    for address in ("198.51.100.1", "198.51.100.2"):
        reader.read(get("/", f"X-Forwarded-For: {address}", "X-Forwarded-Proto: https"))
        assert reader.client.address == address
    request = reader.read(get())
    assert (reader.client.address, request.scheme) == ("192.0.2.1", "http")


# The beginning of a head.


@pytest.mark.parametrize(
    "beginning",
    [
        b"\x16\x03\x01",
        b"\x00",
        b" GET",
        b"\xff",
        b"GET / HTTP/9.9\r\nHo",
        b"GET / HTTP/1.1\nHost: a\n\n",
        b"GET / HTTP/1.1\r\nHost: a\n",
    ],
)
def test_a_beginning_that_nothing_can_mend_is_refused_at_once(beginning: bytes) -> None:
    with pytest.raises(ClientError):
        intake().check_beginning(beginning)


@given(st.integers(1, len(get("/a/path?query", "X: a", "Connection: close")) - 1))
def test_every_beginning_of_a_good_head_may_go_on(size: int) -> None:
    intake().check_beginning(get("/a/path?query", "X: a", "Connection: close")[:size])


def test_a_beginning_over_a_limit_is_refused() -> None:
    with pytest.raises(TargetTooLong):
        intake(request_line_bytes=20).check_beginning(b"GET /" + b"a" * 20)
    with pytest.raises(HeaderTooLarge):
        intake(header_bytes=50).check_beginning(get("/", "X: " + "a" * 50)[:-2])


# What a cache has to know.


@pytest.mark.parametrize(
    "field",
    [
        *("Cache-Control: no-cache", "PRAGMA: x", "range:bytes=0-0", "If-None-Match: *", "if-range:"),
        *("If-Modified-Since: x", "If-Match: *", "If-Unmodified-Since: x", "Authorization: Basic YTpi"),
        *("Content-Length: 0", "Connection: Upgrade\r\nUpgrade: echo"),
    ],
)
def test_a_request_is_not_simple_that_says_something_to_a_cache(field: str) -> None:
    reader = intake()
    reader.read(get("/", field))
    assert not reader.simple


@pytest.mark.parametrize("field", ["X-Range: 1", "Accept: range:", "X: Cache-Control: no-cache", "Cookie: if-match=1"])
def test_a_request_is_simple_that_only_looks_so(field: str) -> None:
    reader = intake()
    reader.read(get("/", field))
    assert reader.simple


def test_each_request_of_a_connection_is_judged_for_itself() -> None:
    reader = intake()
    heads = [get("/"), get("/", "Range: bytes=0-0"), get("/"), post(b"a"), get("/b"), get("/b")]
    simple = []
    for head in heads:
        reader.read(head[: head.index(b"\r\n\r\n") + 4])
        simple.append(reader.simple)
    assert simple == [True, False, True, False, True, True]


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
def test_who_sends_authorization_is_known_to_have_whatever_filters_do_to_it(name: str) -> None:
    request = read(get("/", f"{name}: Basic YTpi"))
    request.headers.remove("authorization")
    assert request.authorized


@pytest.mark.parametrize("field", ["X-Authorization: a", "Proxy-Authorization: a", "Cookie: authorization=a"])
def test_other_fields_are_no_authorization(field: str) -> None:
    assert not read(get("/", field)).authorized


def test_authorization_is_not_remembered_for_the_next_request() -> None:
    reader = intake()
    assert reader.read(get("/", "Authorization: a")).authorized
    assert not reader.read(get("/")).authorized
