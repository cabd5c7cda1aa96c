"""The request line: read strictly, written afresh."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.errors import BadRequest, MethodNotAllowed, ProxyError, VersionNotSupported
from proxy.http1.target import KNOWN_METHODS, RequestLine, _parse_with_care, parse_request_line
from proxy.path import PathRules, normalise_path

PIECES = [
    "/",
    "//",
    ".",
    "..",
    "a",
    "%2e",
    "%2f",
    "%25",
    "?",
    "=",
    "b",
    "#",
    ";",
    "\\",
    "*",
    "http://",
    "a.test",
    ":80",
    "@",
    " ",
]
targets = st.lists(st.sampled_from(PIECES), min_size=1, max_size=10).map("".join)
methods = st.sampled_from(["GET", "POST", "OPTIONS", "PURGE", "get", "CONNECT", "TRACE", "G T", ""])
versions = st.sampled_from(["HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", ""])
lines = st.one_of(
    st.builds(lambda method, target, version: f"{method} {target} {version}".encode(), methods, targets, versions),
    st.binary(max_size=40).map(lambda noise: b"GET /" + noise + b" HTTP/1.1"),
    st.binary(max_size=40),
)


def understood(line: bytes) -> RequestLine | None:
    try:
        return parse_request_line(line)
    except ProxyError:
        return None


def refusal(line: bytes) -> ProxyError:
    with pytest.raises(ProxyError) as caught:
        parse_request_line(line)
    return caught.value


@given(lines)
def test_whatever_comes_is_understood_or_refused_as_the_clients_fault(line: bytes) -> None:
    with contextlib.suppress(BadRequest, MethodNotAllowed, VersionNotSupported):
        parse_request_line(line)


@given(lines)
def test_the_line_that_goes_upstream_never_holds_a_line_end_or_a_third_space(line: bytes) -> None:
    parsed = understood(line)
    if parsed is not None:
        content, end = parsed.upstream_line[:-2], parsed.upstream_line[-2:]
        assert end == b"\r\n"
        assert content.count(b" ") == 2
        assert all(0x20 <= byte < 0x7F for byte in content)
        assert b"#" not in content.split(b" ")[1]


@given(lines)
def test_the_path_that_goes_upstream_is_the_one_that_was_matched(line: bytes) -> None:
    parsed = understood(line)
    if parsed is not None:
        method, target, version = parsed.upstream_line[:-2].decode().split(" ")
        path, mark, query = target.partition("?")
        assert (method, path, version) == (parsed.method, parsed.path, "HTTP/1.1")
        assert (query if mark else None) == parsed.query


@given(lines)
def test_the_line_that_goes_upstream_is_understood_as_the_same_request(line: bytes) -> None:
    parsed = understood(line)
    if parsed is not None:
        again = parse_request_line(parsed.upstream_line[:-2])
        assert (again.method, again.path, again.query) == (parsed.method, parsed.path, parsed.query)


@given(lines)
def test_the_path_is_in_its_one_spelling(line: bytes) -> None:
    parsed = understood(line)
    if parsed is not None and parsed.path != "*":
        assert normalise_path(parsed.path) == parsed.path


@given(lines)
def test_the_short_way_and_the_careful_one_agree(line: bytes) -> None:
    try:
        careful = _parse_with_care(line.decode("latin-1"), PathRules())
    except ProxyError:
        careful = None
    assert understood(line) == careful


def test_an_origin_form_is_read() -> None:
    assert parse_request_line(b"GET /a/b?x=1&y=%zz HTTP/1.1") == RequestLine(
        "GET", "/a/b", "x=1&y=%zz", None, None, 11, b"GET /a/b?x=1&y=%zz HTTP/1.1\r\n"
    )


def test_an_absolute_form_is_read_and_goes_upstream_as_a_path() -> None:
    assert parse_request_line(b"GET HTTP://A.test:80/a/../b?q HTTP/1.1") == RequestLine(
        "GET", "/b", "q", "a.test:80", "http", 11, b"GET /b?q HTTP/1.1\r\n"
    )


def test_http_1_0_goes_upstream_as_1_1() -> None:
    parsed = parse_request_line(b"GET / HTTP/1.0")
    assert (parsed.version, parsed.upstream_line) == (10, b"GET / HTTP/1.1\r\n")


def test_a_query_is_kept_byte_for_byte() -> None:
    query = 'a=%2f%00..//../%zz\\|{}[]"<>?&&='
    assert parse_request_line(f"GET /?{query} HTTP/1.1".encode()).query == query


def test_an_empty_query_is_not_the_absence_of_one() -> None:
    assert parse_request_line(b"GET /? HTTP/1.1").upstream_line == b"GET /? HTTP/1.1\r\n"


def test_an_asterisk_stands_for_the_server_in_options() -> None:
    assert parse_request_line(b"OPTIONS * HTTP/1.1").path == "*"


def test_an_absolute_options_without_a_path_asks_for_the_server() -> None:
    assert parse_request_line(b"OPTIONS http://a.test HTTP/1.1").upstream_line == b"OPTIONS * HTTP/1.1\r\n"


@pytest.mark.parametrize("method", [b"GET", b"OPTIONS"])
def test_an_absolute_form_with_only_a_query_asks_for_the_root(method: bytes) -> None:
    assert parse_request_line(method + b" http://a.test?x HTTP/1.1").upstream_line == method + b" /?x HTTP/1.1\r\n"


def test_an_absolute_form_without_a_path_asks_for_the_root() -> None:
    assert parse_request_line(b"GET http://a.test HTTP/1.1").upstream_line == b"GET / HTTP/1.1\r\n"


def test_an_asterisk_is_refused_for_other_methods() -> None:
    assert refusal(b"GET * HTTP/1.1").reason == "target"


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"GET /a b HTTP/1.1", id="space"),
        pytest.param(b"GET /a\tb HTTP/1.1", id="tab"),
        pytest.param(b"GET /a\rb HTTP/1.1", id="bare CR"),
        pytest.param(b"GET /a\nb HTTP/1.1", id="bare LF"),
        pytest.param(b"GET /a\x00b HTTP/1.1", id="NUL"),
        pytest.param(b"GET /a\x1bb HTTP/1.1", id="escape"),
        pytest.param(b"GET /a\x7fb HTTP/1.1", id="DEL"),
        pytest.param(b"GET /\xc3\xa9 HTTP/1.1", id="UTF-8"),
        pytest.param(b"GET /?\xe9 HTTP/1.1", id="Latin-1 in the query"),
    ],
)
def test_control_characters_and_whitespace_in_the_target_are_refused(line: bytes) -> None:
    assert refusal(line).reason == "request_line"


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b" ",
        b"GET",
        b"GET  / HTTP/1.1",
        b"GET /  HTTP/1.1",
        b" GET / HTTP/1.1",
        b"GET / HTTP/1.1 ",
        b"GET  HTTP/1.1",
        b"GET\t/ HTTP/1.1",
        b"POST /",
        b"G(T / HTTP/1.1",
        b"G@T / HTTP/1.1",
    ],
)
def test_anything_but_three_parts_with_one_space_between_is_refused(line: bytes) -> None:
    assert refusal(line).reason == "request_line"


@pytest.mark.parametrize("target", [b"/a#b", b"/a?b#c", b"#", b"http://a.test/#a", b"http://a.test?#", b"/#/../admin"])
def test_a_number_sign_in_the_target_is_refused(target: bytes) -> None:
    assert refusal(b"GET " + target + b" HTTP/1.1").status == 400


@pytest.mark.parametrize("target", [b"/a\\b", b"\\a", b"/\\", b"http://a.test\\@b.test/", b"/..\\admin"])
def test_a_backslash_in_the_path_is_refused(target: bytes) -> None:
    assert refusal(b"GET " + target + b" HTTP/1.1").status == 400


@pytest.mark.parametrize("target", [b"a", b"?a", b"a.test:80", b"ftp://a.test/", b"http:/a", b"https:a", b"*a"])
def test_a_target_of_no_known_form_is_refused(target: bytes) -> None:
    assert refusal(b"GET " + target + b" HTTP/1.1").reason == "target"


@pytest.mark.parametrize(
    "authority", [b"", b"user@a.test", b"u:p@a.test", b"a,b", b"a:x", b"a:65536", b"[::1", b"a%2fb"]
)
def test_an_absolute_form_with_a_malformed_authority_is_refused(authority: bytes) -> None:
    assert refusal(b"GET http://" + authority + b"/ HTTP/1.1").reason == "host"


@pytest.mark.parametrize(
    "version",
    [
        b"HTTP/0.9",
        b"HTTP/1.2",
        b"HTTP/2.0",
        b"HTTP/2",
        b"HTTP/01.1",
        b"HTTP/1.10",
        b"http/1.1",
        b"RTSP/1.0",
        b"ICE/1.0",
        b"HTTP/1,1",
    ],
)
def test_versions_other_than_1_0_and_1_1_are_refused(version: bytes) -> None:
    assert isinstance(refusal(b"GET / " + version), VersionNotSupported)


def test_http_0_9_is_refused() -> None:
    assert isinstance(refusal(b"GET /"), VersionNotSupported)


def test_the_preface_of_http_2_is_refused() -> None:
    assert isinstance(refusal(b"PRI * HTTP/2.0"), VersionNotSupported)


@pytest.mark.parametrize(
    "line", [b"CONNECT a.test:443 HTTP/1.1", b"CONNECT / HTTP/1.1", b"TRACE / HTTP/1.1", b"TRACE /a/../.. HTTP/1.0"]
)
def test_connect_and_trace_are_not_allowed(line: bytes) -> None:
    assert refusal(line).status == 405


def test_unknown_methods_are_understood_for_the_route_to_judge() -> None:
    assert parse_request_line(b"PROPFIND2 / HTTP/1.1").method == "PROPFIND2"


def test_methods_are_case_sensitive() -> None:
    assert parse_request_line(b"get / HTTP/1.1").method not in KNOWN_METHODS


@pytest.mark.parametrize("path", ["/p/../admin", "/p/%2e%2e/admin", "//admin", "http://a.test//admin"])
def test_another_spelling_of_admin_is_matched_and_forwarded_as_admin(path: str) -> None:
    assert parse_request_line(f"GET {path} HTTP/1.1".encode()).upstream_line == b"GET /admin HTTP/1.1\r\n"


@pytest.mark.parametrize("path", ["/p/..;/admin", "/p/..%2fadmin", "/p/..%5cadmin", "/../admin", "/a%00b", "/a%b"])
def test_a_path_with_two_readings_is_refused(path: str) -> None:
    assert refusal(f"GET {path} HTTP/1.1".encode()).status == 400


def test_encoded_slashes_pass_where_the_listener_keeps_them() -> None:
    keep = PathRules(encoded_slashes="keep")
    assert parse_request_line(b"GET /a%2fb HTTP/1.1", keep).upstream_line == b"GET /a%2Fb HTTP/1.1\r\n"


def test_slashes_stay_where_the_listener_does_not_merge_them() -> None:
    apart = PathRules(merge_slashes=False)
    assert parse_request_line(b"GET //a HTTP/1.1", apart).path == "//a"
