"""Header sections: llhttp's verdict is ours, whatever was remembered; and what they say about the message."""

import contextlib
from collections.abc import Iterator

import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.errors import BadRequest, BadUpstreamResponse
from proxy.http1.codec import (
    _LINES,
    _SECTIONS,
    _STATUS_LINES,
    Fields,
    Kind,
    forget,
    kind_of,
    parse_fields,
    parse_response_head,
)

REQUEST_LINE, STATUS_LINE = b"GET / HTTP/1.1", b"HTTP/1.1 200 OK"


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    forget()
    yield
    forget()


def head_of(start: bytes, lines: list[bytes]) -> bytes:
    return b"\r\n".join([start, *lines, b"", b""])


def parse(lines: list[bytes]) -> Fields | None:
    try:
        return parse_fields(head_of(REQUEST_LINE, lines), len(REQUEST_LINE), BadRequest)
    except BadRequest:
        return None


def parse_response(lines: list[bytes]) -> Fields | None:
    try:
        return parse_response_head(head_of(STATUS_LINE, lines))[3]
    except BadUpstreamResponse:
        return None


def contents(fields: Fields | None) -> object:
    return fields and {name: getattr(fields, name) for name in Fields.__slots__}


class Heard:
    """What httptools reports of a head."""

    def __init__(self) -> None:
        self.fields: list[tuple[bytes, bytes]] = []
        self.complete = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.fields.append((name, value))

    def on_headers_complete(self) -> None:
        self.complete = True


def heard_by_llhttp(lines: list[bytes]) -> Heard | None:
    heard = Heard()
    try:
        with contextlib.suppress(httptools.HttpParserUpgrade):
            httptools.HttpRequestParser(heard).feed_data(head_of(REQUEST_LINE, lines))
    except httptools.HttpParserError:
        return None
    return heard if heard.complete else None


plain_names = st.sampled_from([b"X", b"x-a", b"Accept", b"Cookie", b"X!#$%&'*+-.^_`|~9"])
values = st.binary(max_size=12)
plain_lines = st.tuples(plain_names, values).map(b":".join)
odd_lines = st.one_of(st.binary(min_size=1, max_size=12), st.tuples(st.binary(max_size=4), values).map(b": ".join))
whole = st.lists(st.one_of(plain_lines, odd_lines).filter(lambda line: b"\r\n" not in line and line), max_size=5)


@given(whole)
def test_our_verdict_is_llhttps(lines: list[bytes]) -> None:
    """Sections of fields that frame nothing: what else we refuse is the framing's, and tested there."""
    forget()
    heard, fields = heard_by_llhttp(lines), parse(lines)
    if any(kind_of(line.partition(b":")[0]) is not Kind.PLAIN for line in lines):
        assert heard is not None or fields is None
        return
    assert (heard is None) == (fields is None)
    if heard is not None and fields is not None:
        ours = [tuple(part.strip(b" \t") for part in line.split(b":", 1)) for line in fields.lines]
        assert ours == [(name, value.strip(b" \t")) for name, value in heard.fields]


@given(st.lists(whole, max_size=4), whole)
def test_no_section_is_passed_for_its_lines_having_been_seen(before: list[list[bytes]], lines: list[bytes]) -> None:
    forget()
    cold = contents(parse(lines))
    forget()
    for earlier in before:
        parse(earlier)
        parse_response(earlier)
    for single in lines:
        parse([single])
        parse_response([single])
    assert contents(parse(lines)) == cold
    assert contents(parse(lines)) == cold


@given(whole)
def test_requests_and_responses_share_a_memory_that_judges_both_alike(lines: list[bytes]) -> None:
    forget()
    as_request = contents(parse(lines))
    forget()
    as_response = contents(parse_response(lines))
    assert as_request == as_response
    assert contents(parse(lines)) == as_request


BIG = b"X: " + b"a" * 100


def test_the_memories_are_bounded() -> None:
    for number in range(_LINES.limit + 100):
        parse([b"X-%d: a" % number])
    parse([BIG * 3])
    parse([BIG] * 20)
    assert len(_LINES) <= _LINES.limit
    assert len(_SECTIONS) <= _SECTIONS.limit
    assert max(map(len, _LINES)) <= _LINES.longest
    assert max(map(len, _SECTIONS)) <= _SECTIONS.longest


def test_status_lines_are_remembered_up_to_a_bound() -> None:
    for number in range(2 * _STATUS_LINES.limit):
        parse_response_head(head_of(b"HTTP/1.1 200 phrase %d" % number, []))
    assert len(_STATUS_LINES) <= _STATUS_LINES.limit
    _STATUS_LINES.clear()


@pytest.mark.parametrize(
    "lines", [[b"X : a"], [b"X"], [b" X: a"], [b"X: a\x00"], [b"X: a\nY: b"], [b": a"], [b"X: a\rb"]]
)
def test_a_malformed_section_is_refused_each_time(lines: list[bytes]) -> None:
    for _ in range(2):
        assert parse(lines) is None
        assert parse_response(lines) is None


# What the fields say.


def test_fields_that_frame_or_belong_to_the_connection_are_not_forwarded() -> None:
    fields = parse(
        [
            *(b"Host: a", b"Content-Length: 5", b"Connection: close, X-Named", b"Upgrade: b", b"Expect: c", b"TE: d"),
            *(b"Keep-Alive: e", b"Proxy-Connection: f", b"Trailer: g", b"X-Named: h", b"Proxy-Authorization: i"),
            *(b"X-Kept: j", b"X-Forwarded-For: k", b"X_Forwarded_For: l", b"Content_Length: m"),
        ]
    )
    assert fields is not None
    assert fields.lines == [b"X-Kept: j"]
    assert (fields.hosts, fields.length, fields.upgrades, fields.expect) == ([b"a"], 5, [b"b"], [b"c"])
    assert fields.options == {b"close", b"x-named"}
    assert fields.forwarded == [b"X-Forwarded-For: k"]
    assert fields.count == 15


@pytest.mark.parametrize("name", ["Cache-Control", "Content-Type"])
def test_connection_cannot_name_what_every_message_needs(name: str) -> None:
    fields = parse([f"Connection: {name}".encode(), f"{name}: a".encode()])
    assert fields is not None
    assert len(fields.lines) == 1


@pytest.mark.parametrize(
    "lines",
    [
        [b"Content-Length: 5", b"Content-Length: 5"],
        [b"Content-Length: 5, 5"],
        [b"Content-Length: +5"],
        [b"Content-Length:"],
        [b"Content-Length: 9223372036854775808"],
        [b"Content-Length: 5", b"Transfer-Encoding: chunked"],
        [b"Transfer-Encoding: chunked", b"Content-Length: 5"],
        [b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"],
        [b"Transfer-Encoding: gzip, chunked"],
        [b"Transfer-Encoding: identity"],
    ],
)
def test_ambiguous_framing_is_refused_on_both_sides_whatever_is_remembered(lines: list[bytes]) -> None:
    for single in lines:
        parse([single])
        parse_response([single])
    assert parse(lines) is None
    assert parse_response(lines) is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (b"X-Forwarded-For", Kind.FORWARDED),
        (b"x_forwarded_for", Kind.ALIAS),
        (b"X-Forwarded_For", Kind.ALIAS),
        (b"X_Real_IP", Kind.ALIAS),
        (b"Transfer_Encoding", Kind.ALIAS),
        (b"X_Other", Kind.PLAIN),
        (b"X-Real-IP", Kind.PLAIN),
        (b"CONTENT-LENGTH", Kind.LENGTH),
    ],
)
def test_fields_are_known_by_name_and_by_its_alias(name: bytes, kind: Kind) -> None:
    assert kind_of(name) is kind


# Status lines.


@pytest.mark.parametrize(
    ("line", "version", "status", "sent_on"),
    [
        (b"HTTP/1.1 200 OK", 11, 200, b"HTTP/1.1 200 OK"),
        (b"HTTP/1.0 404 Not Here", 10, 404, b"HTTP/1.1 404 Not Here"),
        (b"HTTP/1.1 299 \xe9 \t phrase", 11, 299, b"HTTP/1.1 299 \xe9 \t phrase"),
        (b"HTTP/1.1 204 ", 11, 204, b"HTTP/1.1 204 "),
        (b"HTTP/1.1 204", 11, 204, b"HTTP/1.1 204 "),
    ],
)
def test_a_status_line_is_sent_on_as_our_version(line: bytes, version: int, status: int, sent_on: bytes) -> None:
    for _ in range(2):
        assert parse_response_head(head_of(line, []))[:3] == (version, status, sent_on)


@pytest.mark.parametrize(
    "line",
    [
        *(b"HTTP/1.2 200 OK", b"HTTP/2 200 OK", b"HTTP/1.1 20 OK", b"HTTP/1.1 2000 OK", b"HTTP/1.1  200 OK"),
        *(b"HTTP/1.1 099 OK", b"HTTP/1.1 abc OK", b"http/1.1 200 OK", b"HTTP/1.1\t200 OK", b"HTTP/1.1 200 a\x00"),
        *(b"HTTP/1.1 200OK", b"ICY 200 OK", b"", b"HTTP/1.1 200 OK\n"),
    ],
)
def test_a_malformed_status_line_is_refused(line: bytes) -> None:
    with pytest.raises(BadUpstreamResponse) as caught:
        parse_response_head(head_of(line, []))
    assert caught.value.reason == "malformed_status_line"
