"""Heads that are none, are too large, or frame their body ambiguously."""

from kit.malformed.case import CHUNKED
from kit.misbehaving.case import LENGTH_5, WHOLE, answer, bad, fine

STATUS_LINES = [
    bad("garbage", b"\x80\x81garbage\r\n\r\n"),
    bad("noise without a line end", bytes(range(128, 256)) * 8),
    bad("HTTP/0.9", b"<html>hello</html>", then="close"),
    bad("an SSH banner", b"SSH-2.0-OpenSSH_9.2\r\n"),
    bad("a TLS alert", b"\x15\x03\x01\x00\x02\x02\x46", then="close"),
    bad("HTTP/2 settings", b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + b"\x00" * 18),
    bad("a request", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    *(
        bad(f"version {version.decode()!r}", answer(LENGTH_5, status=version + b" 200 OK", body=b"hello"))
        for version in (
            b"HTTP/2.0",
            b"HTTP/0.9",
            b"HTTP/1.2",
            b"HTTP/1.10",
            b"http/1.1",
            b"HTTP/1",
            b"ICY",
            b"HTTPS/1.1",
        )
    ),
    *(
        bad(
            f"status {status.decode('latin-1')!r}",
            answer(LENGTH_5, status=b"HTTP/1.1 " + status + b" OK", body=b"hello"),
        )
        for status in (
            b"099",
            b"000",
            b"1000",
            b"2000",
            b"20",
            b"abc",
            b"+20",
            b"-20",
            b"2 00",
            b"0x1",
            b"20\xb2",
            b"",
        )
    ),
    bad("two spaces before the status", answer(LENGTH_5, status=b"HTTP/1.1  200 OK", body=b"hello")),
    bad("a space before the version", answer(LENGTH_5, status=b" HTTP/1.1 200 OK", body=b"hello")),
    bad("a NUL in the phrase", answer(LENGTH_5, status=b"HTTP/1.1 200 O\x00K", body=b"hello")),
    bad("a bare CR in the phrase", answer(LENGTH_5, status=b"HTTP/1.1 200 O\rSet-Cookie: a=b", body=b"hello")),
    fine("no phrase", answer(LENGTH_5, status=b"HTTP/1.1 200 ", body=b"hello"), body=b"hello", reusable=True),
]

FIELDS = [
    bad("a folded field", answer(b"X: a", b" b", LENGTH_5, body=b"hello")),
    bad("a fold of the status line", answer(b" X: a", LENGTH_5, body=b"hello")),
    bad("bare LFs", b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"),
    bad("a bare LF in a field", answer(b"X: a\nSet-Cookie: a=b", LENGTH_5, body=b"hello")),
    bad("a bare CR in a field", answer(b"X: a\rSet-Cookie: a=b", LENGTH_5, body=b"hello")),
    bad("a bare LF at the head's end", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\nhello"),
    bad("a NUL in a field", answer(b"X: a\x00b", LENGTH_5, body=b"hello")),
    bad("an escape character in a field", answer(b"X: a\x1bb", LENGTH_5, body=b"hello")),
    bad("a space before a colon", answer(b"X : a", LENGTH_5, body=b"hello")),
    bad("a space before Content-Length's colon", answer(b"Content-Length : 5", body=b"hello")),
    bad("a field without a colon", answer(b"X", LENGTH_5, body=b"hello")),
    bad("a field without a name", answer(b": a", LENGTH_5, body=b"hello")),
    bad("a field name in Latin-1", answer(b"X\xe9: a", LENGTH_5, body=b"hello")),
]

SIZES = [
    bad("1,000 fields", answer(*(b"X-%d: a" % i for i in range(1000)), LENGTH_5, body=b"hello")),
    bad("a field of a megabyte", answer(b"X: " + b"a" * 1048576, LENGTH_5, body=b"hello")),
    bad("a phrase of a megabyte", answer(LENGTH_5, status=b"HTTP/1.1 200 " + b"a" * 1048576, body=b"hello")),
    bad("a megabyte of fields", answer(*[b"X: " + b"a" * 20_000] * 50, LENGTH_5, body=b"hello")),
]

FRAMING = [
    bad("a length beside chunked", answer(LENGTH_5, CHUNKED, body=WHOLE)),
    bad("chunked beside a length", answer(CHUNKED, b"Content-Length: 15", body=WHOLE)),
    bad("two lengths that differ", answer(LENGTH_5, b"Content-Length: 6", body=b"hello!")),
    bad("two lengths that agree", answer(LENGTH_5, LENGTH_5, body=b"hello")),
    *(
        bad(f"a length of {length.decode()!r}", answer(b"Content-Length: " + length, body=b"hello"))
        for length in (
            b"-1",
            b"+5",
            b"0x5",
            b"5, 5",
            b"5,6",
            b"",
            b"five",
            b"5_0",
            b"5.0",
            b"%d" % 2**63,
            b"%d" % 2**64,
        )
    ),
    *(
        bad(f"a coding of {coding.decode()!r}", answer(b"Transfer-Encoding: " + coding, body=WHOLE))
        for coding in (
            b"gzip",
            b"gzip, chunked",
            b"chunked, gzip",
            b"chunked, chunked",
            b"identity",
            b"xchunked",
            b"",
        )
    ),
    bad("chunked twice", answer(CHUNKED, CHUNKED, body=WHOLE)),
    bad("chunked in HTTP/1.0", answer(CHUNKED, status=b"HTTP/1.0 200 OK", body=WHOLE)),
    bad(
        "a length beside chunked, to HEAD",
        answer(LENGTH_5, CHUNKED),
        asked=b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
        method="HEAD",
    ),
    bad(
        "two lengths, to HEAD",
        answer(LENGTH_5, b"Content-Length: 6"),
        asked=b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
        method="HEAD",
    ),
]
