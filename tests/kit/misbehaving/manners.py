"""Origins that are late, leave early, talk without end, or switch protocols unasked."""

import asyncio

from kit.misbehaving.case import LENGTH_5, Case, answer, bad, fine, late, over_and_over, says
from kit.wire import Wire, get, post

CONTINUE = answer(status=b"HTTP/1.1 100 Continue")
HINTS = answer(b"Link: </a>; rel=preload", status=b"HTTP/1.1 103 Early Hints")


async def _reset(wire: Wire) -> None:
    wire.reset()


async def _close(wire: Wire) -> None:
    wire.close()


async def _nothing(wire: Wire) -> None:
    await asyncio.sleep(0)


async def _never_read(wire: Wire) -> None:
    wire.stop_reading()


async def _drip(wire: Wire) -> None:
    for byte in answer(b"X: " + b"a" * 1000, LENGTH_5, body=b"hello"):
        if wire.ended is None:
            await wire.send(bytes([byte]))
            await asyncio.sleep(0.02)


ABSENCE = [
    Case("closed on connect", _close, frozenset({502}), unheard=True),
    Case("reset on connect", _reset, frozenset({502}), unheard=True),
    Case("a greeting before the request", says(b"220 mail.test ESMTP\r\n"), frozenset({502}), unheard=True),
    bad("closed before the head", then="close"),
    bad("reset before the head", then="reset"),
    bad("closed in the status line", b"HTTP/1.1 200", then="close"),
    bad("closed in the head", b"HTTP/1.1 200 OK\r\nContent-Le", then="close"),
    bad("closed before the head's last line end", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r", then="close"),
    bad("reset in the head", b"HTTP/1.1 200 OK\r\nContent-Le", then="reset"),
    bad("closed after an interim response", HINTS, then="close"),
    late("accepted, then nothing", _nothing),
    late("accepted, and not even read", _never_read, unheard=True),
    late("half a head, then nothing", says(b"HTTP/1.1 200 OK\r\nContent-Le")),
    late("a head that drips", _drip),
]

INTERIM = [
    late("hints, then nothing", says(HINTS)),
    late("hints without end", over_and_over(HINTS, every_s=0.02)),
    late("100 Continue without end", over_and_over(CONTINUE, every_s=0.02)),
    Case("a flood of hints", over_and_over(HINTS * 500), frozenset({502, 504})),
    Case("a flood of 100 Continue", over_and_over(CONTINUE * 2000), frozenset({502, 504})),
    bad("an interim response with a body", answer(LENGTH_5, status=b"HTTP/1.1 103 Early Hints", body=b"hello")),
    bad(
        "101 unasked",
        answer(b"Connection: Upgrade", b"Upgrade: websocket", status=b"HTTP/1.1 101 Switching Protocols"),
    ),
    bad("101 unasked, without fields", answer(status=b"HTTP/1.1 101 Switching Protocols")),
    bad(
        "101 to h2c",
        answer(b"Connection: Upgrade", b"Upgrade: h2c", status=b"HTTP/1.1 101 Switching Protocols"),
        asked=get("/", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQ"),
    ),
    bad(
        "101 to another protocol than asked for",
        answer(b"Connection: Upgrade", b"Upgrade: mqtt", status=b"HTTP/1.1 101 Switching Protocols"),
        asked=get("/", "Connection: Upgrade", "Upgrade: websocket"),
    ),
    bad(
        "101 without Upgrade",
        answer(b"Connection: Upgrade", status=b"HTTP/1.1 101 Switching Protocols"),
        asked=get("/", "Connection: Upgrade", "Upgrade: websocket"),
    ),
    bad(
        "101 after hints, unasked",
        HINTS,
        answer(b"Connection: Upgrade", b"Upgrade: websocket", status=b"HTTP/1.1 101 Switching Protocols"),
    ),
    fine("100 Continue unasked", CONTINUE, answer(LENGTH_5, body=b"hello"), body=b"hello", reusable=True),
    fine("hints and the answer at once", HINTS + answer(LENGTH_5, body=b"hello"), body=b"hello", reusable=True),
]

ENDLESS = [
    Case("a field without end", over_and_over(b"a" * 16384, first=b"HTTP/1.1 200 OK\r\nX: "), frozenset({502})),
    Case("fields without end", over_and_over(b"X: a\r\n" * 1000, first=b"HTTP/1.1 200 OK\r\n"), frozenset({502})),
    Case("a phrase without end", over_and_over(b"a" * 16384, first=b"HTTP/1.1 200 "), frozenset({502})),
    Case("zeros without end", over_and_over(b"\0" * 16384), frozenset({502})),
    Case("line ends without end", over_and_over(b"\r\n" * 8192), frozenset({502})),
]

UPLOAD = post(b"a" * 300_000)

EARLY = [
    fine(
        "413 after the upload, and closed",
        answer(b"Content-Length: 0", b"Connection: close", status=b"HTTP/1.1 413 Content Too Large"),
        status=413,
        asked=UPLOAD,
        method="POST",
        then="close",
    ),
    fine(
        "200 after the upload",
        answer(LENGTH_5, body=b"hello"),
        body=b"hello",
        asked=UPLOAD,
        method="POST",
        reusable=True,
    ),
    bad("closed after the upload", then="close", asked=UPLOAD, method="POST"),
    bad("reset after the upload", then="reset", asked=UPLOAD, method="POST"),
]

HOPS = [
    fine(
        "hop-by-hop fields",
        answer(
            b"Connection: X-Secret, keep-alive",
            b"X-Secret: a",
            b"Keep-Alive: timeout=5",
            b"Proxy-Authenticate: Basic",
            b"Upgrade: h2c",
            b"TE: trailers",
            b"Trailer: X",
            LENGTH_5,
            body=b"hello",
        ),
        body=b"hello",
        reusable=True,
    ),
]
