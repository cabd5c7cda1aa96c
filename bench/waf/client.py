"""What becomes of a request, as its sender sees it."""

from __future__ import annotations

import socket
from contextlib import suppress
from http.client import HTTPException, HTTPResponse, IncompleteRead, RemoteDisconnected
from typing import Final, Literal, TypeAlias

from bench.waf.origin import MARK

Outcome: TypeAlias = Literal["passed", "blocked", "cut", "refused", "silent"]
"""`passed`: the origin's answer came, whole. `blocked`: a 403 of the server's own, which is how a WAF says no.

`cut`: the connection was closed before a whole answer, which is how one says no that cannot take an answer back.
`refused`: another answer of the server's own, 400 say, which it would give without a WAF. `silent`: none came in time.
"""

PATIENCE_S: Final = 3.0
FORBIDDEN: Final = 403


def send(port: int, request: bytes) -> Outcome:
    """Send a request's bytes over a connection of their own, and see what comes back."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as connection:
        with suppress(OSError):  # the server may have said its word before it had heard all
            connection.sendall(request)
        response = HTTPResponse(connection, method=request.partition(b" ")[0].decode("latin-1"))
        try:
            return outcome(response)
        finally:
            response.close()


def outcome(response: HTTPResponse) -> Outcome:
    try:
        response.begin()
        if response.headers[MARK] is None:
            return "blocked" if response.status == FORBIDDEN else "refused"
        response.read()
    except TimeoutError:
        return "silent"
    except (RemoteDisconnected, IncompleteRead, OSError):
        return "cut"
    except HTTPException:
        # To what looks like HTTP/0.9 a server answers without a status line.
        return "refused"
    return "passed"
