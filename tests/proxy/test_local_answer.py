"""Answers of the proxy's own: a status, an id, and nothing about its insides."""

import pytest

from proxy.local_answer import ErrorPage, local_answer

ID = "0123456789abcdef"


@pytest.mark.parametrize(("status", "line"), [(404, b"404 Not Found"), (431, b"431 Request Header Fields Too Large")])
def test_a_plain_answer_says_status_and_id(status: int, line: bytes) -> None:
    answer = local_answer(status, ID, {})
    assert (answer.status, answer.body) == (status, line + b"\nid: " + ID.encode() + b"\n")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-request-id"] == ID
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["date"].endswith(" GMT")


def test_a_page_takes_its_place_with_the_id_filled_in() -> None:
    page = ErrorPage(b"<p>{id} {other}</p>{id}")
    answer = local_answer(502, ID, {502: page})
    assert answer.body == f"<p>{ID} {{other}}</p>{ID}".encode()
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert local_answer(504, ID, {502: page}).body != answer.body


def test_only_too_much_says_when_to_try_again() -> None:
    assert local_answer(503, ID, {}).headers["retry-after"] == "1"
    assert local_answer(429, ID, {}).headers["retry-after"] == "1"
    assert "retry-after" not in local_answer(502, ID, {}).headers


def test_answers_share_no_headers() -> None:
    first = local_answer(404, ID, {})
    first.headers.set("X", "a")
    assert "X" not in local_answer(404, ID, {}).headers
