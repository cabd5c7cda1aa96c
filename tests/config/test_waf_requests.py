"""From text files to requests, as a listener would take them in."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.waf_requests import Asked, BadRequests, read_requests
from proxy.messages import Request


@pytest.fixture
def file(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "requests.txt"


def read(file: pathlib.Path, text: str | bytes) -> list[Asked]:
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_requests(file)


def only(file: pathlib.Path, text: str | bytes) -> Request:
    [asked] = read(file, text)
    assert asked.request is not None
    return asked.request


def fault(file: pathlib.Path, text: str) -> str:
    with pytest.raises(BadRequests) as caught:
        read(file, text)
    return str(caught.value).removeprefix(str(file))


def test_lines_alone_are_requests(file: pathlib.Path) -> None:
    found = read(file, "GET /?x=1\nDELETE /thing\n\nGET /b\n")
    assert [(each.line, each.text) for each in found] == [(1, "GET /?x=1"), (2, "DELETE /thing"), (4, "GET /b")]
    first = found[0].request
    assert first is not None
    assert (first.method, first.path, first.query, first.host) == ("GET", "/", "x=1", "localhost")


def test_blanks_and_letters_of_such_a_line_are_escaped_as_browsers_do(file: pathlib.Path) -> None:
    assert only(file, "GET /?q=1' or 1=1 -- ü").query == "q=1'%20or%201=1%20--%20%C3%BC"
    assert only(file, "GET /?q=%27+1").query == "q=%27+1"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_message_may_end_its_lines_either_way(file: pathlib.Path, end: str) -> None:
    lines = ["POST /login?a=1 HTTP/1.1", "Host: shop.example", "X-A:  1 ", "", "user=me", "more"]
    request = only(file, end.join([*lines, "", ""]))
    assert (request.method, request.target, request.host) == ("POST", "/login?a=1", "shop.example")
    assert request.headers.get("x-a") == "1"
    assert request.body == f"user=me{end}more".encode()


def test_a_body_ends_at_the_separator_less_the_lines_that_are_blank(file: pathlib.Path) -> None:
    first, second = read(file, "POST /a HTTP/1.1\n\na=1\n\n###\nPOST /b HTTP/1.1\n\nb=1")
    assert first.request is not None
    assert second.request is not None
    assert (first.request.body, second.request.body) == (b"a=1", b"b=1")
    assert second.line == 6


def test_a_message_needs_neither_body_nor_fields(file: pathlib.Path) -> None:
    found = read(file, "GET /a HTTP/1.1\n###\nGET /b HTTP/1.1\nX: 1\n###\nGET /c HTTP/1.1\n\n")
    assert [each.request.path if each.request else None for each in found] == ["/a", "/b", "/c"]


def test_a_length_is_added_where_one_belongs(file: pathlib.Path) -> None:
    def length(text: str) -> Any:
        return only(file, text).headers.get("content-length")

    assert length("GET /a HTTP/1.1\n\n") is None
    assert only(file, "POST /a HTTP/1.1\n\n").body is None
    assert only(file, "POST /a HTTP/1.1\nContent-Length: 3\n\nabc").body == b"abc"


def test_multipart_bodies_get_the_line_ends_that_they_need(file: pathlib.Path) -> None:
    body = '--x\nContent-Disposition: form-data; name="a"\n\n1\n--x--'
    request = only(file, f"POST / HTTP/1.1\nContent-Type: Multipart/form-data; boundary=x\n\n{body}\n")
    assert request.body == (body + "\n").replace("\n", "\r\n").encode()
    again = only(file, b"POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\n\r\na\r\nb\nc")
    assert again.body == b"a\r\nb\nc\r\n"


def test_bodies_are_bytes(file: pathlib.Path) -> None:
    assert only(file, b"POST / HTTP/1.1\n\n\xff\x00\xfe").body == b"\xff\x00\xfe"


def test_comments_are_titles_of_what_follows_them(file: pathlib.Path) -> None:
    text = "# one\n# more of it\nGET /a\nGET /b\n### three\nGET /c HTTP/1.1\n\n###\n# four\nGET /d"
    assert [each.title for each in read(file, text)] == ["one", "", "three", "four"]


def test_what_a_listener_refuses_is_kept_as_refused(file: pathlib.Path) -> None:
    [asked] = read(file, "GET /../../etc/passwd")
    assert asked.request is None
    assert asked.refusal is not None
    assert (asked.refusal.status, str(asked.refusal)) == (400, "the path escapes the root")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", ":1: there is no request; write GET /path?x=1 alone on a line, or a message"),
        ("# only\n###\n", ":1: there is no request"),
        ("GET /a\nHost: b\n", ":2: 'Host: b' begins no request; write GET /path?x=1 alone on a line, or a message"),
        ("hello\n", ":1: 'hello' begins no request"),
        ("GET / HTTP/1.1\nno field\n", ":2: 'no field' is no field; write Name: value, and a blank line before a body"),
        ("POST / HTTP/1.1\nTransfer-Encoding: chunked\n\nab", ":1: the body is taken as it stands here; leave"),
        (
            "\nPOST / HTTP/1.1\nContent-Length: 9\n\nab",
            ":2: Content-Length is 9, and the body has 2 bytes; leave the field out, and it will be added",
        ),
        (f"{'x' * 99}\n", f":1: '{'x' * 60}…' begins no request"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place_and_the_remedy(file: pathlib.Path, text: str, says: str) -> None:
    assert fault(file, text).startswith(says)


def test_so_is_a_file_that_is_gone(file: pathlib.Path) -> None:
    with pytest.raises(BadRequests, match=r"cannot read .*requests\.txt: No such file or directory"):
        read_requests(file)


@given(data=st.binary(max_size=200) | st.text("GET /#:\r\n HTP1.\0é", max_size=200).map(str.encode))
def test_any_bytes_are_requests_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any.txt"
    try:
        found = read(file, data)
    except BadRequests:
        return
    assert all((each.request is None) != (each.refusal is None) for each in found)
