"""The origin gives the answers that it is asked for."""

from __future__ import annotations

import base64
import json
from http.client import HTTPConnection
from pathlib import Path

import pytest

from bench.waf.client import send
from bench.waf.origin import MARK, answer, start_origin


def asked(**wanted: object) -> bytes:
    return answer("POST", "/reflect", json.dumps(wanted).encode())


def test_any_request_is_answered_with_200_and_nothing():
    assert answer("GET", "/a?b", b"").startswith(b"HTTP/1.1 200 OK\r\n" + MARK.encode())
    assert answer("GET", "/reflect", b"").endswith(b"Content-Length: 0\r\n\r\n")


def test_an_answer_in_json_is_given():
    reply = asked(status=503, headers={"X-A": "b", "Content-Type": "x/y"}, body="down")
    assert reply.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert b"\r\nX-A: b\r\nContent-Type: x/y\r\nContent-Length: 4\r\n\r\ndown" in reply
    assert b"text/plain" not in reply


def test_a_body_may_be_given_in_base64():
    assert asked(encodedBody=base64.b64encode(b"\x1f\x8b\x00").decode()).endswith(b"\r\n\r\n\x1f\x8b\x00")


def test_a_body_without_a_type_is_plain_text_or_html():
    assert b"Content-Type: text/plain; charset=utf-8" in asked(body="a < b")
    assert b"Content-Type: text/html; charset=utf-8" in asked(body="  <b>bold</b>")


def test_how_the_answer_is_framed_is_not_for_the_asker_to_say():
    assert asked(headers={"Content-Length": "99", "Connection": "keep-alive"}, body="a").count(b"Content-Length") == 1


@pytest.mark.parametrize("body", [b"", b"[]", b'"text"', b"{", b'{"status": "many"}', b'{"encodedBody": "a"}'])
def test_what_is_no_answer_is_400(body: bytes):
    assert answer("POST", "/reflect", body).startswith(b"HTTP/1.1 400 ")


def test_it_serves_over_a_socket(tmp_path: Path):
    with start_origin(tmp_path) as origin:
        connection = HTTPConnection("127.0.0.1", origin.port, timeout=10)
        connection.request("POST", "/reflect", json.dumps({"status": 201, "body": "made"}))
        response = connection.getresponse()
        assert (response.status, response.headers[MARK], response.read()) == (201, "yes", b"made")
        connection.close()
        assert send(origin.port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n") == "passed"
