"""The bytes that a regression test's request goes over the wire as."""

from __future__ import annotations

import base64
from urllib.parse import parse_qsl

from hypothesis import given
from hypothesis import strategies as st

from bench.waf.request import FORM, escaped, wire

FIELD = st.text(st.characters(codec="utf-8", exclude_characters="&=%+"))


def test_what_a_test_leaves_out_is_an_ordinary_get():
    assert wire({}) == b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"


def test_headers_go_out_in_their_order_and_numbers_as_text():
    sent = wire({"headers": {"host": "shop", "Content-Length": 0}, "autocomplete_headers": False})
    assert sent == b"GET / HTTP/1.1\r\nhost: shop\r\nContent-Length: 0\r\n\r\n"


def test_a_body_gets_its_type_its_length_and_escapes():
    head, body = wire({"method": "POST", "data": "a=b c&d=<e>"}).split(b"\r\n\r\n")
    assert body == b"a=b+c&d=%3Ce%3E"
    assert f"Content-Type: {FORM}".encode() in head
    assert b"Content-Length: 15" in head


def test_a_form_with_escapes_stays_as_its_author_wrote_it():
    assert escaped(b"a=%3Cb c") == b"a=%3Cb c"
    assert escaped(b"a=b+<") == b"a=b+<"


def test_a_body_of_another_type_stays_as_it_is():
    sent = wire({"method": "PUT", "headers": {"content-type": "application/json"}, "data": '{"a": "b c"}'})
    assert sent.endswith(b'Content-Length: 12\r\n\r\n{"a": "b c"}')


def test_a_post_without_a_body_says_so_and_a_get_does_not():
    assert b"Content-Length: 0" in wire({"method": "POST"})
    assert b"Content-Length" not in wire({"method": "GET"})


def test_lines_of_a_multipart_body_end_with_crlf_once():
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    sent = wire({"method": "POST", "headers": headers, "data": "--x\r\nA: b\n\nc\n--x--\n"})
    assert sent.endswith(b"Content-Length: 23\r\n\r\n--x\r\nA: b\r\n\r\nc\r\n--x--\r\n")


def test_the_older_name_for_unfinished_requests_is_understood():
    assert b"Connection" not in wire({"stop_magic": True})
    assert b"Connection" in wire({"stop_magic": False})
    assert b"Connection" not in wire({"stop_magic": False, "autocomplete_headers": False})


def test_lines_of_a_body_are_joined():
    assert wire({"stop_magic": True, "data": ["7", "foo=bar", ""]}).endswith(b"\r\n\r\n7\r\nfoo=bar\r\n")


def test_what_is_to_be_repeated_is():
    assert wire({"stop_magic": True, "data": 'a={{ "xy" | repeat 3 }}!'}).endswith(b"\r\n\r\na=xyxyxy!")


def test_a_whole_request_may_be_given_as_bytes():
    raw = b"GET  /\xac\xed HTTP/9\n\n"
    assert wire({"encoded_request": base64.b64encode(raw).decode(), "method": "POST"}) == raw
    assert wire({"raw_request": "GET /\xac\xed"}) == b"GET /\xac\xed"


@given(st.lists(st.tuples(FIELD, FIELD), min_size=1))
def test_an_escaped_form_reads_as_what_was_meant(fields: list[tuple[str, str]]):
    data = "&".join(f"{name}={value}" for name, value in fields).encode()
    assert parse_qsl(escaped(data).decode(), keep_blank_values=True) == fields
