"""The soak's load: every kind of client, at a rate that leaves the machine half idle."""

from __future__ import annotations

from typing import Final

from bench.load.bodies import downloading, uploading
from bench.load.certificates import Authority
from bench.load.connection import Place
from bench.load.load import Load
from bench.load.pages import Page, cutting, keeping, once
from bench.load.websockets import echoing
from bench.soak.everything import KEY, Ports

PAUSE_S: Final = 0.18
"""The longest between two requests of a client; in the mean it is half of that."""

FORM: Final = b"first_name=Ada&last_name=Lovelace&street=St+James+Square&city=London&remarks=Please+ring+twice."
ATTACK: Final = "/guarded/plain/200/x?id=1%27%20or%20%271%27=%271%27%20union%20select%20password%20from%20users--"
GZIP: Final = {"Accept-Encoding": "gzip"}


def begin(load: Load, ports: Ports, authority: Authority) -> None:
    """Start the clients."""
    public, secure = Place(ports.public), Place(ports.secure, authority.trusting())
    kept = {
        "kept": Page("/plain/800/{n}", size_bytes=800),
        "compressed": Page("/plain/8000/{n}", GZIP, size_bytes=8000),
        "cached in memory": Page("/local/cached/4000/{n}", GZIP, size_bytes=4000, numbers=3000),
        "cached in Redis": Page("/shared/cached/4000/{n}", size_bytes=4000, numbers=3000),
        "WASM auth": Page("/account/plain/200/{n}", {"X-API-Key": KEY}, size_bytes=200),
        "WASM auth, refused": Page("/account/plain/200/{n}", {"X-API-Key": "wrong"}, statuses=(401,)),
        "WASM ab": Page("/shop/plain/200/{n}", size_bytes=200),
        "WAF": Page("/guarded/plain/200/{n}?page={n}&sort=price", {"User-Agent": "Mozilla/5.0", "Accept": "*/*"}),
        "WAF, attack": Page(ATTACK, statuses=(403,)),
        "rate limit": Page("/limited/plain/200/{n}", {"X-User": "one"}, statuses=(200, 429)),
        "origin's 500": Page("/status/500", statuses=(500,)),
        "dead origin": Page("/dead/{n}", statuses=(502,)),
    }
    for kind, page in kept.items():
        load.start(kind, keeping(public, page, PAUSE_S), 2)
    form = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "Mozilla/5.0", "Accept": "*/*"}
    load.start("WAF, form", keeping(public, Page("/guarded/plain/200/{n}", form, body=FORM), PAUSE_S))
    load.start("cut by the origin", cutting(public, "/cut/20000", 4 * PAUSE_S))
    load.start("new connection", once(public, Page("/plain/200/{n}", size_bytes=200), PAUSE_S), 3)
    load.start("half-sent upload", uploading(public, 300_000, 1.0, PAUSE_S), 2)
    load.start("long download", downloading(public, 2_000_000, 5.0, PAUSE_S), 2)
    load.start("websocket", echoing(public, 30.0, PAUSE_S), 4)
    page = Page("/plain/200/{n}", size_bytes=200)
    mutual = Place(ports.mutual, authority.trusting(known=True))
    load.start("TLS, kept", keeping(secure, page, PAUSE_S), 3)
    load.start("TLS, whole handshake", once(secure, page, 2 * PAUSE_S))
    load.start("TLS, resumed", once(Place(ports.secure, authority.trusting(resuming=True)), page, 2 * PAUSE_S))
    load.start("TLS with client certificate, kept", keeping(mutual, page, PAUSE_S))
    load.start("TLS with client certificate, new", once(mutual, page, 2 * PAUSE_S))
