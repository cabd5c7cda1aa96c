"""A page that a browser gets past by itself: it keeps a cookie and comes again. Most scripts do neither."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import Final

from proxy.cookies import find_cookie
from proxy.exchange import Exchange
from proxy.http1.writing import date
from proxy.messages import Headers, Response
from proxy.runtime import wall_clock

COOKIE: Final = "penstock_visitor"
_WAIT_S: Final = 1
"""Before it comes again: a browser without cookies would else do so as fast as it can."""
_PAGE: Final = (
    b'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="robots" content="noindex">'
    b'<meta http-equiv="refresh" content="%d"><title>One moment</title>'
    b"<p>One moment: this site looks whether your browser keeps cookies.</p></html>\n" % _WAIT_S
)


@dataclass(frozen=True, slots=True)
class Challenge:
    """Cookies are signed with the key for one client's address and user agent, and good for `lasts_s`.

    All workers, and all proxies behind one name, need the same key.
    """

    key: bytes = field(repr=False)
    lasts_s: int

    def passed(self, exchange: Exchange) -> bool:
        """Tell whether a request comes with a cookie that this made for its client, and lately."""
        until, _, seal = (find_cookie(exchange.request.headers, COOKIE.encode()) or b"").partition(b".")
        if not (until.isdigit() and len(until) < 16 and int(until) > wall_clock()):
            return False
        return hmac.compare_digest(seal, self._seal(exchange, until))

    def page(self, exchange: Exchange) -> Response:
        until = b"%d" % (wall_clock() + self.lasts_s)
        cookie = b"%b=%b.%b" % (COOKIE.encode(), until, self._seal(exchange, until))
        secure = b"; Secure" if exchange.request.scheme == "https" else b""
        lines = [
            b"Date: " + date(),
            b"Content-Type: text/html; charset=utf-8",
            b"Cache-Control: no-store",
            b"Set-Cookie: %b; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax%b" % (cookie, self.lasts_s, secure),
        ]
        return Response(403, Headers(lines), _PAGE)

    def _seal(self, exchange: Exchange, until: bytes) -> bytes:
        agent = exchange.request.headers.joined("user-agent") or ""
        told = b"%b\n%b\n%b" % (until, exchange.client.address.encode(), agent.encode("latin-1"))
        return hmac.digest(self.key, told, "sha256").hex().encode()
