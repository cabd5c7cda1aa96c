"""Bodies that end before or after their framing says, and answers that must not have one."""

from kit.malformed.case import CHUNKED
from kit.misbehaving.case import LENGTH_5, WHOLE, answer, cut, fine
from kit.wire import get

HEAD_OF_CHUNKED = answer(CHUNKED)
SMUGGLED = answer(b"Content-Length: 8", b"X-Smuggled: 1", body=b"smuggled")

SHORT = [
    cut("a body cut by an end", answer(b"Content-Length: 50", body=b"hello"), body=b"hello", then="close"),
    cut("a body cut by a reset", answer(b"Content-Length: 50"), b"hello", then="reset"),
    cut("a body that stalls", answer(b"Content-Length: 50"), b"hello", body=b"hello"),
    cut("a body that never begins", answer(b"Content-Length: 50"), body=b""),
    cut("a body one byte short", answer(b"Content-Length: 6", body=b"hello"), body=b"hello", then="close"),
    cut("chunks cut by an end", HEAD_OF_CHUNKED, b"5\r\nhello\r\n", then="close"),
    cut("chunks cut in a chunk", HEAD_OF_CHUNKED, b"5\r\nhel", then="close"),
    cut("chunks cut in a size", HEAD_OF_CHUNKED, b"5\r\nhello\r\n1", then="close"),
    cut("chunks cut by a reset", HEAD_OF_CHUNKED, b"5\r\nhello\r\n", then="reset"),
    cut("chunks that stall", HEAD_OF_CHUNKED, b"5\r\nhello\r\n"),
    cut("the last chunk without its empty line", HEAD_OF_CHUNKED, b"5\r\nhello\r\n0\r\n", then="close"),
    cut("no chunk at all", HEAD_OF_CHUNKED, then="close"),
    cut("a close-delimited body cut by a reset", answer(b"Connection: close"), b"hello", then="reset"),
]

CHUNKS = [
    cut("a chunk size that is no number", HEAD_OF_CHUNKED, b"5\r\nhello\r\nzz\r\n"),
    cut("an error in the same packet as the head", answer(CHUNKED, body=b"5\r\nhello\r\nzz\r\n")),
    cut("a negative chunk size", HEAD_OF_CHUNKED, b"-5\r\nhello\r\n0\r\n\r\n"),
    cut("a chunk size with 0x", HEAD_OF_CHUNKED, b"0x5\r\nhello\r\n0\r\n\r\n"),
    cut("a chunk size of 2^64 + 5", HEAD_OF_CHUNKED, b"10000000000000005\r\nhello\r\n0\r\n\r\n"),
    cut("a bare LF after a chunk size", HEAD_OF_CHUNKED, b"5\nhello\r\n0\r\n\r\n"),
    cut("a bare LF after a chunk", HEAD_OF_CHUNKED, b"5\r\nhello\n0\r\n\r\n"),
    cut("a chunk longer than its size", HEAD_OF_CHUNKED, b"3\r\nhello\r\n0\r\n\r\n"),
    cut("an extension bomb", HEAD_OF_CHUNKED, b"5;" + b"a" * 100_000 + b"\r\nhello\r\n0\r\n\r\n"),
    cut("a trailer bomb", HEAD_OF_CHUNKED, b"5\r\nhello\r\n0\r\nX: " + b"a" * 100_000 + b"\r\n\r\n"),
    cut("a bomb of many trailers", HEAD_OF_CHUNKED, b"5\r\nhello\r\n0\r\n" + b"X: a\r\n" * 20_000 + b"\r\n"),
    cut("a folded trailer", HEAD_OF_CHUNKED, b"5\r\nhello\r\n0\r\nX: a\r\n b\r\n\r\n"),
    cut("a response where trailers should be", HEAD_OF_CHUNKED, b"5\r\nhello\r\n0\r\n" + SMUGGLED),
    fine(
        "trailers",
        HEAD_OF_CHUNKED,
        b"5\r\nhello\r\n0\r\nX: a\r\nContent-Length: 50\r\n\r\n",
        body=b"hello",
        reusable=True,
    ),
    fine("a chunk extension", answer(CHUNKED, body=b"5;a=b\r\nhello\r\n0\r\n\r\n"), body=b"hello", reusable=True),
]

SURPLUS = [
    fine("more than the length, at once", answer(LENGTH_5, body=b"hello world"), body=b"hello"),
    fine("more than the length, later", answer(LENGTH_5, body=b"hello"), b" world", body=b"hello"),
    fine("more after a body in pieces", answer(LENGTH_5, body=b"he"), b"llo world", body=b"hello"),
    fine("more after the last chunk", answer(CHUNKED, body=WHOLE + b"more"), body=b"hello"),
    fine("an empty line after the body", answer(LENGTH_5, body=b"hello\r\n"), body=b"hello"),
    fine("a second response, at once", answer(LENGTH_5, body=b"hello") + SMUGGLED, body=b"hello"),
    fine("a second response, later", answer(LENGTH_5, body=b"hello"), SMUGGLED, body=b"hello"),
    fine("a second response after chunks", answer(CHUNKED, body=WHOLE) + SMUGGLED, body=b"hello"),
    fine("a second response after an empty body", answer(b"Content-Length: 0") + SMUGGLED),
    fine(
        "an interim response after the final one",
        answer(LENGTH_5, body=b"hello"),
        answer(status=b"HTTP/1.1 100 Continue"),
        body=b"hello",
    ),
]

WITHOUT = [
    fine("204 with a body", answer(LENGTH_5, status=b"HTTP/1.1 204 No Content", body=b"hello"), status=204),
    fine("204 with a body later", answer(LENGTH_5, status=b"HTTP/1.1 204 No Content"), b"hello", status=204),
    fine("204 with chunks", answer(CHUNKED, status=b"HTTP/1.1 204 No Content", body=WHOLE), status=204),
    fine("304 with a body", answer(LENGTH_5, status=b"HTTP/1.1 304 Not Modified", body=b"hello"), status=304),
    fine("304 with a second response", answer(status=b"HTTP/1.1 304 Not Modified") + SMUGGLED, status=304),
    fine(
        "304 with the length of what it stands for",
        answer(LENGTH_5, status=b"HTTP/1.1 304 Not Modified"),
        status=304,
        reusable=True,
    ),
    fine("an answer to HEAD with a body", answer(LENGTH_5, body=b"hello"), asked=get(method="HEAD"), method="HEAD"),
    fine("an answer to HEAD with chunks", answer(CHUNKED, body=WHOLE), asked=get(method="HEAD"), method="HEAD"),
    fine(
        "an answer to HEAD with a second response",
        answer(LENGTH_5) + SMUGGLED,
        asked=get(method="HEAD"),
        method="HEAD",
    ),
    fine("an answer to HEAD without a body", answer(LENGTH_5), asked=get(method="HEAD"), method="HEAD", reusable=True),
]

PERSISTENCE = [
    fine("HTTP/1.0 until close", answer(status=b"HTTP/1.0 200 OK"), b"hello", body=b"hello", then="close"),
    fine("HTTP/1.1 until close", answer(b"Connection: close"), b"hel", b"lo", body=b"hello", then="close"),
    fine("HTTP/1.1 until close, unannounced", answer(), b"hello", body=b"hello", then="close"),
    fine("an empty body until close", answer(), then="close"),
    fine(
        "HTTP/1.0 with a length, left open", answer(LENGTH_5, status=b"HTTP/1.0 200 OK", body=b"hello"), body=b"hello"
    ),
    fine(
        "HTTP/1.0 that keeps alive",
        answer(LENGTH_5, b"Connection: keep-alive", status=b"HTTP/1.0 200 OK", body=b"hello"),
        body=b"hello",
        reusable=True,
    ),
    fine("Connection: close, left open", answer(LENGTH_5, b"Connection: close", body=b"hello"), body=b"hello"),
    fine("Connection: CLOSE among others", answer(LENGTH_5, b"Connection: x, CLOSE", body=b"hello"), body=b"hello"),
    fine("an end after a whole answer", answer(LENGTH_5, body=b"hello"), body=b"hello", then="close"),
    fine("a reset after a whole answer", answer(LENGTH_5, body=b"hello"), b"", body=b"hello", then="reset"),
    fine("a length of zero, kept alive", answer(b"Content-Length: 0"), reusable=True),
]
