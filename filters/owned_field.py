"""A request's field that only the proxy may write: what a client sends there never gets through."""

from __future__ import annotations

from proxy.messages import Headers


class OwnedField:
    """Known by its name as CGI and WSGI see it: to them X_Auth_User is X-Auth-User."""

    def __init__(self, name: str) -> None:
        self._folded = _folded(name.lower().encode())

    def strip(self, headers: Headers) -> None:
        for name in {name for name in headers.names() if _folded(name) == self._folded}:
            headers.drop(name)


def _folded(lower_name: bytes) -> bytes:
    return lower_name.replace(b"_", b"-")
