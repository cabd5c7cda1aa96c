"""What is compared of a message."""

from __future__ import annotations

from bench.oracle.normal import ERROR_PAGE, LEFT_OUT, TOLD, answered, called, reached
from bench.oracle.wire import Message


def test_an_answer_is_its_status_its_sorted_headers_and_its_body():
    headers = (("X-B", "2"), ("Date", "now"), ("x-a", "1"), ("X-B", "1"), ("x-envoy-own", "1"))
    assert answered(Message("HTTP/1.1 200 Fine", headers, b"a\n", True)) == [
        "status 200",
        "x-a: 1",
        "x-b: 2",
        "x-b: 1",
        'body "a\\n"',
    ]


def test_an_answer_that_breaks_off_is_told():
    assert answered(Message("HTTP/1.1 200 OK", (), b"", False)) == ["status 200", "cut off"]


def test_no_answer_is_told():
    assert answered(None) == ["no answer"]


def test_a_long_body_is_told_by_size_and_digest():
    line = answered(Message("HTTP/1.1 200 OK", (), b"a" * 1000, True))[1]
    assert line.startswith("body of 1000 bytes, sha256 ")


def test_penstocks_error_page_is_told_as_one():
    page = b"413 Request Entity Too Large\nid: 0f4a742f94b7d8ed\n"
    assert answered(Message("HTTP/1.1 413 Too Large", (), page, True)) == ["status 413", ERROR_PAGE]
    assert answered(Message("HTTP/1.1 413 Too Large", (), page + b"more", True)) != ["status 413", ERROR_PAGE]


def test_the_origins_requests_keep_their_order_and_calls_are_sorted_and_counted_once():
    messages = [Message(f"GET {target} HTTP/1.1", (), b"", True) for target in ("/b", "/a", "/b")]
    assert reached(messages) == ["GET /b", "GET /a", "GET /b"]
    assert called(messages) == ["GET /a", "GET /b"]


def test_every_header_that_is_left_out_is_told_with_its_reason():
    assert all(any(f"`{name}`" in what and why == told for what, told in TOLD) for name, why in LEFT_OUT.items())
