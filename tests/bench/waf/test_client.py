"""What the sender of a request sees becomes an outcome."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bench.waf import client
from bench.waf.client import Outcome, send

ORIGIN = b"X-From-Origin: yes\r\n"
REQUEST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"


@contextmanager
def answering(answer: bytes | None) -> Iterator[int]:
    """Listen for one connection, read a little and answer; with None stay silent as long as the client does."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                if answer is None:
                    connection.recv(1)
                else:
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(10)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (b"HTTP/1.1 200 OK\r\n" + ORIGIN + b"Content-Length: 2\r\n\r\nok", "passed"),
        (b"HTTP/1.1 403 Forbidden\r\n" + ORIGIN + b"Content-Length: 0\r\n\r\n", "passed"),
        (b"HTTP/1.1 200 OK\r\n" + ORIGIN + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "passed"),
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", "blocked"),
        (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno", "refused"),
        (b"HTTP/1.1 200 OK\r\n" + ORIGIN + b"Content-Length: 9\r\n\r\nok", "cut"),
        (b"", "cut"),
        (b"<h1>no status line</h1>\r\n", "refused"),
        (None, "silent"),
    ],
)
def test_an_answer_is_an_outcome(answer: bytes | None, outcome: Outcome, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client, "PATIENCE_S", 0.3)
    with answering(answer) as port:
        assert send(port, REQUEST) == outcome


def test_an_answer_to_head_has_no_body_to_wait_for():
    with answering(b"HTTP/1.1 200 OK\r\n" + ORIGIN + b"Content-Length: 9\r\n\r\n") as port:
        assert send(port, b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n") == "passed"


def test_a_request_larger_than_the_server_cares_to_read_has_an_outcome():
    with answering(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n") as port:
        assert send(port, REQUEST + b"x" * 10_000_000) in ("refused", "cut")
