"""What a listener that only redirects answers: the same address, by another scheme."""

from __future__ import annotations

from typing import Final

from proxy.authority import DEFAULT_PORTS
from proxy.errors import NoRoute
from proxy.exchange import Exchange
from proxy.messages import Headers, Request, Response

REASON: Final = "redirect"


class Redirection:
    """An origin that answers with Location; `status` is 301, 302, 307 or 308.

    The host is the one that was asked for, which a request line or Host must have spelled well to come so far.
    """

    plain = True

    def __init__(self, scheme: str, port: int, status: int) -> None:
        self._scheme, self._status = scheme, status
        self._port = "" if port == DEFAULT_PORTS[scheme] else f":{port}"

    async def fetch(self, exchange: Exchange) -> Response:
        headers = Headers([b"Location: " + self.location(exchange.request).encode("ascii")])
        exchange.answered_by = "proxy"
        exchange.reason = REASON
        return Response(self._status, headers)

    def location(self, request: Request) -> str:
        """Return where a request is sent; raises NoRoute where that is the scheme by which it came.

        A trusted hop says that of a client it speaks TLS with: sent there again it would come back here for ever.
        """
        if request.scheme == self._scheme:
            raise NoRoute(f"the client speaks {self._scheme} already")
        # What is asked of the server as a whole has no path in its URI either (RFC 9112 §3.2.4).
        target = "" if request.path == "*" else request.target
        return f"{self._scheme}://{request.host}{self._port}{target}"
